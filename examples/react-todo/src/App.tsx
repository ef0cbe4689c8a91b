import { useConflicts } from 'deltabase/react';
import { useState } from 'react';
import { AddTodo } from './AddTodo';
import { Banner } from './Banner';
import { ConflictDialog } from './ConflictDialog';
import { Outbox } from './Outbox';
import { TodoList } from './TodoList';

export function App() {
  const conflicts = useConflicts();
  // Those that the person closed: they open again from their to-do.
  const [later, setLater] = useState<ReadonlySet<string>>(new Set());
  const shown = conflicts.find((each) => !later.has(each.id));
  const decideNow = (recordId: string) => {
    const one = conflicts.find((each) => each.conflict.local.id === recordId);
    if (one) setLater(new Set([...later].filter((id) => id !== one.id)));
  };
  return (
    <main>
      <Banner />
      <AddTodo />
      <TodoList onDecide={decideNow} />
      <Outbox />
      {shown && <ConflictDialog key={shown.id} open={shown} onLater={() => setLater(new Set([...later, shown.id]))} />}
    </main>
  );
}
