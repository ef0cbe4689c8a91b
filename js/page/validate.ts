import { invalidValue } from '../shared/errors.js';
import { fieldOf, isPlain } from './json.js';
import { nonModelOf, type Schema, type SchemaField } from './schema.js';

// Values are checked as the server checks them (schema/scalar.go), so that nothing is saved that it
// refuses; `validate: 'loose'` checks them as Amplify DataStore does. The messages are Amplify's, so
// that an app that shows or matches them keeps working. Both sides run test/fixtures/values.json.

/** Whether new values are checked as Amplify checks them: model classes are shared by all stores. */
let loose = false;
export const setLoose = (value: boolean): void => void (loose = value);

const jsTypes: Record<string, string> = { Boolean: 'boolean', Int: 'number', Float: 'number', AWSTimestamp: 'number' };

type Test = (v: any) => boolean;

const form = (pattern: string): Test => {
  const r = new RegExp(`^${pattern}$`);
  return (v) => r.test(String(v));
};

const zone = '(Z|[+-]\\d{2}:\\d{2}(:\\d{2})?)?';
const date = '\\d{4}-\\d{2}-\\d{2}';
const time = '\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?';
const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ip4 = form(`${octet}(\\.${octet}){3}`);
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';

/** Amplify's checks. */
const formats: Record<string, Test> = {
  // NaN and the infinities are numbers that JSON does not have: they would be saved as null.
  Int: Number.isFinite,
  Float: Number.isFinite,
  AWSDate: form(date + zone),
  AWSTime: form(time + zone),
  AWSDateTime: form(`${date}T${time}${zone}`),
  AWSTimestamp: (v) => Number.isInteger(v) && v >= 0 && v < 2 ** 63,
  AWSPhone: form('\\+?\\d[\\d\\s-]+'),
  AWSEmail: form(`[a-zA-Z0-9.!#$%&'*+/=?^_\`{|}~-]+@${label}(?:\\.${label})*`),
  AWSURL: (v) => parses(() => new URL(String(v))),
  AWSIPAddress: (v) => ip4(v) || isIp6(String(v)),
};

const realDay: Test = (v) => {
  const at = new Date(`${v.slice(0, 10)}T00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === v.slice(0, 10);
};
const realTime = '([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?';
const realZone = '(Z|[+-](0\\d|1[0-8]):[0-5]\\d(:[0-5]\\d)?)';
const wholeTime = form(`${realTime}${realZone}?`);
const wholeDateTime = form(`.{10}T${realTime}${realZone}`);
const wholeDate = form(`.{10}${realZone}?`);
const phoneForm = form('(\\+[\\d -]*|(1[ -]*)?(\\d[ -]*){9}\\d|(\\d[ -]*){6}\\d)');

/** What the server asks besides. */
const strict: Record<string, Test> = {
  Int: (v) => (v | 0) === v,
  AWSDate: (v) => realDay(v) && wholeDate(v),
  AWSTime: wholeTime,
  AWSDateTime: (v) => realDay(v) && wholeDateTime(v),
  AWSPhone: (v) => phoneForm(v) && /\d$/.test(v) && (v[0] !== '+' || /^.(\D*\d){7,15}$/.test(v)),
  AWSURL: (v) => /^[a-z][a-z\d+.-]*:[^\s]+$/i.test(v) && !/^[^?#]*\/\//.test(v.replace(/^([^:]*:)\/\//, '$1')),
};

function parses(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** The URL parser knows every way to write an IPv6 address. */
const isIp6 = (v: string) => /^[0-9a-fA-F:.]+$/.test(v) && parses(() => new URL(`http://[${v}]/`));

function hasForm(type: string, v: unknown): boolean {
  if (formats[type] && !formats[type](v)) return false;
  // Half of a surrogate pair is no text.
  return loose || ((typeof v !== 'string' || !/\p{Surrogate}/u.test(v)) && (strict[type]?.(v) ?? true));
}

/** A value in a message: also one that has no text. */
function shown(value: unknown): string {
  try {
    return Array.isArray(value)
      ? value.map((v) => (v === null || v === undefined ? '' : shown(v))).join()
      : String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

const absent = (v: unknown) => v === null || v === undefined;

/** Throws when a value does not fit its field. exempt frees timestamps from being required. */
export function check(schema: Schema, field: SchemaField, value: unknown, exempt: boolean): void {
  if (absent(value)) {
    if ((field.isArray ? !field.isArrayNullable : field.isRequired) && !exempt)
      throw invalidValue(`Field ${field.name} is required`);
    return;
  }
  const inner = nonModelOf(field);
  if (inner) checkEmbedded(schema, field, inner, value);
  else if (typeof field.type === 'string') checkScalar(field, field.type, value);
  else if ('enum' in field.type)
    checkEnum(field, field.type.enum, schema.enums?.[field.type.enum]?.values ?? [], value);
}

const wrongType = (field: SchemaField, type: string, value: unknown) =>
  invalidValue(`Field ${field.name} should be of type ${type}, ${typeof value} received. ${shown(value)}`);
const wrongForm = (field: SchemaField, type: string, value: unknown) =>
  invalidValue(`Field ${field.name} should be of type ${type}, validation failed. ${shown(value)}`);
export const wrongElements = (field: SchemaField, type: string, value: unknown) =>
  invalidValue(
    `All elements in the ${field.name} array should be of type ${type}, validation failed for one or more elements. ${shown(value)}`,
  );

function checkScalar(field: SchemaField, type: string, value: unknown): void {
  const jsType = jsTypes[type] ?? 'string';
  if (field.isArray) checkElements(field, type, jsType, value);
  else if (type === 'AWSJSON')
    return; // it is parsed, and any value will do
  else if (typeof value !== jsType) throw wrongType(field, jsType, value);
  else if (!hasForm(type, value)) throw wrongForm(field, type, value);
}

function checkElements(field: SchemaField, type: string, jsType: string, value: unknown): void {
  const wanted = field.isRequired ? jsType : `${jsType} | null | undefined`;
  if (!Array.isArray(value)) throw wrongType(field, `[${wanted}]`, value);
  if (!value.every((v) => (absent(v) ? !field.isRequired : typeof v === jsType || type === 'AWSJSON'))) {
    const types = value.map((v) => (v === null ? 'null' : typeof v)).join(',');
    throw invalidValue(
      `All elements in the ${field.name} array should be of type ${wanted}, [${types}] received. ${shown(value)}`,
    );
  }
  if (type !== 'AWSJSON' && !value.every((v) => absent(v) || hasForm(type, v))) throw wrongElements(field, type, value);
}

/** Amplify does not look at the values of enums. */
function checkEnum(field: SchemaField, name: string, values: string[], value: unknown): void {
  if (field.isArray && !Array.isArray(value)) {
    throw wrongType(field, field.isRequired ? '[string]' : '[string | null | undefined]', value);
  }
  const fits = (v: unknown) => loose || values.includes(v as string);
  if (!field.isArray) {
    if (!fits(value)) throw wrongForm(field, name, value);
  } else if (!(value as unknown[]).every((v) => (absent(v) ? loose || !field.isRequired : fits(v))))
    throw wrongElements(field, name, value);
}

function checkEmbedded(schema: Schema, field: SchemaField, inner: string, value: unknown): void {
  if (field.isArray) {
    if (!Array.isArray(value))
      throw wrongType(field, `[${inner}${field.isRequired ? '' : ' | null | undefined'}]`, value);
    for (const item of value) {
      if (absent(item) && !field.isRequired) continue;
      if (typeof item !== 'object' || item === null || !isPlain(item)) {
        throw invalidValue(
          `All elements in the ${field.name} array should be of type ${inner}, [${typeof item}] received. ${shown(item)}`,
        );
      }
      checkEmbeddedFields(schema, field, inner, item);
    }
    return;
  }
  if (typeof value !== 'object' || !isPlain(value as object)) {
    throw invalidValue(`Field ${field.name} should be of type ${inner}, ${typeof value} recieved. ${shown(value)}`);
  }
  checkEmbeddedFields(schema, field, inner, value as object);
}

/** An embedded object is replaced as a whole: what it lacks is null. */
function checkEmbeddedFields(schema: Schema, holder: SchemaField, inner: string, value: object): void {
  const fields = schema.nonModels?.[inner]?.fields ?? {};
  for (const name of Object.keys(value)) {
    if (!loose && !Object.hasOwn(fields, name))
      throw invalidValue(`Field ${holder.name} should be of type ${inner}, which has no field ${name}.`);
  }
  for (const field of Object.values(fields)) {
    check(schema, field, fieldOf(value, field.name), false);
  }
}
