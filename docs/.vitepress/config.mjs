// The site of these pages: `npm run docs` builds it into dist-docs/, with a search that needs no server.
import { existsSync } from 'node:fs';
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

const pages = (...names) => names.map(([link, text]) => ({ text, link: `/${link}` }));

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
      {
        text: 'Guide',
        items: pages(
          ['getting-started', 'Getting started'],
          ['models', 'Models'],
          ['queries', 'Queries'],
          ['live-queries', 'Live queries'],
          ['offline', 'Offline and the outbox'],
          ['conflicts', 'Conflicts'],
          ['react', 'React'],
          ['auth', 'Signing in'],
          ['tabs', 'Tabs'],
        ),
      },
      {
        text: 'Reference',
        items: pages(
          ['configuration', 'Configuration'],
          ['errors', 'Errors'],
          ['api', "Beyond Amplify's API"],
          ['glossary', 'Words'],
        ),
      },
      {
        text: 'Inside',
        items: pages(
          ['architecture', 'Why it is built this way'],
          ['protocol', 'The protocol'],
          ['recipes', 'Recipes'],
        ),
      },
    ],
  },
};
