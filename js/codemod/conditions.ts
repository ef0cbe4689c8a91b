import { isFunction, nameOf, type Node, type Source, visit } from './syntax.js';

const operators = new Set('eq ne gt ge lt le contains notContains beginsWith between'.split(' '));
const groups = new Set(['and', 'or', 'not']);

/** Calls that take predicates, as members of a store. syncExpression() is called by its own name. */
const takers = new Set(['query', 'observe', 'observeQuery', 'delete', 'save']);

/** Calls whose functions get the items of lists, and the like: whatever they do with them, it is no predicate. */
const lists = new Set(
  'map filter find findIndex some every forEach flatMap reduce sort then catch subscribe'.split(' '),
);

const advice =
  'this predicate is left as it is: write c => c.field.gt(value), and several conditions as c => c.and(c => [...])';

/** Rewrites `c => c.rating('gt', 3)` to `c => c.rating.gt(3)`, wherever a function gives such a chain. */
export function rewritePredicates(source: Source): void {
  const others = new Set<Node>();
  visit(source.tree, (node) => {
    if (node.type === 'CallExpression') {
      noteUnread(node, source);
      if (lists.has(nameOf(node.callee) ?? '')) for (const argument of node.arguments) others.add(argument);
    }
    return !isFunction(node) || others.has(node) || rewritten(node, source);
  });
}

/** Rewrites one function; gives whether to look below it. */
function rewritten(node: Node, source: Source): boolean {
  const [parameter] = node.params;
  const body = given(node);
  if (node.params.length !== 1 || parameter.type !== 'Identifier' || !body) return true;
  const old = branches(body).filter((branch) => isOld(branch, parameter.name));
  for (const branch of old) {
    const links = chain(branch, parameter.name)!;
    const conditions = links.map((link) => written(link, parameter.name, source));
    if (conditions.includes(undefined) || hasOwnComments(branch, links, source)) source.note(branch, advice);
    else source.replace(branch, conditions.length === 1 ? conditions[0]! : all(parameter.name, conditions as string[]));
  }
  return old.length === 0;
}

/** What an expression may come to: `a ? b : c` is b or c. */
const branches = (node: Node): Node[] =>
  node.type === 'ConditionalExpression' ? [node.consequent, node.alternate].flatMap(branches) : [node];

const isOld = (node: Node, parameter: string): boolean => !!chain(node, parameter)?.some((link) => link.old);

/** The expression that a function gives: its body, or that of the one return in it. */
function given(node: Node): Node | undefined {
  if (node.body.type !== 'BlockStatement') return node.body;
  const [only] = node.body.body;
  return node.body.body.length === 1 && only.type === 'ReturnStatement' ? (only.argument ?? undefined) : undefined;
}

const all = (name: string, conditions: string[]) => `${name}.and((${name}) => [${conditions.join(', ')}])`;

interface Link {
  name: string;
  arguments: Node[];
  old: boolean; // of the form of version 4
}

/** The calls of `c.rating('gt', 3).title('eq', 'x')`, first to last; undefined when it is no such chain. */
function chain(node: Node, parameter: string): Link[] | undefined {
  const links: Link[] = [];
  for (let at = node; at.type !== 'Identifier' || at.name !== parameter; at = at.callee.object) {
    if (at.type !== 'CallExpression' || at.callee.type !== 'MemberExpression' || at.callee.computed) return undefined;
    const name: string = at.callee.property.name;
    const [first] = at.arguments;
    const old = groups.has(name) && isFunction(first) ? !!oldGroup(first) : isOldCondition(at);
    links.unshift({ name, arguments: at.arguments, old });
  }
  return links.length ? links : undefined;
}

const isOldCondition = ({ arguments: given }: Node): boolean =>
  given.length > 1 && given[0].type === 'StringLiteral' && operators.has(given[0].value);

/** The chain inside of a group, when it is of the form of version 4. */
function oldGroup(node: Node): { parameter: string; links: Link[] } | undefined {
  const body = given(node);
  const [parameter] = node.params;
  if (!body || parameter?.type !== 'Identifier') return undefined;
  return isOld(body, parameter.name) ? { parameter: parameter.name, links: chain(body, parameter.name)! } : undefined;
}

/** One condition in the form of today; undefined when it is of neither form. */
function written(link: Link, parameter: string, source: Source): string | undefined {
  if (!link.old) return undefined;
  const [first, ...rest] = link.arguments;
  if (!isFunction(first)) {
    return `${parameter}.${link.name}.${first.value}(${rest.map((a) => source.of(a)).join(', ')})`;
  }
  const inner = oldGroup(first)!;
  const conditions = inner.links.map((l) => written(l, inner.parameter, source));
  if (conditions.includes(undefined)) return undefined;
  const list = conditions as string[];
  if (link.name !== 'not') return `${parameter}.${link.name}((${inner.parameter}) => [${list.join(', ')}])`;
  return `${parameter}.not((${inner.parameter}) => ${list.length === 1 ? list[0] : all(inner.parameter, list)})`;
}

/** Whether there are comments between the conditions: they would be lost. */
function hasOwnComments(body: Node, links: Link[], source: Source): boolean {
  const kept = operandsOf(links);
  const inside = (comment: Node, node: Node) => comment.start >= node.start && comment.end <= node.end;
  return source.comments.some((c) => inside(c, body) && !kept.some((node) => inside(c, node)));
}

function operandsOf(links: Link[]): Node[] {
  return links.flatMap((link) => {
    const [first, ...rest] = link.arguments;
    return isFunction(first) ? operandsOf(oldGroup(first)?.links ?? []) : rest;
  });
}

/** Names a predicate of version 4 among the arguments of a call that takes predicates, when it can't be rewritten. */
function noteUnread(call: Node, source: Source): void {
  const name = nameOf(call.callee);
  const ofStore = call.callee.type === 'MemberExpression' && /store$/i.test(nameOf(call.callee.object) ?? '');
  const takes = name === 'syncExpression' || (ofStore && takers.has(name ?? ''));
  if (!takes) return;
  for (const argument of call.arguments) {
    if (!isFunction(argument)) continue;
    const body = given(argument);
    // syncExpression takes functions that give the predicate, too.
    const inner = name === 'syncExpression' && body && isFunction(body) ? body : argument;
    noteCalls(inner, source);
  }
}

/** In the form of today nobody calls a field of the parameter, and in that of version 4 everybody does. */
function noteCalls(predicate: Node, source: Source): void {
  const [parameter] = predicate.params;
  const body = given(predicate);
  if (parameter?.type !== 'Identifier' || (body && branches(body).some((one) => isOld(one, parameter.name)))) return;
  let found: Node | undefined;
  visit(predicate.body, (node) => {
    const callee = node.type === 'CallExpression' && node.callee.type === 'MemberExpression' ? node.callee : undefined;
    const field = callee?.object.type === 'Identifier' && callee.object.name === parameter.name;
    if (field && (callee.computed || !groups.has(callee.property.name))) found ??= node;
    return !found;
  });
  if (found) source.note(found, advice);
}
