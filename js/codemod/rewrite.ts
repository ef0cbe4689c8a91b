import { rewriteImports } from './imports.js';
import { rewritePredicates } from './conditions.js';
import { type Note, Source } from './syntax.js';

/** What became of one file. */
export interface Rewritten {
  text: string;
  /** What is left for a person. */
  notes: Note[];
}

/** Files that say none of this have nothing to do with DataStore, whatever their functions look like. */
const concerned = /aws-amplify|DataStore|syncExpression|deltabase/;

/**
 * Rewrites imports of Amplify DataStore, and predicates of its versions up to 4, in the text of one file; name says its
 * language. Throws a SyntaxError for what is none.
 */
export function rewrite(text: string, name: string): Rewritten {
  if (!concerned.test(text)) return { text, notes: [] };
  const extension = name.slice(name.lastIndexOf('.') + 1);
  return /^(vue|svelte)$/.test(extension) ? rewriteScripts(text) : rewriteScript(text, extension);
}

function rewriteScript(text: string, extension: string): Rewritten {
  const source = new Source(text, extension);
  rewriteImports(source);
  rewritePredicates(source);
  return { text: source.written(), notes: source.notes };
}

/** The scripts of a component file; what its template holds is left. */
function rewriteScripts(text: string): Rewritten {
  const notes: Note[] = [];
  const written = text.replace(
    /(<script\b([^>]*)>)([\s\S]*?)(?=<\/script>)/gi,
    (_, tag: string, attributes: string, script: string, offset: number) => {
      const lines = text.slice(0, offset + tag.length).split('\n').length - 1;
      const one = rewriteScript(script, /lang=["']?ts/i.test(attributes) ? 'ts' : 'js');
      for (const note of one.notes) notes.push({ ...note, line: note.line + lines });
      return tag + one.text;
    },
  );
  return { text: written, notes };
}
