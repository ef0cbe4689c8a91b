import { SortDirection } from 'deltabase';
import { useQuery } from 'deltabase/react';
import { useState } from 'react';
import { Todo } from './models';
import { TodoRow } from './TodoRow';

type Filter = 'all' | 'open' | 'done';
const filters: Record<Filter, string> = { all: 'All', open: 'Open', done: 'Done' };
const empty: Record<Filter, string> = {
  all: 'Nothing to do yet. Add something above.',
  open: 'Nothing is open.',
  done: 'Nothing is done yet.',
};

export function TodoList({ onDecide }: { onDecide: (id: string) => void }) {
  const [filter, setFilter] = useState<Filter>('all');
  const { items, isLoading, error, retry } = useQuery(
    Todo,
    filter === 'all' ? null : (todo) => (filter === 'done' ? todo.done.eq(true) : todo.done.ne(true)),
    { sort: (todo) => todo.addedAt(SortDirection.DESCENDING) },
  );

  return (
    <section aria-label="To-dos">
      <fieldset className="filters">
        <legend className="hidden">Show</legend>
        {Object.entries(filters).map(([name, label]) => (
          <label key={name}>
            <input type="radio" name="filter" checked={filter === name} onChange={() => setFilter(name as Filter)} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      {error && (
        <p className="problem" role="alert">
          {error.message}{' '}
          <button type="button" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      {!isLoading && items.length === 0 && !error && <p className="empty">{empty[filter]}</p>}
      <ul className="todos">
        {items.map((todo) => (
          <TodoRow key={todo.id} todo={todo} onDecide={onDecide} />
        ))}
      </ul>
    </section>
  );
}
