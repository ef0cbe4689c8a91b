// The pages of the suite: each has a database of its own, and reaches the server through a proxy.
import { apiKey } from '../harness/server.mjs';
import { openApi } from '../harness/api.mjs';
import { until } from '../harness/until.mjs';

export const modelNames =
  'Author Blog Book Comment Country Cover Diary Hall Order Post Seat Show Tag Value Writing'.split(' ');

export const order = (hub) => hub.map((one) => one.event);

export const close = (app) => app.page.close();

let databases = 0;

/** A page with a database of its own, configured; started unless told otherwise. */
export async function openPage({ network, site, context }, { started = true, settings = {} } = {}) {
  network.goOnline();
  network.delay(0);
  const app = await openApi(null, site, { context });
  await app.run(
    ([database, config]) => {
      window.store = createDataStore({ database });
      window.errors = [];
      window.errorHandler = (error) => errors.push(error);
      return store.configure({ ...config, errorHandler: (error) => window.errorHandler(error) });
    },
    [`wire ${++databases}`, { endpoint: network.endpoint, apiKey, ...settings }],
  );
  app.hub = () => app.run(() => plain(hub));
  app.heard = (event) =>
    until(`the page hears ${event}`, async () => (await app.hub()).find((one) => one.event === event));
  app.drained = () => until('the outbox is empty', () => app.run(async () => (await store.outbox.list()).length === 0));
  if (started) {
    await app.run(() => store.start());
    await app.heard('ready');
    await app.run(() => void (hub.length = 0));
    network.forget();
  }
  return app;
}
