import { badRequest } from '../shared/errors.js';
import { type Instance, type RecordSource, same } from './instances.js';
import { fieldOf } from './json.js';
import { type LiveChange, LiveResult, Observable, questionOf, type Snapshot } from './observe.js';
import type { Observers } from './observers.js';
import { reader } from './rows.js';
import type { Definition } from './schema.js';
import type { queryTarget } from './targets.js';

/** The result of a query, now and after each change of it; of some fields, where select names them. */
export function liveQuery(
  { definition, one: _, ...target }: ReturnType<typeof queryTarget>,
  select: unknown,
  observers: Observers,
  source: RecordSource,
): Observable<Snapshot<any>> {
  const args = { ...target, model: definition.name, live: true };
  const names = selected(definition, select);
  const follow = () => observers.observe(args, liveView(definition, reader(definition, source), names));
  return new Observable(
    (sink) => follow().subscribe(sink).unsubscribe,
    'latest',
    questionOf({ ...args, select: names }),
  );
}

/** The fields that observeQuery() was asked for; undefined for whole records. */
function selected(definition: Definition, names: unknown): readonly string[] | undefined {
  if (names === undefined || names === null) return undefined;
  if (!Array.isArray(names) || names.length === 0) throw badRequest('select takes a list of at least one field.');
  for (const name of names) {
    if (typeof name !== 'string' || !definition.storedNames.has(name))
      throw badRequest(`Invalid field for model. field: ${String(name)}, model: ${definition.name}`);
  }
  return [...new Set<string>(names)];
}

/** What a live query shows after each change; of selected fields, only where one of these changed. */
function liveView(
  definition: Definition,
  instanceOf: (row: Instance) => Instance,
  names: readonly string[] | undefined,
): (body: LiveChange, next: (shown: Snapshot<any>) => void) => void {
  const live = new LiveResult(instanceOf);
  if (!names) return (body, next) => next(live.apply(body));
  const selection = new Selection(definition, names);
  return (body, next) => {
    const shown = selection.of(live.apply(body));
    if (shown) next(shown);
  };
}

/** Shows some fields of each item; an object is the same one as long as these fields are. */
class Selection {
  #items: Instance[] | undefined;
  #isSynced = false;
  #byId = new Map<string, { of: Instance; shown: Instance }>();

  constructor(
    readonly definition: Definition,
    readonly names: readonly string[],
  ) {}

  /** undefined when it shows nothing else than before. */
  of({ items, isSynced }: Snapshot<any>): Snapshot<any> | undefined {
    const before = this.#byId;
    this.#byId = new Map();
    const shown = items.map((item) => {
      const id = JSON.stringify(this.definition.key.map((name) => fieldOf(item, name)));
      const known = before.get(id);
      const now = known && known.of === item ? known.shown : this.#pick(item, known?.shown);
      this.#byId.set(id, { of: item, shown: now });
      return now;
    });
    const was = this.#items;
    if (was && isSynced === this.#isSynced && was.length === shown.length && was.every((one, n) => one === shown[n]))
      return undefined;
    this.#items = shown;
    this.#isSynced = isSynced;
    return { items: shown.slice(), isSynced };
  }

  #pick(item: Instance, known: Instance | undefined): Instance {
    const picked: Instance = {};
    for (const name of this.names)
      Object.defineProperty(picked, name, { value: fieldOf(item, name), enumerable: true });
    return known && this.names.every((name) => same(fieldOf(known, name), picked[name]))
      ? known
      : Object.freeze(picked);
  }
}
