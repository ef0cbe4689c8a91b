import { DISCARD } from './conflicts.js';
import { messageOf } from '../shared/errors.js';
import { json } from './json.js';

/** What a migrate callback is given: an unsent change that does not fit the schema of today. */
export interface Migration {
  mutation: {
    id: string;
    model: string;
    recordId: string;
    operation: 'create' | 'update' | 'delete';
    /** create: all that was set; update: the changed fields; delete: the key. */
    fields: Record<string, any>;
    /** As a filter, null for none. One that does not fit any more is dropped when fields are returned. */
    condition: object | null;
    savedAt: Date;
  };
  /** Hashes of the schema that the change was saved under, and of today's. */
  from: string;
  to: string;
  /** Why it does not fit. */
  reason: string;
}

/**
 * Returns the fields that are to be sent instead (the whole set; the key stays), or DISCARD, or nothing
 * to leave the change held. It may be asked about one change more than once, until that is sent or ended.
 */
export type Migrate = (
  migration: Migration,
) => object | typeof DISCARD | null | void | Promise<object | typeof DISCARD | null | void>;

/** The engine's question: AskMigration.Change of sync/effects.go. */
interface Question {
  mutationId: string;
  model: string;
  id: string;
  operation: 'create' | 'update' | 'delete';
  fields: Record<string, any>;
  condition: object | null;
  from: string;
  to: string;
  reason: string;
  savedAt: number;
}

export interface MigrationAnswer {
  decision: 'migrate' | 'discard' | 'keep';
  model?: object;
}

/** Calls the app's callback and reads its answer. Throws with a sentence when there is none. */
export async function askMigration(migrate: Migrate, question: unknown): Promise<MigrationAnswer> {
  const { mutationId, model, id, operation, fields, condition, from, to, reason, savedAt } = question as Question;
  const mutation = { id: mutationId, model, recordId: id, operation, fields, condition, savedAt: new Date(savedAt) };
  let result: unknown;
  try {
    result = await migrate({ mutation, from, to, reason });
  } catch (thrown) {
    throw new Error(`The migrate callback threw: ${messageOf(thrown)}`);
  }
  if (result === DISCARD) return { decision: 'discard' };
  if (result === undefined || result === null) return { decision: 'keep' };
  if (typeof result === 'object' && !Array.isArray(result)) {
    try {
      return { decision: 'migrate', model: json(result) as object };
    } catch (e) {
      throw new Error(`What the migrate callback returned can't be written as JSON: ${messageOf(e)}.`);
    }
  }
  throw new Error('The migrate callback must return an object of fields, DISCARD, or nothing.');
}
