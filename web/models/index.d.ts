import type { PersistentModelConstructor, __modelMeta__, ManagedIdentifier } from 'deltabase';

export enum PostStatus {
  DRAFT = "DRAFT",
  PUBLISHED = "PUBLISHED"
}

export declare type Post = {
  readonly [__modelMeta__]: {
    identifier: ManagedIdentifier<Post, 'id'>;
    readOnlyFields: 'createdAt' | 'updatedAt';
  };
  readonly id: string;
  readonly title: string;
  readonly body?: string | null;
  readonly status?: PostStatus | keyof typeof PostStatus | null;
  readonly rating?: number | null;
  readonly tags?: (string | null)[] | null;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
}

export declare const Post: PersistentModelConstructor<Post>
