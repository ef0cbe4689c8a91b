// Run it with: node --test
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

// The server gives the function nothing but the language, so does this test.
const source = readFileSync(new URL('./resolve.js', import.meta.url), 'utf8');
const exported = {};
new Function('exports', source)(exported);

const conflict = (field) => ({
  newItem: { id: '1', title: 'mine', _version: 1 },
  existingItem: { id: '1', title: 'theirs', rating: 5, _version: 2 },
  arguments: { input: { id: '1', title: 'mine', _version: 1 } },
  resolver: { tableName: 'Post', parentType: 'Mutation', field },
  identity: null,
});

test('an update goes on top of the record that is there', async () => {
  const answer = await exported.handler(conflict('updatePost'));
  assert.equal(answer.action, 'RESOLVE');
  assert.equal(answer.item.title, 'mine');
  assert.equal(answer.item.rating, 5);
});

test('a delete of a record that changed meanwhile is refused', async () => {
  assert.deepEqual(await exported.handler(conflict('deletePost')), { action: 'REJECT' });
});
