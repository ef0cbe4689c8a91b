import type { OutboxEntry, OutboxState } from 'deltabase';
import { useOutbox, useStore } from 'deltabase/react';

const operations: Record<OutboxEntry['operation'], string> = { create: 'Add', update: 'Change', delete: 'Delete' };
const states: Record<OutboxState, string> = {
  pending: 'waits to be sent',
  sent: 'is being sent',
  conflicted: 'waits for your decision',
  blocked: 'waits for another change',
  held: 'was refused',
  parked: 'was set aside',
};

/** What waits to be sent, in the order in which it was saved. */
export function Outbox() {
  const { outbox } = useStore();
  const { entries } = useOutbox();
  return (
    <details className="outbox">
      <summary>
        Outbox <span className="count">{entries.length}</span>
      </summary>
      {entries.length === 0 && <p className="empty">Everything has been sent.</p>}
      <ol>
        {entries.map((entry) => (
          <li key={entry.id}>
            <div>
              <strong>{operations[entry.operation]}</strong>
              {Object.entries(entry.fields)
                .filter(([name]) => name !== 'addedAt' && name !== 'id')
                .map(([name, value]) => (
                  <span key={name} className="field">
                    {name}: {String(value)}
                  </span>
                ))}
              <p>
                {states[entry.state]}
                {entry.cause && `: ${entry.cause.message}`}
              </p>
            </div>
            {entry.state === 'held' && (
              <button type="button" onClick={() => outbox.retry(entry.id)}>
                Try again
              </button>
            )}
            {entry.state !== 'sent' && (
              <button type="button" className="quiet" onClick={() => outbox.discard(entry.id)}>
                Discard
              </button>
            )}
          </li>
        ))}
      </ol>
    </details>
  );
}
