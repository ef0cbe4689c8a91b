export type FieldName = 'title' | 'body' | 'status' | 'rating' | 'tags';
type Row = Partial<Record<FieldName, unknown>> | null | undefined;

/** How one field of a post is shown and written. */
export interface FieldSpec {
  name: FieldName;
  label: string;
  control: 'line' | 'lines' | 'choice';
  choices?: readonly (readonly [value: string, text: string])[];
  /** The text of the control for a value, and back; what is empty is null. */
  toText(value: unknown): string;
  fromText(text: string): unknown;
  /** The value as people read it. */
  show(value: unknown): string;
}

const plain = (value: unknown): string => (value == null ? '' : String(value));
const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

const statusNames: Readonly<Record<string, string>> = { DRAFT: 'Draft', PUBLISHED: 'Published' };

/** Five characters: filled stars for the rating, then empty ones. */
export function stars(rating: number): string {
  const full = Math.max(0, Math.min(5, Math.round(rating)));
  return '★'.repeat(full) + '☆'.repeat(5 - full);
}

const shownTags = (value: unknown): string =>
  Array.isArray(value) ? value.filter((tag) => tag != null).join(', ') : '';

export const fieldSpecs: readonly FieldSpec[] = [
  { name: 'title', label: 'Title', control: 'line', toText: plain, fromText: (text) => text.trim(), show: plain },
  { name: 'body', label: 'Text', control: 'lines', toText: plain, fromText: orNull, show: plain },
  {
    name: 'status',
    label: 'Status',
    control: 'choice',
    choices: [
      ['', 'None'],
      ['DRAFT', 'Draft'],
      ['PUBLISHED', 'Published'],
    ],
    toText: plain,
    fromText: orNull,
    show: (value) => (value == null ? '' : (statusNames[String(value)] ?? String(value))),
  },
  {
    name: 'rating',
    label: 'Rating',
    control: 'choice',
    choices: [
      ['', 'None'],
      ['1', '1 star'],
      ['2', '2 stars'],
      ['3', '3 stars'],
      ['4', '4 stars'],
      ['5', '5 stars'],
    ],
    toText: plain,
    fromText: (text) => (text === '' ? null : Number(text)),
    show: (value) => (value == null ? '' : `${Number(value)} of 5`),
  },
  {
    name: 'tags',
    label: 'Tags',
    control: 'line',
    toText: shownTags,
    fromText: (text) => {
      const tags = text
        .split(',')
        .map((tag) => tag.trim())
        .filter(Boolean);
      return tags.length > 0 ? tags : null;
    },
    show: shownTags,
  },
];

/** Whether a field has the same value in both; a missing field equals null. */
export function sameField(name: FieldName, a: Row, b: Row): boolean {
  return JSON.stringify(a?.[name] ?? null) === JSON.stringify(b?.[name] ?? null);
}

/** The fields that differ between two rows, in the order of the form. */
export function differing(a: Row, b: Row): FieldName[] {
  return fieldSpecs.map((spec) => spec.name).filter((name) => !sameField(name, a, b));
}

/** The server's version of a row, 0 when the server has not seen it. */
export function versionOf(row: object): number {
  return (row as { _version?: number | null })._version ?? 0;
}

/** A short quotation of a post for sentences. */
export function quoted(title: unknown): string {
  const text = plain(title) || 'a post';
  return text === 'a post' ? text : `“${text.length > 40 ? `${text.slice(0, 39)}…` : text}”`;
}
