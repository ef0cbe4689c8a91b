// What a test calls through page.evaluate: the package, the models and a record of everything
// that observers, Hub and the errorHandler heard. The fragment of the URL is not read; the test
// configures.
import * as deltabase from '/dist/index.js';
import { schema } from '/models/schema.js';

const models = deltabase.initSchema(schema);
const heard = { changes: [], hub: [], errors: [], conflicts: [], migrations: [], snapshots: [] };

const plain = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
const describe = (error) => ({ name: error?.name, code: error?.code, message: String(error?.message ?? error) });

deltabase.Hub.listen('datastore', ({ payload }) => heard.hub.push(plain({ event: payload.event, data: payload.data })));

// Handlers of conflicts by the name that a test asks for. Functions don't cross page.evaluate.
const handlers = {
  applyRemote: () => deltabase.applyRemote(),
  retryLocal: () => deltabase.retryLocal(),
  retry: ({ modelConstructor, localModel }) =>
    deltabase.retry(
      modelConstructor.copyOf(localModel, (draft) => {
        draft.title = `${localModel.title} (retried)`;
      }),
    ),
  discard: () => deltabase.DISCARD,
  model: ({ modelConstructor, remoteModel, localModel }) =>
    modelConstructor.copyOf(remoteModel, (draft) => {
      draft.title = `${remoteModel.title} + ${localModel.title}`;
    }),
  local: ({ localModel }) => localModel,
  localOnRemote: ({ localModel, remoteModel }) => ({ ...localModel, _version: remoteModel._version }),
  remote: ({ modelConstructor, remoteModel }) => deltabase.retry(modelConstructor.copyOf(remoteModel, () => {})),
  throws: () => {
    throw new Error('the handler threw');
  },
  promise: async ({ modelConstructor, remoteModel }) => {
    await new Promise((resolve) => {
      window.app.answerConflict = resolve;
    });
    return modelConstructor.copyOf(remoteModel, (draft) => {
      draft.title = 'from a promise';
    });
  },
};

// Migrate callbacks by name.
const migrations = {
  numbers: ({ mutation: { fields } }) => ({ ...fields, rating: Number(fields.rating) }),
  discard: () => deltabase.DISCARD,
};

function configuration({ handler, migration, providers, ...settings }) {
  const config = {
    ...settings,
    // The test gives the tokens: giveToken is a function that it exposes.
    authProviders:
      providers &&
      Object.fromEntries(providers.map((mode) => [mode, ({ forceRefresh }) => window.giveToken(mode, forceRefresh)])),
    errorHandler: (error) =>
      heard.errors.push(
        plain({
          message: error.message,
          code: error.code ?? error.cause?.code,
          errorType: error.errorType,
          process: error.process,
          operation: error.operation,
          model: error.model,
          localModel: error.localModel,
          remoteModel: error.remoteModel,
        }),
      ),
  };
  if (migration) {
    config.migrate = (asked) => {
      heard.migrations.push(plain(asked));
      return migrations[migration](asked);
    };
  }
  if (handler) {
    config.conflictHandler = (conflict) => {
      const { modelConstructor, ...values } = conflict;
      heard.conflicts.push({ model: modelConstructor?.name, ...plain(values) });
      return handlers[handler](conflict);
    };
  }
  return config;
}

window.app = {
  ...deltabase,
  models,
  heard,
  store: deltabase.DataStore,

  async begin(settings, { start = true } = {}) {
    await this.store.configure(configuration(settings));
    if (start) await this.store.start();
  },

  async save(model, fields) {
    return plain(await this.store.save(new models[model](fields)));
  },

  /** Creates many records and updates each once; gives their ids. */
  async saveMany(model, count) {
    const ids = [];
    for (let n = 0; n < count; n++) {
      const row = await this.store.save(new models[model]({ title: `${model} ${n}`, tags: ['one'] }));
      await this.store.save(
        models[model].copyOf(row, (draft) => {
          draft.tags = ['one', 'two'];
        }),
      );
      ids.push(row.id);
    }
    return ids;
  },

  async update(model, id, fields) {
    const row = await this.store.query(models[model], id);
    if (!row) throw new Error(`there is no ${model} ${id}`);
    return plain(
      await this.store.save(
        models[model].copyOf(row, (draft) => {
          Object.assign(draft, fields);
        }),
      ),
    );
  },

  async remove(model, id) {
    const row = await this.store.query(models[model], id);
    return plain(await this.store.delete(row));
  },

  async get(model, id) {
    return plain(await this.store.query(models[model], id));
  },

  async all(model) {
    return plain(await this.store.query(models[model]));
  },

  async count(model) {
    return (await this.store.query(models[model])).length;
  },

  observe(model) {
    const subscription = this.store.observe(model ? models[model] : undefined).subscribe({
      next: ({ opType, element, model: constructor }) =>
        heard.changes.push({ opType, model: constructor?.name, element: plain(element) }),
      error: (error) => heard.errors.push(describe(error)),
    });
    return Boolean(subscription);
  },

  observeQuery(model) {
    this.store
      .observeQuery(models[model])
      .subscribe(({ items, isSynced }) => heard.snapshots.push({ count: items.length, isSynced }));
  },

  /** Saves notes in four lanes until the page dies and posts the id of each acknowledged save. */
  saveForever(title, address) {
    const body = 'x'.repeat(4_000);
    const lane = async (name) => {
      for (let n = 0; ; n++) {
        const note = await this.store.save(new models.Note({ title: `${title} ${name} ${n}`, body }));
        fetch(address, { method: 'POST', body: note.id, keepalive: true });
      }
    };
    for (const name of ['a', 'b', 'c', 'd']) lane(name).catch((error) => heard.errors.push(describe(error)));
  },

  /** Runs one of the calls above and gives back {value} or {error}, so that a test can look at its code. */
  async attempt(call, ...parameters) {
    try {
      return { value: plain(await this[call](...parameters)) };
    } catch (error) {
      return { error: describe(error) };
    }
  },
};
window.dispatchEvent(new Event('app-ready'));
document.title = 'ready';
