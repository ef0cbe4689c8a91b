import { badRequest, invalidValue } from '../shared/errors.js';
import { fieldOf } from './json.js';
import type { Definition } from './schema.js';

/**
 * The identity text of a record, as schema.RecordID in Go writes it: the key value itself, or the
 * parts of a composite key joined by "#", with "\" and "#" inside a part escaped by "\".
 */
export function recordId(definition: Definition, values: Record<string, unknown>): string {
  const parts = definition.key.map((name) => {
    const value = fieldOf(values, name);
    if (value === undefined || value === null || value === '') {
      throw badRequest(`The key field ${name} of ${definition.name} is missing or empty.`);
    }
    if (typeof value !== 'string' && typeof value !== 'boolean' && !Number.isFinite(value)) {
      throw invalidValue(`The key field ${name} of ${definition.name} must be a text or a number.`);
    }
    return String(value);
  });
  return parts.length === 1 ? parts[0] : parts.map((p) => p.replace(/[\\#]/g, '\\$&')).join('#');
}
