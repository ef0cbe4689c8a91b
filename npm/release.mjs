// npm run release                       prepares dist-cli/: the package and the command for each platform, as tarballs
// node npm/release.mjs --only linux-x64 BINARY   the same for one platform alone, with a command that is built; for tests
//
// It publishes nothing: CONTRIBUTING.md says what comes after it. `dist/` has to be built before (`npm run release` does).
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'dist-cli');
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Node's names of the platforms with Go's. */
const platforms = {
  'linux-x64': ['linux', 'amd64'],
  'linux-arm64': ['linux', 'arm64'],
  'darwin-x64': ['darwin', 'amd64'],
  'darwin-arm64': ['darwin', 'arm64'],
  'win32-x64': ['windows', 'amd64'],
  'win32-arm64': ['windows', 'arm64'],
};
const common = { version: own.version, license: own.license, engines: own.engines };

const write = (folder, manifest) =>
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
const pack = (folder) =>
  execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--loglevel=error', '--pack-destination', out],
    { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' },
  );

/** Builds the command without cgo. */
function build(binary, platform) {
  const flags = `-s -w -buildid= -X main.version=${own.version}`;
  execFileSync('go', ['build', '-trimpath', '-buildvcs=false', `-ldflags=${flags}`, '-o', binary, './cmd/deltabase'], {
    cwd: root,
    env: { ...process.env, ...platform, CGO_ENABLED: '0' },
    stdio: 'inherit',
  });
}

/** Makes the package of a platform's command. */
function command(platform) {
  const [os, cpu] = platform.split('-');
  const [GOOS, GOARCH] = platforms[platform];
  const folder = join(out, `cli-${platform}`);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const binary = join(folder, 'bin', GOOS === 'windows' ? 'deltabase.exe' : 'deltabase');
  if (built) cpSync(built, binary);
  else build(binary, { GOOS, GOARCH });
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  write(folder, {
    name: `@deltabase/cli-${platform}`,
    description: `The deltabase command for ${platform}. Install deltabase, which brings it.`,
    ...common,
    os: [os],
    cpu: [cpu],
    files: ['bin'],
    preferUnplugged: true,
  });
  pack(folder);
}

/** The package itself, with the platforms as optional packages of the same version: in the repository they are none. */
function main(named) {
  const folder = join(out, 'deltabase');
  mkdirSync(folder, { recursive: true });
  for (const name of ['dist', 'npm', 'README.md', 'CHANGELOG.md', 'LICENSE'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  const { scripts: _, devDependencies: __, ...manifest } = own;
  write(folder, {
    ...manifest,
    optionalDependencies: Object.fromEntries(named.map((one) => [`@deltabase/cli-${one}`, own.version])),
  });
  pack(folder);
}

const [option, named, built] = process.argv.slice(2);
const only = option === '--only' ? [named] : Object.keys(platforms);
for (const platform of only) {
  if (!Object.hasOwn(platforms, platform)) {
    console.error(`npm/release.mjs: there is no platform ${platform}; there are ${Object.keys(platforms).join(', ')}`);
    process.exit(1);
  }
}
rmSync(out, { recursive: true, force: true });
for (const platform of only) command(platform);
main(only);
console.log(`dist-cli/ has deltabase ${own.version} and the command for ${only.join(', ')}`);
