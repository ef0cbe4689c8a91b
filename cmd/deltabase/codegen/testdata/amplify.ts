// Declarations that Amplify's codegen 3.4.4 wrote keep their types; only the import is changed.
import { DataStore } from 'deltabase'
import { Todo } from './from-amplify'

export async function main(): Promise<void> {
  const todo = await DataStore.save(new Todo({ name: 'x' }))
  const found = await DataStore.query(Todo, (m) => m.name.eq('x'))
  const one = await DataStore.query(Todo, todo.id)
  const changed = Todo.copyOf(todo, (draft) => { draft.name = 'y' })
  DataStore.observe(Todo).subscribe(({ element }) => console.log(element.name))
  await DataStore.delete(Todo, (m) => m.count.gt(1))
  console.log(found[0].name, one?.name, changed.count)
}
