import { uuid } from '../shared/ids.js';
import { currentSchema } from './registry.js';
import { rowOfAmplify } from './rows.js';
import type { Definition } from './schema.js';

// What the rows of Amplify DataStore's database mean to the engine.

/** A row with its version, as the engine takes it. */
export interface Row {
  model: string;
  row: Record<string, unknown>;
}

/** A change that was not sent, or not answered. See AdoptedChange of sync/outbox. */
export interface Change {
  id: string;
  model: string;
  recordId: string;
  operation: 'create' | 'update' | 'delete';
  fields: Record<string, unknown>;
  condition?: unknown;
  newId?: boolean;
  sent?: boolean;
  unqueued?: boolean;
}

/** What is queued of one record: whether its create is, the fields that updates change, and the version of the last. */
export interface Queued {
  created: boolean;
  changed: Set<string>;
  version?: Record<string, unknown>;
}

/** sync_MutationEvent; data and condition are JSON texts. */
interface MutationEvent {
  id: string;
  model: string;
  modelId: string;
  operation: string;
  data: string;
  condition?: string;
}

type Fields = Record<string, any>;

const operations: Record<string, Change['operation']> = { Create: 'create', Update: 'update', Delete: 'delete' };

const versionOf = ({ _version, _lastChangedAt, _deleted }: Fields) =>
  typeof _version === 'number' ? { _version, _lastChangedAt, _deleted: _deleted ?? null } : undefined;

const given = (fields: Fields) => Object.fromEntries(Object.entries(fields).filter(([, v]) => (v ?? null) !== null));

/** DataStore names a record by its key fields, joined. */
const keyOf = (model: string, fields: Fields, key: string[]) => `${model}/${key.map((name) => fields[name]).join('-')}`;

/** The fields of a record as they travel. Old releases kept the related record in the place of its foreign key. */
function fieldsOf(definition: Definition, from: Fields): Record<string, unknown> {
  const fields: Fields = { ...from };
  for (const { name, local, remote } of definition.relations.values()) {
    const related = fields[name];
    if (typeof related === 'object' && related !== null && !Array.isArray(related))
      local.forEach((own, n) => {
        fields[own] ??= related[remote[n]];
      });
  }
  return rowOfAmplify(definition, fields);
}

function parsed(text: unknown): Fields | undefined {
  try {
    const value = JSON.parse(text as string);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Notes what a queued change means for the row of its record. */
export function queuedOf(all: Map<string, Queued>, event: MutationEvent | undefined): void {
  const data = parsed(event?.data);
  if (!event || !data) return;
  const name = `${event.model}/${event.modelId}`;
  const one = all.get(name) ?? { created: false, changed: new Set() };
  all.set(name, one);
  if (event.operation === 'Create') one.created = true;
  if (event.operation === 'Update') for (const field of Object.keys(data)) one.changed.add(field);
  one.version = versionOf(data) ?? one.version;
}

/**
 * What a row means: a row of the server's, without the values that queued updates have put there; a create of a record
 * that no server knows; or nothing, when its create is queued. left: only the old database has it.
 */
export function decodeRow(
  definition: Definition | undefined,
  value: Fields | undefined,
  queued: Map<string, Queued>,
): { row?: Row; change?: Change } | 'left' {
  if (typeof value !== 'object' || value === null) return 'left';
  if (!definition) return versionOf(value) ? {} : 'left';
  const { name, key } = definition;
  if (key.some((field) => (value[field] ?? null) === null)) return 'left';
  const changes = queued.get(keyOf(name, value, key));
  const version = versionOf(value) ?? (changes?.created ? undefined : changes?.version);
  const row = fieldsOf(definition, value);
  if (version) {
    for (const field of changes?.changed ?? []) if (!key.includes(field)) delete row[field];
    return { row: { model: name, row: { ...row, ...version } } };
  }
  if (changes) return {};
  return { change: { id: uuid(), model: name, recordId: '', operation: 'create', fields: given(row), unqueued: true } };
}

/**
 * What a queued change means. changed: it was taken before, and has another content now, so that only an update is left
 * of it. left: it can't be read.
 */
export function decodeEvent(
  event: MutationEvent | undefined,
  sent: boolean,
  changed?: string,
): { row?: Row; change: Change } | 'left' {
  const data = parsed(event?.data);
  const operation = operations[event?.operation ?? ''];
  if (!event?.id || !event.model || !data || !operation) return 'left';
  const { model, modelId: recordId } = event;
  const condition = event.condition ? parsed(event.condition) : undefined;
  if (event.condition && !condition) return 'left';
  const definition = currentSchema().definitions.get(model);
  const unknown = Object.entries(data).filter(
    ([name]) => !definition?.storedNames.has(name) && !definition?.relations.has(name),
  );
  const fields = definition ? { ...Object.fromEntries(unknown), ...fieldsOf(definition, data) } : data;
  const change: Change = {
    id: changed ? `${event.id}.${changed}` : event.id,
    model,
    recordId,
    operation: changed && operation === 'create' ? 'update' : operation,
    fields: operation === 'update' ? fields : given(fields),
    condition: condition && Object.keys(condition).length ? condition : undefined,
    newId: definition?.identifier === 'managed',
    sent,
  };
  if (operation !== 'delete' || !definition || !versionOf(data)) return { change };
  return { change, row: { model, row: { ...fieldsOf(definition, data), ...versionOf(data) } } };
}
