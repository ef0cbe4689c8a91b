// The entry deltabase/node: the same store with its engine in this process and its data in memory. Importing it is
// enough: what else imports `deltabase` in the process, such as the generated models, works by the same engine.
import { engineOfProcess } from '../page/workers.js';
import { newEngine } from './engine.js';

(globalThis as { [engineOfProcess]?: typeof newEngine })[engineOfProcess] = newEngine;

export * from '../index.js';
