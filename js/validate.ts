import { invalidValue } from './errors.js'
import { nonModelOf, type Schema, type SchemaField } from './schema.js'

// Values are checked as Amplify DataStore checks them, with its messages, so that an app that
// shows or matches them keeps working. The engine and the server check more strictly.

const jsTypes: Record<string, string> = {
  Boolean: 'boolean',
  Int: 'number',
  Float: 'number',
  AWSTimestamp: 'number',
  AWSJSON: 'object',
}

const zone = '(Z|[+-]\\d{2}:\\d{2}(:\\d{2})?)?'
const date = '\\d{4}-\\d{2}-\\d{2}'
const time = '\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?'
const octet = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const ip4 = new RegExp(`^${octet}(\\.${octet}){3}$`)

const form = (pattern: string) => {
  const r = new RegExp(`^${pattern}$`)
  return (v: unknown) => r.test(String(v))
}

const formats: Record<string, (v: unknown) => boolean> = {
  // NaN and the infinities are numbers that JSON does not have: they would be saved as null.
  Int: Number.isFinite,
  Float: Number.isFinite,
  AWSDate: form(date + zone),
  AWSTime: form(time + zone),
  AWSDateTime: form(`${date}T${time}${zone}`),
  AWSTimestamp: form('\\d+'),
  AWSPhone: form('\\+?\\d[\\d\\s-]+'),
  AWSEmail: form(
    "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?" +
      '(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*',
  ),
  AWSURL: (v) => parses(() => new URL(String(v))),
  AWSIPAddress: (v) => ip4.test(String(v)) || isIp6(String(v)),
}

function parses(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

/** The URL parser knows every way to write an IPv6 address. */
const isIp6 = (v: string) => /^[0-9a-fA-F:.]+$/.test(v) && parses(() => new URL(`http://[${v}]/`))

/** What a value becomes before it is checked: JSON text is parsed, numbers become booleans. */
export function cast(field: SchemaField, value: unknown): unknown {
  if (typeof value === 'string' && (field.isArray || field.type === 'AWSJSON' || typeof field.type === 'object')) {
    if (typeof field.type === 'object' && 'enum' in field.type && !field.isArray) return value
    try {
      return JSON.parse(value)
    } catch {
      return value
    }
  }
  if (typeof value === 'number' && field.type === 'Boolean' && !field.isArray) return Boolean(value)
  return value
}

/** Throws when a value does not fit its field. exempt frees timestamps from being required. */
export function check(schema: Schema, field: SchemaField, value: unknown, exempt: boolean): void {
  const missing = value === null || value === undefined
  const required = field.isArray ? !field.isArrayNullable : field.isRequired
  if (missing) {
    if (required && !exempt) throw invalidValue(`Field ${field.name} is required`)
    return
  }
  const inner = nonModelOf(field)
  if (inner) checkEmbedded(schema, field, inner, value)
  else if (typeof field.type === 'string') checkScalar(field, field.type, value)
}

function checkScalar(field: SchemaField, type: string, value: unknown): void {
  const jsType = jsTypes[type] ?? 'string'
  if (field.isArray) {
    checkElements(field, type, jsType, value)
    return
  }
  if (type === 'AWSJSON' && typeof value === 'string') {
    if (parses(() => JSON.parse(value))) return
    throw invalidValue(`Field ${field.name} is an invalid JSON object. ${value}`)
  }
  if (typeof value !== jsType) {
    throw invalidValue(`Field ${field.name} should be of type ${jsType}, ${typeof value} received. ${value}`)
  }
  if (formats[type] && !formats[type](value)) {
    throw invalidValue(`Field ${field.name} should be of type ${type}, validation failed. ${value}`)
  }
}

function checkElements(field: SchemaField, type: string, jsType: string, value: unknown): void {
  const wanted = field.isRequired ? jsType : `${jsType} | null | undefined`
  if (!Array.isArray(value)) {
    throw invalidValue(`Field ${field.name} should be of type [${wanted}], ${typeof value} received. ${value}`)
  }
  const absent = (v: unknown) => v === null || v === undefined
  const fits = (v: unknown) => (absent(v) ? !field.isRequired : typeof v === jsType || type === 'AWSJSON')
  if (!value.every(fits)) {
    const types = value.map((v) => (v === null ? 'null' : typeof v)).join(',')
    throw invalidValue(
      `All elements in the ${field.name} array should be of type ${wanted}, [${types}] received. ${value}`,
    )
  }
  if (formats[type] && !value.every((v) => absent(v) || formats[type](v))) {
    throw invalidValue(
      `All elements in the ${field.name} array should be of type ${type}, ` +
        `validation failed for one or more elements. ${value}`,
    )
  }
}

function checkEmbedded(schema: Schema, field: SchemaField, inner: string, value: unknown): void {
  if (field.isArray) {
    if (!Array.isArray(value)) {
      throw invalidValue(`Field ${field.name} should be of type [${inner}], ${typeof value} received. ${value}`)
    }
    for (const item of value) {
      if ((item === null || item === undefined) && !field.isRequired) continue
      if (typeof item !== 'object' || item === null) {
        throw invalidValue(
          `All elements in the ${field.name} array should be of type ${inner}, [${typeof item}] received. ${item}`,
        )
      }
      checkEmbeddedFields(schema, inner, item)
    }
    return
  }
  if (typeof value !== 'object') {
    throw invalidValue(`Field ${field.name} should be of type ${inner}, ${typeof value} recieved. ${value}`)
  }
  checkEmbeddedFields(schema, inner, value as object)
}

function checkEmbeddedFields(schema: Schema, inner: string, value: object): void {
  const fields = schema.nonModels?.[inner]?.fields ?? {}
  for (const [name, v] of Object.entries(value)) {
    const field = fields[name]
    if (field) check(schema, field, cast(field, v), false)
  }
}
