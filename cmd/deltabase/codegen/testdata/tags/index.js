// @ts-check
import { initSchema } from 'deltabase';
import { schema } from './schema.js';

const { Note, Tag, NoteTags } = initSchema(schema);

export {
  Note,
  Tag,
  NoteTags
};
