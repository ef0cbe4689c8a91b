// Real input: the 3,201 films of vega-datasets on their way into a page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openApp } from './harness/app.mjs';
import { openProfile } from './harness/chromium.mjs';
import { root } from './harness/folder.mjs';
import { everyRow, mutate } from './harness/graphql.mjs';
import { importFilms, moviesFile } from './harness/films.mjs';
import { projectFolder } from './harness/server.mjs';
import { until, untilEqual } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

const filmCount = 3_201;
const films = JSON.parse(readFileSync(join(root, moviesFile), 'utf8'));
const total = (pages) => pages.reduce((sum, rows) => sum + rows, 0);

describe('3,201 films', () => {
  test('the import refuses exactly the rows whose titles are numbers, unless told to coerce', (t) => {
    const folder = projectFolder(t, { schema: 'film.graphql' });
    const refused = importFilms(folder);
    assert.notEqual(refused.status, 0);
    const named = [...refused.stderr.matchAll(/\b(?:row|index) (\d+)\b/g)].map((match) => Number(match[1]));
    const numbers = films.flatMap((film, index) => (typeof film.Title === 'number' ? [index] : []));
    assert.deepEqual(named, numbers);
  });

  test('sync in 4 pages; a reload answers with the server off; a delta fetches what changed', async (t) => {
    const folder = projectFolder(t, { schema: 'film.graphql' });
    assert.deepEqual(importFilms(folder, ['--coerce']).status, 0);
    assert.deepEqual(importFilms(folder, ['--coerce']).status, 0, 'a second import changes nothing');
    const world = await makeWorld(t, { folder });
    const { server, network, site, settings } = world;
    const profile = await openProfile(t);
    const app = await world.open(profile, { syncPageSize: 1_000 });
    await app.ready();
    assert.equal(await app.call('count', 'Film'), filmCount);
    assert.deepEqual(network.pages('syncFilms'), [1_000, 1_000, 1_000, 201]);
    const onServer = await everyRow(server, 'Film');
    assert.equal(onServer.length, filmCount);
    assert.ok(
      onServer.every((row) => row._version === 1),
      'importing twice changed nothing',
    );

    await server.kill();
    network.goOffline();
    await app.reload();
    await app.begin({ ...settings, syncPageSize: 1_000 });
    assert.equal(await app.call('count', 'Film'), filmCount);
    const sample = onServer[1_234];
    assert.equal((await app.call('get', 'Film', sample.id)).title, sample.title);

    await server.start();
    network.target = server.url;
    for (const row of onServer.slice(100, 110)) {
      await mutate(server, 'update', 'Film', { id: row.id, title: `${row.title} (changed)`, _version: row._version });
    }
    network.forget();
    network.goOnline();
    await untilEqual(
      'the ten changes are here',
      async () => {
        const rows = await app.call('all', 'Film');
        return rows.filter((row) => row.title?.endsWith('(changed)')).length;
      },
      10,
    );
    await app.ready();
    assert.equal(total(network.pages('syncFilms')), 10, 'rows on the wire');

    await app.page.close();
    network.forget();
    const again = await openApp(profile, site);
    await again.begin({ ...settings, syncPageSize: 1_000 });
    await again.ready();
    assert.equal(total(network.pages('syncFilms')), 0, 'nothing changed, nothing comes');
    assert.equal(await again.call('count', 'Film'), filmCount);
  });

  test('a predicate, a sort order and a page of films answer as the data says', async (t) => {
    const folder = projectFolder(t, { schema: 'film.graphql' });
    importFilms(folder, ['--coerce']);
    const { open } = await makeWorld(t, { folder });
    const app = await open();
    await app.ready();
    const found = await app.page.evaluate(async () => {
      const { store, models, SortDirection } = window.app;
      const rows = await store.query(
        models.Film,
        (film) => film.and((film) => [film.imdbRating.ge(8), film.majorGenre.eq('Comedy')]),
        { sort: (film) => film.imdbRating(SortDirection.DESCENDING).title('ASCENDING'), limit: 10 },
      );
      return rows.map((row) => [row.imdbRating, row.title]);
    });
    const compare = (a, b) => b['IMDB Rating'] - a['IMDB Rating'] || (String(a.Title) < String(b.Title) ? -1 : 1);
    const expected = films
      .filter((film) => film['IMDB Rating'] >= 8 && film['Major Genre'] === 'Comedy')
      .sort(compare)
      .slice(0, 10)
      .map((film) => [film['IMDB Rating'], String(film.Title)]);
    assert.deepEqual(found, expected);
    await until('the whole set is here', async () => (await app.call('count', 'Film')) === filmCount);
  });
});
