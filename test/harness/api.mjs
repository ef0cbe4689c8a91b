// A page with the package and the models of fixtures/api.graphql, for tests of the page's API.
import { after } from 'node:test';
import { openProfile } from './chromium.mjs';
import { codegen, projectFolder } from './server.mjs';
import { serveStatic } from './static.mjs';

export const schema = 'api.graphql';

/** What a suite opens lives until the suite ends: call this in its body, and give it where a test is wanted. */
export function lifetime() {
  const cleans = [];
  after(async () => {
    for (const clean of cleans) await clean();
  });
  return { after: (clean) => cleans.push(clean) };
}

/** Serves the test pages with the models of a project folder. */
export const serveApi = (t, folder = projectFolder(t, { schema })) =>
  serveStatic(t, { mounts: { '/models/': codegen(folder) } });

/**
 * Opens the page: {page, complaints, run}. run(fn, argument) runs a function in the page, where the
 * exports of the package, the models and the functions of pages/api.js are globals. complaints are
 * the errors that nobody caught.
 */
export async function openApi(t, site, { context, path = '/api.html' } = {}) {
  const page = await (context ?? (await openProfile(t))).newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${site.url}${path}`);
  if (path === '/api.html') {
    await page
      .waitForFunction(() => window.apiLoaded)
      .catch((error) => {
        throw new Error(`the page did not load: ${complaints.join('; ') || error.message}`);
      });
  }
  return { page, complaints, run: (fn, argument) => page.evaluate(fn, argument) };
}
