// @ts-check
import { initSchema } from 'deltabase';
import { schema } from './schema.js';

const PostStatus = Object.freeze({
  "DRAFT": "DRAFT",
  "PUBLISHED": "PUBLISHED"
});

const { Post } = initSchema(schema);

export {
  Post,
  PostStatus
};
