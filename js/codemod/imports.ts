import { type Node, type Source, visit } from './syntax.js';

const target = 'deltabase';
const store = /^(DataStore|Predicates|SortDirection|OpType|DISCARD|initSchema|syncExpression|Hub)$/;

/** What apps import from Amplify that this package has, by module. Other names of a module stay where they are. */
const moved: Record<string, RegExp> = {
  '@aws-amplify/datastore': /^/,
  'aws-amplify/datastore': /^/,
  'aws-amplify': store,
  'aws-amplify/utils': /^Hub$/,
  '@aws-amplify/core': /^Hub$/,
};
const whole = new Set(['@aws-amplify/datastore', 'aws-amplify/datastore']);

const movedOf = (node: Node | undefined): RegExp | undefined =>
  node?.type === 'StringLiteral' && Object.hasOwn(moved, node.value) ? moved[node.value] : undefined;
const isWhole = (node: Node | undefined): node is Node => node?.type === 'StringLiteral' && whole.has(node.value);

/** Rewrites where a file imports DataStore and what belongs to it from: by import, export, require() and mocks. */
export function rewriteImports(source: Source): void {
  const hub = hubOf(source);
  visit(source.tree, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
        importOf(node, source, hub);
        return false;
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
        if (isWhole(node.source)) quoted(source, node.source);
        return true;
      case 'TSImportType':
        if (isWhole(node.argument?.literal ?? node.argument)) quoted(source, node.argument.literal ?? node.argument);
        return true;
      case 'VariableDeclarator':
        return !requireOf(node, source, hub);
      case 'CallExpression':
        callOf(node, source);
        return true;
    }
    return true;
  });
}

const quoted = (source: Source, literal: Node) => source.replace(literal, asQuoted(source, literal));
const asQuoted = (source: Source, literal: Node) => {
  const mark = source.text[literal.start];
  return `${mark}${target}${mark}`;
};

/** require('…'), import('…') and jest.mock('…') of a module that moves as a whole. */
function callOf(node: Node, source: Source): void {
  const [first] = node.arguments;
  if (!isWhole(first)) return;
  const { callee } = node;
  const loads = callee.type === 'Import' || (callee.type === 'Identifier' && callee.name === 'require');
  const mocks =
    callee.type === 'MemberExpression' &&
    /^(jest|vi)$/.test(callee.object.name) &&
    /mock|actual/i.test(callee.property.name);
  if (loads || mocks || /^require/.test(callee.property?.name ?? '')) quoted(source, first);
}

/** How a file uses Hub: for the events of DataStore, for others, which Amplify goes on telling, or for both. */
interface HubUse {
  ours: Node[]; // the Hub of Hub.listen('datastore', ...)
  others: boolean;
}

function hubOf(source: Source): HubUse {
  const use: HubUse = { ours: [], others: false };
  const read = new Set<Node>();
  visit(source.tree, (node) => {
    if (node.type === 'ImportDeclaration') return false;
    const callee = node.type === 'CallExpression' ? node.callee : undefined;
    if (callee?.type === 'MemberExpression' && callee.object.type === 'Identifier' && callee.object.name === 'Hub') {
      read.add(callee.object);
      const [channel] = node.arguments;
      if (channel?.type === 'StringLiteral' && channel.value === 'datastore') use.ours.push(callee.object);
      else use.others = true;
    } else if (node.type === 'Identifier' && node.name === 'Hub' && !read.has(node)) use.others = true;
    return true;
  });
  return use;
}

/** Which of the imported names move. A Hub that is used for other channels only stays Amplify's. */
const movesFrom = (takes: RegExp, name: string, from: string, hub: HubUse): boolean =>
  takes.test(name) && (name !== 'Hub' || whole.has(from) || hub.ours.length > 0 || !hub.others);

function importOf(node: Node, source: Source, hub: HubUse): void {
  const takes = movedOf(node.source);
  if (!takes) return;
  const from: string = node.source.value;
  const named: Node[] = node.specifiers.filter((s: Node) => s.type === 'ImportSpecifier');
  const others: Node[] = node.specifiers.filter((s: Node) => s.type !== 'ImportSpecifier');
  const nameOf = (s: Node): string => s.imported.name ?? s.imported.value;
  const taken = named.filter((s) => movesFrom(takes, nameOf(s), from, hub));
  if (whole.has(from) && others.length) {
    return source.note(
      node,
      `import the names that are used from '${target}': it has no default, and * is left as it is`,
    );
  }
  if (!taken.length) {
    if (whole.has(from)) quoted(source, node.source); // it is imported for its effects
    return;
  }
  const both = taken.find((s) => nameOf(s) === 'Hub' && s.local.name === 'Hub' && !whole.has(from) && hub.others);
  if (both) for (const use of hub.ours) source.replace(use, 'DataStoreHub');
  const written = (s: Node) => (s === both ? 'Hub as DataStoreHub' : source.of(s));
  const rest = named.filter((s) => !taken.includes(s) || s === both);
  if (!rest.length && !others.length) return quoted(source, node.source);
  const kind = node.importKind === 'type' ? 'import type' : 'import';
  const semicolon = source.text[node.end - 1] === ';' ? ';' : '';
  const end = source.text.includes('\r\n') ? '\r\n' : '\n';
  const list = (names: string[]) => `{ ${names.join(', ')} }`;
  const kept = [...others.map((s) => source.of(s)), ...(rest.length ? [list(rest.map((s) => source.of(s)))] : [])];
  source.replace(
    node,
    `${kind} ${list(taken.map(written))} from ${asQuoted(source, node.source)}${semicolon}${end}` +
      `${kind} ${kept.join(', ')} from ${source.of(node.source)}${semicolon}`,
  );
}

/** `const { DataStore, Auth } = require('aws-amplify')`; gives whether it was one. */
function requireOf(node: Node, source: Source, hub: HubUse): boolean {
  const call = node.init;
  const literal: Node | undefined = call?.type === 'CallExpression' ? call.arguments[0] : undefined;
  if (call?.callee?.name !== 'require' || !movedOf(literal) || isWhole(literal)) return false;
  const takes = movedOf(literal)!;
  const from: string = literal!.value;
  if (node.id.type !== 'ObjectPattern') {
    if (from === 'aws-amplify') source.note(node, `take DataStore from require('${target}') where it is used`);
    return true;
  }
  const properties: Node[] = node.id.properties;
  const taken = properties.filter((p) => p.key && movesFrom(takes, p.key.name, from, hub));
  if (!taken.length) return true;
  const hubToo = taken.some((p) => p.key.name === 'Hub') && hub.others;
  if (hubToo) {
    source.note(node, `take the Hub of DataStore's events from '${target}', under a name of its own`);
  } else if (taken.length === properties.length) {
    quoted(source, literal!);
  } else {
    const list = (of: Node[]) => `{ ${of.map((p) => source.of(p)).join(', ')} }`;
    const rest = properties.filter((p) => !taken.includes(p));
    source.replace(node, `${list(taken)} = require(${asQuoted(source, literal!)}), ${list(rest)} = ${source.of(call)}`);
  }
  return true;
}
