import type { Conflict } from 'deltabase';
import { element } from './dom.js';
import { fieldSpecs, quoted, sameField, type FieldName, type FieldSpec } from './fields.js';

type Row = (Partial<Record<FieldName, unknown>> & { _version?: number | null; _deleted?: boolean | null }) | null;

/** The three versions of a conflict and what kind of clash it is. */
export interface Versions {
  base: Row;
  local: Row;
  remote: Row;
  /** 'both' changed it, 'deleted there' while changed here, 'deleted here' while changed there. */
  clash: 'both' | 'deleted there' | 'deleted here';
}

export function versionsOf(conflict: Conflict): Versions {
  const base = conflict.base as Row;
  const local = conflict.local as Row;
  const remote = conflict.remote as Row;
  let clash: Versions['clash'] = 'both';
  if (conflict.operation === 'DELETE') clash = 'deleted here';
  else if (!remote || remote._deleted) clash = 'deleted there';
  return { base, local, remote, clash };
}

/** The headline and the sentence that explain a conflict. */
export function explain(device: string, { base, local, remote, clash }: Versions): { title: string; what: string } {
  const name = quoted((local ?? base ?? remote)?.title);
  const was = base?._version ? `version ${base._version}` : 'an earlier version';
  const is = remote?._version ? `version ${remote._version}` : 'a newer version';
  if (clash === 'deleted there') {
    return {
      title: `${name} was deleted meanwhile`,
      what: `Device ${device} changed it, made from ${was}, but the server has deleted it since. Nothing is lost yet: you say what stays.`,
    };
  }
  if (clash === 'deleted here') {
    return {
      title: `${name} was changed meanwhile`,
      what: `Device ${device} deleted it at ${was}, but the server has ${is} by now, which that device had not seen. You say what stays.`,
    };
  }
  return {
    title: `${name} was changed in two places`,
    what: `Device ${device} made its change from ${was}, but the server has ${is} by now. Nothing is lost yet: here are both, and you say what stays.`,
  };
}

/** Which fields each side changed since the base. */
export function changesOf({ base, local, remote }: Versions): { mine: Set<FieldName>; theirs: Set<FieldName> } {
  const against = (row: Row): Set<FieldName> =>
    new Set(fieldSpecs.map((spec) => spec.name).filter((name) => row !== null && !sameField(name, row, base)));
  return { mine: against(local), theirs: against(remote) };
}

function cell(role: string, label: string, text: string, mark: string): HTMLTableCellElement {
  const made = element('td', mark ? 'is-changed' : '');
  made.setAttribute('role', role);
  made.dataset.label = label;
  const value = element('span', text ? 'value' : 'value is-none', text || 'empty');
  made.append(value);
  if (mark) made.append(' ', element('span', 'mark', mark));
  return made;
}

function sameRow(spec: FieldSpec, value: unknown): HTMLTableRowElement {
  const row = element('tr', 'is-same');
  row.setAttribute('role', 'row');
  const shared = element('td', '', `same everywhere: ${spec.show(value) || 'empty'}`);
  shared.setAttribute('role', 'cell');
  shared.colSpan = 3;
  row.append(rowHead(spec), shared);
  return row;
}

function rowHead(spec: FieldSpec): HTMLTableCellElement {
  const head = element('th', '', spec.label);
  head.scope = 'row';
  head.setAttribute('role', 'rowheader');
  return head;
}

/** The rows of the table: fields that differ first, then those that are the same. */
export function versionRows(device: string, versions: Versions): HTMLTableRowElement[] {
  const { mine, theirs } = changesOf(versions);
  const { base, local, remote, clash } = versions;
  const differs = (spec: FieldSpec): boolean => mine.has(spec.name) || theirs.has(spec.name);
  const gone = (row: Row): boolean => !row || row._deleted === true;
  const rows = fieldSpecs.filter(differs).map((spec) => {
    const row = element('tr');
    row.setAttribute('role', 'row');
    const both = mine.has(spec.name) && theirs.has(spec.name) && !sameField(spec.name, local, remote);
    const mark = both ? 'changed on both' : 'changed';
    row.append(
      rowHead(spec),
      cell('cell', 'Before', spec.show(base?.[spec.name]), ''),
      clash === 'deleted here'
        ? cell('cell', `Mine, device ${device}`, 'deleted', 'deleted')
        : cell('cell', `Mine, device ${device}`, spec.show(local?.[spec.name]), mine.has(spec.name) ? mark : ''),
      clash === 'deleted there' || gone(remote)
        ? cell('cell', 'Theirs, the server', 'deleted', 'deleted')
        : cell('cell', 'Theirs, the server', spec.show(remote?.[spec.name]), theirs.has(spec.name) ? mark : ''),
    );
    return row;
  });
  return [...rows, ...fieldSpecs.filter((spec) => !differs(spec)).map((spec) => sameRow(spec, base?.[spec.name]))];
}

/** What a merge begins with: mine where only I or both changed, else theirs. */
export function mergeStart(versions: Versions): Record<FieldName, unknown> {
  const { mine } = changesOf(versions);
  const start = {} as Record<FieldName, unknown>;
  for (const { name } of fieldSpecs) start[name] = (mine.has(name) ? versions.local : versions.remote)?.[name] ?? null;
  return start;
}
