import type { PersistentModelConstructor, __modelMeta__, ManagedIdentifier } from 'deltabase';

export declare type Point = {
  readonly x: number;
  readonly y: number;
}

export declare const Point: (new (init: Point) => Point)

export declare type Only = {
  readonly [__modelMeta__]: {
    identifier: ManagedIdentifier<Only, 'id'>;
    readOnlyFields: 'createdAt' | 'updatedAt';
  };
  readonly id: string;
  readonly at?: Point | null;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
}

export declare const Only: PersistentModelConstructor<Only>
