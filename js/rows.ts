import { invalidValue, messageOf } from './errors.js'
import { cast } from './validate.js'
import { clone, deepFreeze, type Instance, type RecordSource, setOrigin, type Origin } from './instances.js'
import { constructorOf } from './registry.js'
import { type Definition, nonModelOf, type Schema, type SchemaField } from './schema.js'

// A row is what travels and is stored: plain JSON, AWSJSON values as text. An instance is what the
// app gets: frozen, AWSJSON values parsed.

/** The sync metadata of a row; instances show it under the same names. */
export const metadata = ['_version', '_lastChangedAt', '_deleted'] as const

type Direction = (json: unknown) => unknown

const toText: Direction = (v) => (typeof v === 'string' ? v : JSON.stringify(v))
const fromText: Direction = (v) => {
  if (typeof v !== 'string') return v
  try {
    return JSON.parse(v)
  } catch {
    return v // a server that stores other text keeps it
  }
}

/** Applies a direction to every AWSJSON inside a value. */
function convert(schema: Schema, field: SchemaField, value: unknown, direction: Direction): unknown {
  if (value === null || value === undefined) return value
  if (Array.isArray(value) && field.isArray) {
    return value.map((v) => convert(schema, { ...field, isArray: false }, v, direction))
  }
  if (field.type === 'AWSJSON') return direction(value)
  const fields = schema.nonModels?.[nonModelOf(field) ?? '']?.fields
  if (!fields || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, v]) => [name, fields[name] ? convert(schema, fields[name], v, direction) : v]),
  )
}

const converted = (definition: Definition, field: SchemaField | undefined, value: unknown, to: Direction) =>
  field ? convert(definition.schema, field, value, to) : value

const shapes = new WeakMap<object, new () => Instance>()

/**
 * A constructor that does nothing. Engines know the objects of one constructor by their shape;
 * those of Object.create take three times as long to fill.
 */
function shapeOf(prototype: object): new () => Instance {
  let shape = shapes.get(prototype)
  if (!shape) {
    shape = function () {} as unknown as new () => Instance
    shape.prototype = prototype
    shapes.set(prototype, shape)
  }
  return shape
}

/** Makes the instances of rows that came from one source. */
export function reader(definition: Definition, source: RecordSource): (row: Instance) => Instance {
  const Shape = shapeOf(constructorOf(definition.name).prototype as object)
  // One origin for all of them: the page keeps nothing per record but the record.
  const origin: Origin = { definition, source }
  return (row) => {
    const instance = new Shape()
    for (const { name, field, json } of definition.stored) {
      let value = row[name]
      if (value === undefined) value = null
      else if (json) value = converted(definition, field, value, fromText)
      instance[name] = typeof value === 'object' && value !== null ? deepFreeze(value) : value
    }
    for (const name of metadata) instance[name] = row[name]
    setOrigin(instance, origin)
    return Object.freeze(instance)
  }
}

/** The row of an instance. */
export function rowOf(definition: Definition, instance: Instance): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (const { name, field, json } of definition.stored) {
    const value = instance[name]
    if (value !== undefined) row[name] = json ? converted(definition, field, value, toText) : value
  }
  for (const name of metadata) if (instance[name] !== undefined) row[name] = instance[name]
  return row
}

/** Some fields of an instance, as they travel. */
export function fieldsOf(definition: Definition, instance: Instance, names: Iterable<string>): Record<string, unknown> {
  const wanted = new Set(names)
  const fields: Record<string, unknown> = {}
  for (const { name, field, json } of definition.stored) {
    if (!wanted.has(name)) continue
    const value = instance[name] ?? null
    fields[name] = json ? converted(definition, field, value, toText) : value
  }
  return fields
}

/** Casts a value that the app gave, without touching the app's own object. */
export function taken(field: SchemaField | undefined, value: unknown): unknown {
  if (!field) return clone(value)
  try {
    return clone(cast(field, value), field.type === 'AWSJSON' || nonModelOf(field) !== undefined)
  } catch (e) {
    throw invalidValue(`Field ${field.name} can't be written as JSON: ${messageOf(e)}.`)
  }
}
