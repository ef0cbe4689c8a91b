import type { PersistentModelConstructor, __modelMeta__, ManagedIdentifier, OptionallyManagedIdentifier, CustomIdentifier, CompositeIdentifier, AsyncCollection } from 'deltabase';

export enum OrderState {
  OPEN = "OPEN",
  SENT = "SENT"
}

export declare type Line = {
  readonly sku: string;
  readonly count?: number | null;
  readonly options?: string[] | null;
}

export declare const Line: (new (init: Line) => Line)

export declare type Customer = {
  readonly [__modelMeta__]: {
    identifier: ManagedIdentifier<Customer, 'id'>;
    readOnlyFields: 'createdAt' | 'updatedAt';
  };
  readonly id: string;
  readonly name: string;
  readonly email?: string | null;
  readonly orders: AsyncCollection<Order>;
  readonly card: Promise<Card | undefined>;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
  readonly customerCardNumber?: string | null;
}

export declare const Customer: PersistentModelConstructor<Customer>

export declare type Card = {
  readonly [__modelMeta__]: {
    identifier: CustomIdentifier<Card, 'number'>;
    readOnlyFields: 'createdAt' | 'updatedAt';
  };
  readonly number: string;
  readonly limit: number;
  readonly extra?: any | null;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
}

export declare const Card: PersistentModelConstructor<Card>

export declare type Order = {
  readonly [__modelMeta__]: {
    identifier: OptionallyManagedIdentifier<Order, 'id'>;
    readOnlyFields: 'updatedAt';
  };
  readonly id: string;
  readonly customer: Promise<Customer | undefined>;
  readonly state: OrderState | keyof typeof OrderState;
  readonly history: (OrderState | keyof typeof OrderState)[];
  readonly lines?: Line[] | null;
  readonly notes?: (string | null)[] | null;
  readonly paid?: boolean | null;
  readonly placedAt?: number | null;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
  readonly customerOrdersId?: string | null;
}

export declare const Order: PersistentModelConstructor<Order>

export declare type Stock = {
  readonly [__modelMeta__]: {
    identifier: CompositeIdentifier<Stock, ['sku', 'shelf']>;
    readOnlyFields: never;
  };
  readonly sku: string;
  readonly shelf: number;
  readonly count?: number | null;
}

export declare const Stock: PersistentModelConstructor<Stock>
