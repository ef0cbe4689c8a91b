import { badRequest } from '../shared/errors.js';
import type { Definition } from './schema.js';
import type { SortDirection } from './types.js';

export interface SortKey {
  field: string;
  direction: SortDirection;
}

/** Runs a sort function, `s => s.rating('DESCENDING').title('ASCENDING')`, and returns its keys. */
export function sortOf(definition: Definition, sort: unknown): SortKey[] | undefined {
  if (sort === undefined || sort === null) return undefined;
  if (typeof sort !== 'function') {
    throw badRequest("`sort` must be a function, for example `s => s.title('ASCENDING')`.");
  }
  const keys: SortKey[] = [];
  const chain: object = new Proxy(
    {},
    {
      get(_, name) {
        if (typeof name !== 'string') return undefined;
        if (!definition.storedNames.has(name)) {
          if (name === 'then') return undefined;
          throw badRequest(`Invalid field for model. field: ${name}, model: ${definition.name}`);
        }
        return (direction: unknown = 'ASCENDING') => {
          if (direction !== 'ASCENDING' && direction !== 'DESCENDING') {
            throw badRequest(`The sort direction of ${name} must be ASCENDING or DESCENDING, not ${direction}.`);
          }
          keys.push({ field: name, direction });
          return chain;
        };
      },
    },
  );
  sort(chain);
  return keys.length ? keys : undefined;
}

export interface Paging {
  page?: number;
  limit?: number;
}

/** Checks page and limit as Amplify DataStore does; limit 0 means no limit. */
export function pagingOf(options: Paging | undefined): Paging {
  const { page, limit } = options ?? {};
  if (page !== undefined && limit === undefined) throw badRequest('Limit is required when requesting a page');
  for (const [name, value] of [
    ['Page', page],
    ['Limit', limit],
  ] as const) {
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw badRequest(`${name} should be a number`);
    if (value < 0) throw badRequest(`${name} can't be negative`);
  }
  const exact = (n: number | undefined) => n && Math.min(n, Number.MAX_SAFE_INTEGER);
  return { page: exact(page), limit: exact(limit) };
}
