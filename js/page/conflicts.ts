import { messageOf } from '../shared/errors.js';
import { recordId } from './identity.js';
import { definitionOf, type Instance, type RecordSource } from './instances.js';
import { fieldOf } from './json.js';
import { constructorOf, definitionNamed } from './registry.js';
import { reader, rowOf } from './rows.js';
import type { Definition } from './schema.js';
import type { OpType, PersistentModel, PersistentModelConstructor } from './types.js';

/** Returned by a conflictHandler: give up the local change and take the server's record. */
export const DISCARD: unique symbol = Symbol('DISCARD');

/** What a conflictHandler decides. */
export interface Decision {
  readonly decision: 'applyRemote' | 'retryLocal' | 'retry';
  readonly model?: Instance;
}

const decisions = new WeakSet<object>();
const decide = (d: Decision): Decision => {
  decisions.add(d);
  return Object.freeze(d);
};

/** The server's record wins; the local change ends as discarded. The same as DISCARD. */
export const applyRemote = (): Decision => decide({ decision: 'applyRemote' });
/** The local change is sent again, on top of the server's record: the changed fields, or the delete. */
export const retryLocal = (): Decision => decide({ decision: 'retryLocal' });
/**
 * This model is sent in place of the local change, on top of the server's record. The same as returning it. A
 * delete stays one whatever the model holds: only applyRemote() and DISCARD keep the server's record.
 */
export const retry = (model: object): Decision => decide({ decision: 'retry', model: model as Instance });

/** The class of a model; of any model when it is not known which. */
type ClassOf<T> = 0 extends 1 & T ? any : T extends PersistentModel ? PersistentModelConstructor<T> : never;

/** What a conflictHandler gets. base, local and remote are the same objects as baseModel, localModel and remoteModel. */
export interface Conflict<T = any> {
  /** The class of the model. */
  modelConstructor: ClassOf<T>;
  localModel: T;
  remoteModel: T;
  baseModel: T | null;
  /** The server's record that the change was made on; null for a create. */
  base: T | null;
  /** The record with the change. */
  local: T;
  /** The server's record now; its _deleted is true when somebody deleted it. null when there is none. */
  remote: T;
  /** The names of the fields that the change sets. */
  changed: string[];
  operation: OpType;
  /** How many attempts there were, this one included; after ten the change is held. */
  attempts: number;
  /** The same under a second name. */
  attempt: number;
  /** The id of the change, as in the outbox. */
  mutationId: string;
}

/** A model or an object with its key, DISCARD, or applyRemote(), retryLocal() or retry(model). */
type Decided = (PersistentModel & { readonly then?: never }) | Decision | typeof DISCARD;

/** Decides a conflict. What it throws, and what is no decision, counts as an attempt. */
export type ConflictHandler = (conflict: Conflict) => Decided | Promise<Decided>;

/** The engine's question: AskHandler.Conflict of sync/effects.go. */
interface Question {
  mutationId: string;
  model: string;
  id: string;
  operation: string;
  base: Instance | null;
  local: Instance | null;
  remote: Instance | null;
  changed: string[];
  attempts: number;
}

const opTypes: Record<string, OpType> = { create: 'INSERT', update: 'UPDATE', delete: 'DELETE' };

function conflictOf(q: Question, source: RecordSource): Conflict {
  const instance = reader(definitionNamed(q.model), source);
  const show = (row: Instance | null) => (row ? instance(row) : null);
  const [base, local, remote] = [show(q.base), show(q.local), show(q.remote)];
  return {
    modelConstructor: constructorOf(q.model),
    localModel: local,
    remoteModel: remote,
    baseModel: base,
    base,
    local,
    remote,
    changed: q.changed,
    operation: opTypes[q.operation.toLowerCase()] ?? (q.operation as OpType),
    attempts: q.attempts,
    attempt: q.attempts,
    mutationId: q.mutationId,
  };
}

/** An answer for the engine: a decision, with the model as a row. */
export interface Answer {
  decision: Decision['decision'];
  model?: Record<string, unknown>;
}

/** Calls the app's handler and reads its decision. Throws with a sentence when there is none. */
export async function ask(handler: ConflictHandler, question: unknown, source: RecordSource): Promise<Answer> {
  const q = question as Question;
  const conflict = conflictOf(q, source);
  let result: unknown;
  try {
    result = await handler(conflict);
  } catch (thrown) {
    throw new Error(`The conflictHandler threw: ${messageOf(thrown)}`);
  }
  if (result === DISCARD) return { decision: 'applyRemote' };
  if (typeof result === 'object' && result !== null && decisions.has(result)) {
    const decision = result as Decision;
    return decision.decision === 'retry'
      ? withModel(q, decision.model, conflict.remote)
      : { decision: decision.decision };
  }
  return withModel(q, result, conflict.remote);
}

function withModel(q: Question, given: unknown, remote: Instance | null): Answer {
  const definition = definitionNamed(q.model);
  const model = definitionOf(given) ? given : spread(definition, given, remote);
  if (definitionOf(model)?.name === q.model && recordId(definition, model as Instance) === q.id) {
    return { decision: 'retry', model: rowOf(definition, model as Instance) };
  }
  const other = definitionOf(given);
  const what =
    other?.name === q.model
      ? `another ${q.model}`
      : other
        ? `a ${other.name}`
        : given === undefined
          ? 'nothing'
          : `a value of type ${typeof given}`;
  throw new Error(
    `The conflictHandler returned ${what} for a ${q.model}. ` +
      `Return DISCARD, applyRemote(), retryLocal(), retry(model), or this ${q.model}, for example a copyOf() its remoteModel.`,
  );
}

/** The record that an object with its key stands for (`{...remoteModel, title}`): checked like a copyOf(). */
function spread(definition: Definition, given: unknown, remote: Instance | null): unknown {
  if (typeof given !== 'object' || given === null || !remote) return undefined;
  const fields = given as Instance;
  if (definition.key.some((name) => fieldOf(fields, name) !== remote[name])) return undefined;
  return constructorOf(definition.name).copyOf(remote, (draft: Instance) => {
    for (const { name, field } of definition.stored) {
      if (fieldOf(fields, name) !== undefined && !field?.isReadOnly && !definition.key.includes(name))
        draft[name] = fields[name];
    }
  });
}
