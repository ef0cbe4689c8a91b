import type { PersistentModelConstructor, __modelMeta__, ManagedIdentifier, AsyncCollection } from 'deltabase';

export declare type Note = {
  readonly [__modelMeta__]: {
    identifier: ManagedIdentifier<Note, 'id'>;
    readOnlyFields: 'createdAt' | 'updatedAt';
  };
  readonly id: string;
  readonly text: string;
  readonly tags: AsyncCollection<NoteTags>;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
}

export declare const Note: PersistentModelConstructor<Note>

export declare type Tag = {
  readonly [__modelMeta__]: {
    identifier: ManagedIdentifier<Tag, 'id'>;
    readOnlyFields: 'createdAt' | 'updatedAt';
  };
  readonly id: string;
  readonly label: string;
  readonly notes: AsyncCollection<NoteTags>;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
}

export declare const Tag: PersistentModelConstructor<Tag>

export declare type NoteTags = {
  readonly [__modelMeta__]: {
    identifier: ManagedIdentifier<NoteTags, 'id'>;
    readOnlyFields: 'createdAt' | 'updatedAt';
  };
  readonly id: string;
  readonly noteId?: string | null;
  readonly note: Promise<Note | undefined>;
  readonly tagId?: string | null;
  readonly tag: Promise<Tag | undefined>;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
}

export declare const NoteTags: PersistentModelConstructor<NoteTags>
