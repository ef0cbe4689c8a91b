import { applyRemote, retryLocal } from 'deltabase';
import type { OpenConflict } from 'deltabase/react';
import { useEffect, useRef, useState } from 'react';
import { Todo } from './models';

type Side = 'mine' | 'theirs';
const fields = ['title', 'notes', 'done'] as const;
const shown = (value: unknown) => (value === true ? 'yes' : value === false ? 'no' : value ? String(value) : 'nothing');

/** Somebody else changed the same to-do meanwhile: which values are to stay? */
export function ConflictDialog({ open, onLater }: { open: OpenConflict<Todo>; onLater: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { base, local, remote, changed, operation } = open.conflict;
  const [chosen, setChosen] = useState<Record<string, Side>>({});
  const gone = !remote || (remote as { _deleted?: boolean })._deleted === true;
  const simple = gone || operation === 'DELETE'; // there are no two values of a field to choose from
  const differing = fields.filter((name) => shown(local[name]) !== shown(remote?.[name]));
  const sideOf = (name: string): Side => chosen[name] ?? (changed.includes(name) ? 'mine' : 'theirs');

  const save = () =>
    open.decide(
      Todo.copyOf(remote, (draft) => {
        for (const name of differing) if (sideOf(name) === 'mine') Object.assign(draft, { [name]: local[name] });
      }),
    );

  return (
    <dialog ref={dialog} onCancel={onLater} aria-labelledby="conflict">
      <h2 id="conflict">“{(base ?? local).title}” was changed twice</h2>
      {simple ? (
        <p>
          {gone
            ? 'It was deleted elsewhere, and you have changed it.'
            : 'You have deleted it, and it was changed elsewhere.'}
        </p>
      ) : (
        <>
          <p>Choose what is to stay of each field.</p>
          {differing.map((name) => (
            <fieldset key={name}>
              <legend>
                {name} <small>was {shown(base?.[name])}</small>
              </legend>
              {(['mine', 'theirs'] as const).map((side) => (
                <label key={side} className="choice">
                  <input
                    type="radio"
                    name={name}
                    checked={sideOf(name) === side}
                    onChange={() => setChosen({ ...chosen, [name]: side })}
                  />
                  <span>
                    <small>{side === 'mine' ? 'Mine' : 'Theirs'}</small>
                    {shown(side === 'mine' ? local[name] : remote[name])}
                  </span>
                </label>
              ))}
            </fieldset>
          ))}
        </>
      )}
      <footer>
        <button type="button" className="quiet" onClick={onLater}>
          Decide later
        </button>
        {simple && (
          <>
            <button type="button" onClick={() => open.decide(applyRemote())}>
              Keep theirs
            </button>
            <button type="button" className="main" onClick={() => open.decide(retryLocal())}>
              Keep mine
            </button>
          </>
        )}
        {!simple && (
          <button type="button" className="main" onClick={save}>
            Save
          </button>
        )}
      </footer>
    </dialog>
  );
}
