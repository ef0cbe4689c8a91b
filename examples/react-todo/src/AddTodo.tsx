import { useStore } from 'deltabase/react';
import { type FormEvent, useState } from 'react';
import { Todo } from './models';

export function AddTodo() {
  const store = useStore();
  const [title, setTitle] = useState('');

  const add = async (event: FormEvent) => {
    event.preventDefault();
    const text = title.trim();
    if (!text) return;
    setTitle('');
    await store.save(new Todo({ title: text, done: false, addedAt: new Date().toISOString() }));
  };

  return (
    <form className="add" onSubmit={add}>
      <label htmlFor="title">What is to be done?</label>
      <div>
        <input id="title" value={title} onChange={(event) => setTitle(event.target.value)} autoComplete="off" />
        <button type="submit" disabled={!title.trim()}>
          Add
        </button>
      </div>
    </form>
  );
}
