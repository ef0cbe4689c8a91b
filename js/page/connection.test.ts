import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection, type ConnectionState } from './connection.js';

const short = ({ active, isReady, isSyncing, models }: ConnectionState) =>
  [active, isReady, isSyncing, ...models.map((m) => `${m.model} ${m.records}/${m.estimate} ${m.isSynced}`)].join(', ');

test('the events of a start add up', () => {
  const connection = new Connection(async () => {});
  const events: [event: string, data: any, want: string][] = [
    ['networkStatus', { active: true }, 'true, false, false'],
    ['outboxStatus', { isEmpty: true }, 'true, false, false'],
    ['syncQueriesStarted', { models: ['A', 'B'] }, 'true, false, true, A 0/null false, B 0/null false'],
    ['syncProgress', { model: 'A', records: 5, estimate: 9 }, 'true, false, true, A 5/9 false, B 0/null false'],
    ['modelSynced', { model: 'A' }, 'true, false, true, A 5/9 true, B 0/null false'],
    ['syncQueriesReady', undefined, 'true, false, false, A 5/9 true, B 0/null false'],
    ['ready', undefined, 'true, true, false, A 5/9 true, B 0/null false'],
    ['syncQueriesStarted', { models: ['A', 'B'] }, 'true, true, true, A 0/null true, B 0/null false'],
    ['networkStatus', { active: false }, 'false, true, false, A 0/null true, B 0/null false'],
  ];
  for (const [event, data, want] of events) {
    connection.hear(event, data);
    assert.equal(short(connection.state), want, event);
  }
  connection.forget();
  assert.equal(short(connection.state), ', false, false');
});

test('watchers hear the state and each change; an event that says nothing about it is none', async () => {
  let started = 0;
  const connection = new Connection(async () => void started++);
  connection.hear('networkStatus', { active: true });
  const heard: string[] = [];
  const subscription = connection.watch().subscribe((state) => heard.push(short(state)));
  await Promise.resolve();
  connection.hear('outboxStatus', { isEmpty: true });
  connection.hear('ready', undefined);
  connection.forget();
  connection.forget();
  subscription.unsubscribe();
  connection.hear('ready', undefined);
  assert.deepEqual(heard, ['true, false, false', 'true, true, false', ', false, false']);
  assert.equal(started, 1);
});

test('a store that can not start tells watchers why', async () => {
  const connection = new Connection(() => Promise.reject(new Error('no')));
  await assert.rejects(async () => {
    for await (const _ of connection.watch());
  }, /no/);
});
