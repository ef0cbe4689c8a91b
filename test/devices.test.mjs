// Two devices: two browser profiles with one server.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

describe('two devices', () => {
  test('a save and a delete in one profile reach the observer in the other by subscription', async (t) => {
    const { network, open } = await makeWorld(t);
    const [here, there] = [await open(), await open()];
    await Promise.all([here.ready(), there.ready()]);
    await there.call('observe', 'Note');
    network.forget();

    const note = await here.call('save', 'Note', { title: 'from here', tags: ['a', 'b'] });
    const inserted = await until('the other device hears the insert', async () => (await there.heard()).changes[0]);
    assert.equal(inserted.opType, 'INSERT');
    assert.equal(inserted.model, 'Note');
    assert.equal(inserted.element.id, note.id);
    assert.equal(inserted.element.title, 'from here');
    assert.deepEqual(inserted.element.tags, ['a', 'b']);
    assert.equal(inserted.element._version, 1);

    await here.call('remove', 'Note', note.id);
    const deleted = await until('the other device hears the delete', async () => (await there.heard()).changes[1]);
    assert.equal(deleted.opType, 'DELETE');
    assert.equal(deleted.element.id, note.id);
    assert.equal(await there.call('get', 'Note', note.id), undefined);
    assert.deepEqual(network.pages('syncNotes'), [], 'it came by subscription, not by a sync query');
  });

  test('an edit reaches the other device as an update with all fields', async (t) => {
    const { open } = await makeWorld(t);
    const [here, there] = [await open(), await open()];
    await Promise.all([here.ready(), there.ready()]);
    const note = await here.call('save', 'Note', { title: 'one', body: 'kept', rating: 4 });
    await until('the note is there', () => there.call('get', 'Note', note.id));
    await there.call('observe', 'Note');
    await here.call('update', 'Note', note.id, { title: 'two' });
    const change = await until('the other device hears the update', async () => (await there.heard()).changes[0]);
    assert.equal(change.opType, 'UPDATE');
    assert.deepEqual(
      [change.element.title, change.element.body, change.element.rating, change.element._version],
      ['two', 'kept', 4, 2],
    );
  });
});
