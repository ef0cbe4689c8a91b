import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyRemote, type Conflict, Observable, type OutboxSnapshot, retryLocal, type Store } from '../index.js';
import { ConflictDesk } from './conflictdesk.js';
import { limits } from './limits.js';

const conflict = (mutationId: string, version = 2) =>
  ({ mutationId, remote: { _version: version } }) as unknown as Conflict;

function desk() {
  let sink: { next(v: OutboxSnapshot): void; complete(): void } | undefined;
  const watch = () =>
    new Observable<OutboxSnapshot>((own) => {
      sink = own;
      return () => {
        sink = undefined;
      };
    });
  const made = new ConflictDesk({ outbox: { watch } } as unknown as Store);
  return {
    desk: made,
    ids: () => made.getSnapshot().map(({ id }) => id),
    watched: () => sink !== undefined,
    complete: () => sink!.complete(),
    conflicted: (...ids: string[]) =>
      sink!.next({ entries: ids.map((id) => ({ id, state: 'conflicted' })) } as unknown as OutboxSnapshot),
  };
}

test('a conflict is open until it is decided, once', async () => {
  const { desk: own, ids, watched } = desk();
  const heard: number[] = [];
  const end = own.subscribe((open) => heard.push(open.length));
  const decision = own.handle(conflict('a'));
  void own.handle(conflict('b'));
  assert.deepEqual([ids(), watched()], [['a', 'b'], true]);
  assert.equal(own.getSnapshot(), own.getSnapshot());
  const mine = retryLocal();
  const [first] = own.getSnapshot();
  first.decide(mine);
  first.decide(applyRemote());
  assert.equal(await decision, mine);
  end();
  own.getSnapshot()[0].decide(mine);
  assert.deepEqual([heard, ids(), watched()], [[0, 1, 2, 1], [], false]);
  assert.deepEqual(own.getServerSnapshot(), []);
});

test('a question that is asked again, or crosses its answer, gets the one answer', async () => {
  const { desk: own, ids } = desk();
  const asked = own.handle(conflict('a', 2));
  assert.equal(own.handle(conflict('a', 3)), asked);
  assert.equal(own.getSnapshot()[0].conflict.remote._version, 3);
  const mine = retryLocal();
  own.getSnapshot()[0].decide(mine);
  assert.equal(await own.handle(conflict('a', 3)), mine);
  void own.handle(conflict('a', 3));
  assert.deepEqual(ids(), ['a'], 'the next time a person decides');
  own.getSnapshot()[0].decide(mine);
  void own.handle(conflict('a', 4));
  assert.deepEqual(ids(), ['a'], 'and so about another version');
});

test('what was settled elsewhere is withdrawn, and all of it when the user changes', () => {
  const { desk: own, ids, conflicted, complete } = desk();
  for (const id of ['a', 'b']) void own.handle(conflict(id));
  conflicted();
  assert.deepEqual(ids(), ['a', 'b'], 'the outbox may be told later than the question');
  conflicted('a', 'b');
  conflicted('b');
  assert.deepEqual(ids(), ['b']);
  complete();
  assert.deepEqual(ids(), []);
});

test('decisions are remembered up to a limit', () => {
  const { desk: own, ids } = desk();
  for (let i = 0; i <= limits.decisionsMax; i++) {
    void own.handle(conflict(`${i}`));
    own.getSnapshot()[0].decide(retryLocal());
  }
  void own.handle(conflict('0'));
  assert.deepEqual(ids(), ['0']);
});
