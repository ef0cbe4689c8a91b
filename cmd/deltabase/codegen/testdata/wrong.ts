// What the generated types must refuse: each line without an error would be an error here.
import { DataStore } from 'deltabase'
import { Card, Customer, Order, Stock } from './models'

// @ts-expect-error name is required
new Customer({})
// @ts-expect-error the engine makes the id
new Customer({ name: 'Ann', id: '1' })
// @ts-expect-error a number is no name
new Customer({ name: 1 })
// @ts-expect-error the app gives this key
new Card({ limit: 5 })
// @ts-expect-error not a state
new Order({ state: 'LOST', history: [] })
// @ts-expect-error both parts of the key are required
new Stock({ sku: 'x' })
// @ts-expect-error the server sets it
new Customer({ name: 'Ann', updatedAt: '2024-01-01T00:00:00Z' })
// @ts-expect-error read-only
Customer.copyOf(new Customer({ name: 'Ann' }), (draft) => { draft.updatedAt = 'x' })
// @ts-expect-error observe() takes a predicate for composite keys
DataStore.observe(Stock, { sku: 'x', shelf: 1 })
