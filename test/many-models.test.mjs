// A schema of 300 models: all of them are heard live, over one subscription.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ask } from './harness/graphql.mjs';
import { projectFolder } from './harness/server.mjs';
import { until, untilEqual } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

const count = 300;
const names = Array.from({ length: count }, (_, n) => `M${String(n + 1).padStart(3, '0')}`);

describe('many models', () => {
  test('300 models are live: changes of each are heard, nothing is polled, nothing is told', async (t) => {
    const folder = projectFolder(t);
    writeFileSync(
      join(folder, 'schema.graphql'),
      names.map((name) => `type ${name} @model @auth(rules: [{ allow: public }]) { id: ID! title: String }\n`).join(''),
    );
    const { server, network, open } = await makeWorld(t, { folder });
    const app = await open();
    await until('all models are synced', async () => (await app.heard()).hub.some((one) => one.event === 'ready'), {
      patienceMs: 300_000,
    });
    const pulled = () => network.requests.filter((one) => /sync/.test(one.text)).length;
    const before = pulled();
    await Promise.all(
      names.map((name) => ask(server, `mutation { create${name}(input: {id: "a", title: "t"}) { id } }`)),
    );
    await until(
      'every model has its row',
      async () =>
        (await app.page.evaluate(async (all) => {
          const { store, models } = window.app;
          return (await Promise.all(all.map((name) => store.query(models[name])))).filter((rows) => rows.length === 1)
            .length;
        }, names)) === count,
    );
    await ask(
      server,
      'mutation { updateM300(input: {id: "a", title: "u", _version: 1}) { id } deleteM001(input: {id: "a", _version: 1}) { id } }',
    );
    await untilEqual(
      'updates and deletes, too',
      () =>
        app.page.evaluate(async () => {
          const { store, models } = window.app;
          return [(await store.query(models.M300)).map((row) => row.title), (await store.query(models.M001)).length];
        }),
      [['u'], 0],
    );
    const starts = network.messages.filter((one) => one.toServer && one.json?.type === 'start');
    assert.equal(starts.length, 3, 'a hundred models each');
    assert.equal(pulled(), before, 'all of it came over the socket');
    assert.deepEqual((await app.heard()).errors, []);
  });
});
