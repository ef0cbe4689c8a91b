// What a start tells, and when it syncs. wire is the page, the proxy and the server of the suite.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSync } from '../harness/proxy.mjs';
import { close, modelNames, order } from './page.mjs';

export function starts(wire) {
  test('an online start: the order of events; subscriptions are acknowledged before the first sync', async () => {
    wire.network.forget();
    const app = await wire.open({ started: false });
    await app.run(() => store.start());
    await app.heard('ready');
    const events = order(await app.hub()).filter((event) => event !== 'outboxStatus');
    assert.deepEqual(events, [
      'networkStatus',
      'storageSubscribed',
      'subscriptionsEstablished',
      'syncQueriesStarted',
      ...modelNames.map(() => 'modelSynced'),
      'syncQueriesReady',
      'ready',
    ]);
    const hub = await app.hub();
    const [network1, outbox] = [
      hub.find((one) => one.event === 'networkStatus'),
      hub.find((one) => one.event === 'outboxStatus'),
    ];
    assert.deepEqual([network1.data, outbox.data], [{ active: true }, { isEmpty: true }]);
    assert.deepEqual([...hub.find((one) => one.event === 'syncQueriesStarted').data.models].sort(), modelNames);
    assert.deepEqual(
      await app.run(() => {
        const { data } = hub.find((one) => one.event === 'modelSynced' && one.data.model === Post);
        return [data.isFullSync, data.isDeltaSync, data.counts];
      }),
      [true, false, { new: 0, updated: 0, deleted: 0 }],
    );
    const starts = wire.network.messages.filter((one) => one.toServer && one.json?.type === 'start');
    const acks = wire.network.messages.filter((one) => one.json?.type === 'start_ack');
    assert.deepEqual([starts.length, acks.length], [1, 1]);
    assert.deepEqual(starts[0].json.payload.extensions.deltabase.models.map((one) => one.model).sort(), modelNames);
    await close(app);
  });

  test('no sync is sent before every subscription was acknowledged', async () => {
    const app = await wire.open({ started: false });
    wire.network.forget();
    const syncAt = [];
    const push = wire.network.requests.push;
    wire.network.requests.push = function (entry) {
      if (isSync(entry)) syncAt.push(wire.network.messages.filter((one) => one.json?.type === 'start_ack').length);
      return push.call(this, entry);
    };
    await app.run(() => store.start());
    await app.heard('ready');
    wire.network.requests.push = push;
    assert.equal(Math.min(...syncAt), 1);
    await close(app);
  });

  test('a start without a network, and the network later: no second ready', async () => {
    const app = await wire.open({ started: false });
    await app.run(async () => {
      await store.goOffline();
      await store.start();
    });
    await app.heard('ready');
    assert.deepEqual(
      (await app.hub()).map((one) =>
        [one.event, one.data?.active ?? one.data?.isEmpty]
          .filter((word) => word !== undefined && word !== null)
          .join(' '),
      ),
      ['networkStatus false', 'storageSubscribed', 'outboxStatus true', 'ready'],
    );
    await app.run(() => {
      hub.length = 0;
      return store.goOnline();
    });
    await app.heard('syncQueriesReady');
    const events = order(await app.hub());
    assert.deepEqual(
      events.filter((event) => !/^(outbox|modelSynced)/.test(event)),
      ['syncPaused', 'networkStatus', 'subscriptionsEstablished', 'syncQueriesStarted', 'syncQueriesReady'],
    );
    await close(app);
  });
}
