// The films that vega-datasets ships, imported by the command.
import { join } from 'node:path';
import { root } from './folder.mjs';
import { run } from './server.mjs';

export const moviesFile = 'node_modules/vega-datasets/data/movies.json';

/** Imports movies.json into the database of a project folder; returns {status, stdout, stderr}. */
export function importFilms(folder, flags = []) {
  return run(['import', '--config', join(folder, 'deltabase.json'), 'Film', join(root, moviesFile), ...flags]);
}
