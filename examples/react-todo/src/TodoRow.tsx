import type { SyncState } from 'deltabase';
import { useStatus, useStore } from 'deltabase/react';
import { memo, startTransition, useOptimistic, useState } from 'react';
import { Todo } from './models';

const marks: Partial<Record<SyncState, string>> = {
  pending: 'Not sent yet',
  sending: 'Sending…',
  blocked: 'Waits for another change',
  held: 'Refused by the server',
};

/** Rendered again only when its record or its status has changed: records that did not change stay the same objects. */
export const TodoRow = memo(function TodoRow({ todo, onDecide }: { todo: Todo; onDecide: (id: string) => void }) {
  const store = useStore();
  const { status } = useStatus(todo);
  // A click shows at once, a moment before the record is on the disk.
  const [done, setDone] = useOptimistic(todo.done ?? false);
  const [draft, setDraft] = useState<string | null>(null);

  const change = (fields: { title?: string; done?: boolean }) =>
    store.save(Todo.copyOf(todo, (copy) => void Object.assign(copy, fields)));
  const check = (checked: boolean) =>
    startTransition(async () => {
      setDone(checked);
      await change({ done: checked });
    });
  const rename = async () => {
    const title = draft?.trim();
    setDraft(null);
    if (title && title !== todo.title) await change({ title });
  };

  const state = status?.state ?? 'synced';
  return (
    <li className={done ? 'done' : undefined}>
      <input
        type="checkbox"
        checked={done}
        onChange={(event) => check(event.target.checked)}
        aria-label={`${todo.title} is done`}
      />
      <input
        className="title"
        aria-label="Title"
        value={draft ?? todo.title}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={rename}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
          if (event.key === 'Escape') setDraft(null);
        }}
      />
      {marks[state] && <span className={`mark ${state}`}>{marks[state]}</span>}
      {state === 'conflicted' && (
        <button type="button" className="mark conflicted" onClick={() => onDecide(todo.id)}>
          Conflict: decide
        </button>
      )}
      <button
        type="button"
        className="quiet remove"
        onClick={() => store.delete(todo)}
        aria-label={`Delete ${todo.title}`}
      >
        ✕
      </button>
    </li>
  );
});
