// A test page with the package in it, driven from the test.
import { until } from './until.mjs';

/**
 * Opens the test page in a browser context. call(name, ...parameters) calls window.app[name];
 * attempt() is the same and gives {value} or {error: {code, message}}.
 */
export async function openApp(context, site, { path = '/index.html' } = {}) {
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${site.url}${path}`);
  return new App(page, complaints);
}

export class App {
  constructor(page, complaints) {
    this.page = page;
    this.complaints = complaints;
  }

  async loaded() {
    await this.page
      .waitForFunction(() => window.app)
      .catch((error) => {
        throw new Error(`the test page did not load: ${this.complaints.join('; ') || error.message}`);
      });
    return this;
  }

  async call(name, ...parameters) {
    await this.loaded();
    return this.page.evaluate(([called, given]) => window.app[called](...given), [name, parameters]);
  }

  attempt(name, ...parameters) {
    return this.call('attempt', name, ...parameters);
  }

  async begin(settings, options) {
    await this.call('begin', settings, options);
    return this;
  }

  async reload() {
    await this.page.reload();
    return this.loaded();
  }

  /** What observers, Hub, errorHandler and conflictHandler heard so far. */
  heard() {
    return this.page.evaluate(() => window.app.heard);
  }

  /** Waits for a Hub event that was heard since the page loaded. */
  hub(event) {
    return until(`the page hears the Hub event ${event}`, async () => {
      const { hub } = await this.heard();
      return hub.find((one) => one.event === event);
    }).catch(async (error) => {
      const { hub, errors } = await this.heard();
      throw new Error(
        `${error.message}; heard ${hub.map((one) => one.event).join(', ')}; errors ${JSON.stringify(errors)}; ` +
          `console ${this.complaints.join('; ')}`,
      );
    });
  }

  ready() {
    return this.hub('ready');
  }

  /** Waits until the engine knows that it has no connection. */
  disconnected() {
    return until('the page hears that it is offline', async () => {
      const { hub } = await this.heard();
      return hub.findLast((one) => one.event === 'networkStatus')?.data.active === false;
    });
  }

  /** Waits until nothing is left to be sent. */
  drained() {
    return until('the outbox is empty', async () => (await this.outbox()).length === 0);
  }

  outbox() {
    return this.page.evaluate(async () => JSON.parse(JSON.stringify(await window.app.store.outbox.list())));
  }

  title(id, model = 'Note') {
    return this.call('get', model, id).then((row) => row?.title);
  }
}

/** Waits until the errorHandler of an app hears a code, and gives that error. */
export const told = (app, code) =>
  until(`the errorHandler hears ${code}`, async () => {
    const { errors } = await app.heard();
    return errors.find((error) => error.code === code);
  });
