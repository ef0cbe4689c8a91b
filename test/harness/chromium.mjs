// Headless Chromium: as a Playwright context per profile, and as a process of its own that can be
// killed like a machine that loses power.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterwards } from './after.mjs';
import { until } from './until.mjs';
import { temporaryFolder } from './folder.mjs';

export const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
  '--no-default-browser-check',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  '--password-store=basic',
  '--use-mock-keychain',
];

let found;

/** The path of Chromium: CHROMIUM, or the first one in PATH. */
export function chromiumPath() {
  found ??= [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
    .filter(Boolean)
    .map((name) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).stdout.trim())
    .find(Boolean);
  if (!found) throw new Error('Chromium was not found; install it or set CHROMIUM to its path');
  return found;
}

/** A browser with a profile folder of its own: one device. Close it with context.close(). */
export async function openProfile(t, { folder = temporaryFolder(t, 'profile'), args = [] } = {}) {
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: chromiumPath(),
    headless: true,
    args: [...flags, ...args],
  });
  afterwards(t, () => context.close().catch(() => {}));
  context.profileFolder = folder;
  return context;
}

/**
 * Chromium as a process group that kill() ends with SIGKILL: no shutdown code of the browser runs.
 * Returns {context, kill, close}.
 */
export async function openKillableProfile(t, folder) {
  const portFile = join(folder, 'DevToolsActivePort');
  rmSync(portFile, { force: true });
  const child = spawn(
    chromiumPath(),
    ['--headless', '--remote-debugging-port=0', `--user-data-dir=${folder}`, ...flags, 'about:blank'],
    { detached: true, stdio: 'ignore' },
  );
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const kill = async () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
    await exited;
    for (const lock of ['SingletonLock', 'SingletonCookie', 'SingletonSocket'])
      rmSync(join(folder, lock), { force: true });
  };
  afterwards(t, kill);
  const address = await until('Chromium listens for the debugger', () => {
    if (child.exitCode !== null) throw new Error(`Chromium ended with ${child.exitCode}`);
    if (!existsSync(portFile)) return false;
    const [port, path] = readFileSync(portFile, 'utf8').split('\n');
    return path && `ws://127.0.0.1:${port}${path}`;
  });
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  const close = async () => {
    const session = await browser.newBrowserCDPSession();
    await session.send('Browser.close').catch(() => {});
    await exited;
  };
  return { context, kill, close, profileFolder: folder };
}

/** Ends the SharedWorkers of the browser, as an operating system short of memory does, and counts them. */
export async function endWorkers(context) {
  const session = await context.newCDPSession(context.pages()[0] ?? (await context.newPage()));
  const { targetInfos } = await session.send('Target.getTargets', { filter: [{ type: 'shared_worker' }] });
  for (const { targetId } of targetInfos) await session.send('Target.closeTarget', { targetId });
  return targetInfos.length;
}
