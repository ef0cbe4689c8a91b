// The site of these pages: `npm run docs` builds it into dist-docs/, with a search that needs no server.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const docs = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = 'https://github.com/deltabase/deltabase/blob/main';

/** What is not among these pages is read where the code is. */
function toRepository(markdown) {
  const open =
    markdown.renderer.rules.link_open ?? ((tokens, at, options, _, self) => self.renderToken(tokens, at, options));
  markdown.renderer.rules.link_open = (tokens, at, options, env, self) => {
    const link = tokens[at].attrs.find(([name]) => name === 'href');
    const [path, anchor] = link[1].split('#');
    const file = join(docs, path);
    if (path.startsWith('../') && existsSync(file))
      link[1] = `${repository}/${relative(dirname(docs), file)}${anchor ? `#${anchor}` : ''}`;
    return open(tokens, at, options, env, self);
  };
}

const items = (pages) => Object.entries(pages).map(([name, text]) => ({ text, link: `/${name}` }));

const guide = {
  'getting-started': 'Getting started',
  models: 'Models',
  queries: 'Queries',
  'live-queries': 'Live queries',
  offline: 'Offline and the outbox',
  conflicts: 'Conflicts',
  react: 'React',
  auth: 'Signing in',
  tabs: 'Tabs',
};
const reference = {
  configuration: 'Configuration',
  errors: 'Errors',
  api: "Beyond Amplify's API",
  moving: 'Moving from Amplify',
  'taking-over': 'Taking over its data',
  glossary: 'Words',
};
const inside = { architecture: 'Why it is built this way', protocol: 'The protocol', recipes: 'Recipes' };

/** Pages that no list above names, by their first heading. */
const others = {};
for (const file of readdirSync(docs).filter((each) => each.endsWith('.md') && each !== 'README.md')) {
  const name = file.slice(0, -3);
  if (!(name in guide || name in reference || name in inside))
    others[name] = readFileSync(join(docs, file), 'utf8').match(/^# (.+)$/m)?.[1] ?? name;
}

export default {
  title: 'Deltabase',
  description: 'An offline-first data store for web apps.',
  lang: 'en',
  outDir: '../dist-docs',
  cacheDir: '../.cache/vitepress',
  rewrites: { 'README.md': 'index.md' },
  cleanUrls: true,
  markdown: { config: toRepository },
  themeConfig: {
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: 'https://github.com/deltabase/deltabase' }],
    sidebar: [
      { text: 'Guide', items: items(guide) },
      { text: 'Reference', items: items({ ...reference, ...others }) },
      { text: 'Inside', items: items(inside) },
    ],
  },
};
