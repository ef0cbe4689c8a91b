import { parse, type ParserPlugin } from '@babel/parser';

/** A node of the syntax tree, as far as the codemod reads it. */
export interface Node {
  type: string;
  start: number;
  end: number;
  loc: { start: { line: number } };
  [field: string]: any;
}

/** One place of a text and what comes there. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Something that is left for a person, with its line (from 1). */
export interface Note {
  line: number;
  message: string;
}

/** One text with what is to be changed in it. */
export class Source {
  readonly edits: Edit[] = [];
  readonly notes: Note[] = [];
  readonly tree: Node;
  readonly comments: Node[];

  /** Throws a SyntaxError for what no parser understands; extension says which language to begin with. */
  constructor(
    readonly text: string,
    extension: string,
  ) {
    const file = parsed(text, extension);
    this.tree = file.program;
    this.comments = file.comments ?? [];
  }

  replace(node: Pick<Node, 'start' | 'end'>, text: string): void {
    this.edits.push({ start: node.start, end: node.end, text });
  }

  note(node: Node, message: string): void {
    this.notes.push({ line: node.loc.start.line, message });
  }

  of(node: Pick<Node, 'start' | 'end'>): string {
    return this.text.slice(node.start, node.end);
  }

  /** The text with its edits, which never overlap. */
  written(): string {
    const { text } = this;
    let written = '';
    let done = 0;
    for (const edit of this.edits.sort((a, b) => a.start - b.start)) {
      written += text.slice(done, edit.start) + edit.text;
      done = edit.end;
    }
    return written + text.slice(done);
  }
}

// In a .ts file <T>x is a cast, elsewhere the beginning of an element.
const typescript: ParserPlugin[] = ['typescript', 'decorators-legacy'];
const languages: Record<string, ParserPlugin[][]> = {
  ts: [typescript],
  tsx: [['jsx', ...typescript]],
  js: [
    ['jsx', 'decorators-legacy'],
    ['jsx', 'flow', 'decorators-legacy'],
    ['jsx', ...typescript],
  ],
};

function parsed(text: string, extension: string): any {
  const tried = /^[mc]?ts$/.test(extension) ? languages.ts : extension === 'tsx' ? languages.tsx : languages.js;
  let failure: unknown;
  for (const plugins of tried) {
    try {
      return parse(text, { sourceType: 'unambiguous', allowReturnOutsideFunction: true, plugins });
    } catch (e) {
      failure ??= e;
    }
  }
  throw failure;
}

/** Calls look for every node from above, and goes below those for which it gives true. */
export function visit(node: Node, look: (node: Node) => boolean): void {
  if (!look(node)) return;
  for (const [name, value] of Object.entries(node)) {
    if (name === 'loc' || name === 'extra' || name.endsWith('Comments')) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child && typeof child.type === 'string') visit(child, look);
    }
  }
}

export const isFunction = (node: Node | undefined): boolean =>
  node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression';

/** The name of the member that an expression ends in (`a.b.name`), or of a plain name. */
export const nameOf = (node: Node): string | undefined => {
  if (node.type === 'Identifier') return node.name;
  const member = node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression';
  return member && !node.computed ? node.property.name : undefined;
};
