// What most tests begin with: a server, a bad network in front of it, and a site with test pages.
import { openApp } from './app.mjs';
import { openProfile } from './chromium.mjs';
import { openProxy } from './proxy.mjs';
import { apiKey, codegen, startServer } from './server.mjs';
import { serveStatic } from './static.mjs';

/**
 * {server, network, site, settings, open}: settings configure a page to reach the server through
 * network; open(context?) opens a test page that is configured and started, in a new profile or
 * a given one.
 */
export async function makeWorld(t, options = {}) {
  const server = await startServer(t, options);
  const network = await openProxy(t, server.url);
  const site = await serveStatic(t, {
    ...options.site,
    mounts: { '/models/': codegen(server.folder), ...options.site?.mounts },
  });
  const settings = { endpoint: network.endpoint, apiKey, ...options.settings };
  const open = async (context, more = {}) => {
    const app = await openApp(context ?? (await openProfile(t)), site);
    await app.begin({ ...settings, ...more });
    return app;
  };
  return { server, network, site, settings, open };
}
