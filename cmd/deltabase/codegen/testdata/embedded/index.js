// @ts-check
import { initSchema } from 'deltabase';
import { schema } from './schema.js';

const { Only, Point } = initSchema(schema);

export {
  Only,
  Point
};
