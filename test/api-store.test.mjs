// The page's API against the engine, without a server: save, delete, query. The cases are in api-store/.
import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { deletes } from './api-store/delete.mjs';
import { queries } from './api-store/query.mjs';
import { saves } from './api-store/save.mjs';
import { lifetime, openApi, serveApi } from './harness/api.mjs';

describe('without a server', () => {
  const t = lifetime();
  let run;
  let complaints;
  before(async () => {
    ({ run, complaints } = await openApi(t, await serveApi(t)));
  });
  beforeEach(() => run(() => DataStore.clear({ discardUnsent: true })));

  const here = (fn, argument) => run(fn, argument);
  saves(here);
  deletes(here);
  queries(here);

  test('nothing was left uncaught', () => assert.deepEqual(complaints, []));
});
