// Which transactions ask the disk to be sure: save and acknowledge do, pulled pages don't.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from './harness/folder.mjs';
import { mutate } from './harness/graphql.mjs';
import { until } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

const spy = readFileSync(join(root, 'test/pages/transaction-spy.js'));

describe('durability', () => {
  test("'strict' for save and acknowledge, 'relaxed' for what can be fetched again", async (t) => {
    const { server, network, open } = await makeWorld(t, {
      site: { replace: { '/dist/engine.js': (bytes) => Buffer.concat([spy, bytes]) } },
    });
    for (let n = 0; n < 3; n++) await mutate(server, 'create', 'Note', { title: `note ${n}` });
    const app = await open();
    await app.page.evaluate(() => {
      window.transactions = [];
      new BroadcastChannel('transactions').onmessage = ({ data }) => window.transactions.push(data);
    });
    await app.ready();
    const written = () => app.page.evaluate(() => window.transactions);

    network.goOffline();
    const before = (await written()).length;
    const note = await app.call('save', 'Note', { title: 'strictly' });
    const saving = await until('the save was written', async () => {
      const found = (await written()).slice(before).filter((one) => one.text.includes(note.id));
      return found.length > 0 && found;
    });
    assert.deepEqual([...new Set(saving.map((one) => one.durability))], ['strict']);

    const acknowledging = (await written()).length;
    network.goOnline();
    await app.drained();
    const acknowledged = await until('the acknowledgement was written', async () => {
      const found = (await written()).slice(acknowledging).filter((one) => /acknowledge/.test(one.text));
      return found.length > 0 && found;
    });
    assert.ok(acknowledged.every((one) => one.durability === 'strict'));

    const pulling = (await written()).length;
    const pulled = await mutate(server, 'create', 'Note', { title: 'pulled' });
    await until('the pulled note is here', () => app.call('get', 'Note', pulled.id));
    const pages = await until('the pulled note was written', async () => {
      const found = (await written()).slice(pulling).filter((one) => one.text.includes(pulled.id));
      return found.length > 0 && found;
    });
    assert.deepEqual([...new Set(pages.map((one) => one.durability))], ['relaxed']);
  });
});
