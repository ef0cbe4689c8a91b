// The page's API against the real server: what Hub tells in which order, and what is sent. The cases are in api-wire/.
import { after, before, describe } from 'node:test';
import { hears } from './api-wire/heard.mjs';
import { openPage } from './api-wire/page.mjs';
import { sends } from './api-wire/sent.mjs';
import { starts } from './api-wire/start.mjs';
import { lifetime, schema, serveApi } from './harness/api.mjs';
import { openProfile } from './harness/chromium.mjs';
import { openProxy } from './harness/proxy.mjs';
import { startServer } from './harness/server.mjs';

describe('with a server', () => {
  const t = lifetime();
  const wire = { open: (options) => openPage(wire, options) };
  before(async () => {
    wire.server = await startServer(t, {
      schema,
      config: { conflictResolution: { project: 'OPTIMISTIC_CONCURRENCY' } },
    });
    wire.network = await openProxy(t, wire.server.url);
    wire.site = await serveApi(t, wire.server.folder);
    wire.context = await openProfile(t);
  });
  after(() => wire.network?.goOnline());

  starts(wire);
  sends(wire);
  hears(wire);
});
