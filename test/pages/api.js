// The package and the models of fixtures/api.graphql as globals, for tests of the page's API that
// are written as functions of the page.
import * as deltabase from '/dist/index.js';
import { schema } from '/models/schema.js';

const warnings = [];
const { warn } = console;
console.warn = (...words) => {
  warnings.push(words.map(String).join(' '));
  warn(...words);
};

const models = deltabase.initSchema(schema);

/** What a call throws or rejects with: its message, with the code before it when it is one of ours. */
const errorOf = (error) =>
  error instanceof deltabase.DeltabaseError ? `${error.code}: ${error.message}` : `${error?.name}: ${error?.message}`;

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Models called like something that the page itself needs are found in models only.
const needed = new Set([
  'Array',
  'Map',
  'Set',
  'Symbol',
  'Date',
  'Function',
  'Number',
  'Error',
  'Proxy',
  'Reflect',
  'JSON',
  'Math',
  ...Object.keys(deltabase),
]);
const named = Object.fromEntries(Object.entries(models).filter(([name]) => !needed.has(name)));

Object.assign(window, deltabase, named, {
  deltabase,
  models,
  schema,
  warnings,

  /** JSON of a value: what crosses to the test. */
  plain: (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value))),

  thrown(call) {
    try {
      return `no error but ${call()}`;
    } catch (error) {
      return errorOf(error);
    }
  },

  async rejected(call) {
    try {
      return `no error but ${JSON.stringify(await (typeof call === 'function' ? call() : call))}`;
    } catch (error) {
      return errorOf(error);
    }
  },

  /** Polls until look() gives something truthy. */
  async until(look, patienceMs = 10_000) {
    for (const end = Date.now() + patienceMs; ; ) {
      const seen = await look();
      if (seen) return seen;
      if (Date.now() > end) throw new Error(`gave up waiting until ${look}`);
      await later(10);
    }
  },

  /** Subscribes and keeps what comes: {values, errors, completed, unsubscribe()}. */
  watch(observable) {
    const seen = { values: [], errors: [], completed: 0 };
    const subscription = observable.subscribe({
      next: (value) => seen.values.push(value),
      error: (error) => seen.errors.push(errorOf(error)),
      complete: () => seen.completed++,
    });
    return Object.assign(seen, { unsubscribe: () => subscription.unsubscribe() });
  },

  /** The Hub events since the page loaded: {event, data}. */
  hub: [],

  async savedAll(...instances) {
    const saved = [];
    for (const instance of instances) saved.push(await deltabase.DataStore.save(instance));
    return saved;
  },
});
deltabase.Hub.listen('datastore', ({ payload }) => window.hub.push(payload));
window.apiLoaded = true;
