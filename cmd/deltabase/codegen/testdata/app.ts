// An app as one would write it; it has to compile against the generated types.
import { DataStore, Predicates, type Schema } from 'deltabase'
import { Card, Customer, Order, OrderState, Stock } from './models'
import { Note, NoteTags, Tag } from './tags'
import { schema } from './models/schema'

export async function main(): Promise<void> {
  const ann = await DataStore.save(new Customer({ name: 'Ann' }))
  const card = await DataStore.save(new Card({ number: '1', limit: 5, extra: { any: 'thing' } }))
  await DataStore.save(Customer.copyOf(ann, (draft) => {
    draft.email = 'ann@example.com'
    draft.card = card
  }))
  const order = await DataStore.save(new Order({
    customer: ann, state: OrderState.OPEN, history: ['OPEN', OrderState.SENT], lines: [{ sku: 'x', count: null }], notes: [null, 'a'],
  }))
  await DataStore.save(new Order({ id: 'mine', state: 'SENT', history: [] }))
  const tag = await DataStore.save(new Tag({ label: 'urgent' }))
  const note = await DataStore.save(new Note({ text: 'a' }))
  await DataStore.save(new NoteTags({ note, tag }))
  const customerId: string | null | undefined = order.customerOrdersId
  await DataStore.query(Order, (m) => m.customerOrdersId.eq(customerId ?? ''))
  await DataStore.save(new Stock({ sku: 'x', shelf: 1 }))
  const name: string | undefined = (await order.customer)?.name
  const orders: Order[] = await ann.orders.toArray()
  const open = await DataStore.query(Order, (m) => m.and((m) => [m.state.eq('OPEN'), m.placedAt.gt(5)]))
  const made: string | null | undefined = order.createdAt
  const updated: string | null | undefined = ann.updatedAt
  const one = await DataStore.query(Card, '1')
  DataStore.observeQuery(Card, '1').subscribe(({ items }) => console.log(items[0]?.limit))
  DataStore.observeQuery(Stock, { sku: 'x', shelf: 1 }).subscribe(({ items }) => console.log(items[0]?.sku))
  DataStore.observeQuery(Order, Predicates.ALL, { sort: (s) => s.placedAt('DESCENDING'), limit: 10, page: 1 }).subscribe(() => {})
  console.log(name, orders.length, open.length, made, updated, one?.limit, order.lines?.[0]?.options?.length)
}

// The schema itself has a type: a store can be given it without the classes.
const compiled: Schema = schema
export const names: string[] = Object.keys(compiled.models)
// @ts-expect-error a schema is no text
export const text: string = schema
