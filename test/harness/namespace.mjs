// Networks that a test makes for itself: Linux network namespaces of its own, with a real interface that
// goes down and up. Nothing outside of them is touched, and everything is removed at the end.
//
//	namespace of the device                     namespace of the servers
//	  Chromium                                    10.213.7.1:80 ── relay ──┐ unix socket
//	  127.0.0.1:81 ── relay ──┐ unix   interface  │                        ▼
//	                          ▼ socket  veth ─────┘            the test's own process: Gateway
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { afterwards } from './after.mjs';
import { chromiumPath, flags } from './chromium.mjs';
import { temporaryFolder } from './folder.mjs';
import { until } from './until.mjs';

const prefix = 'deltabase-test';
const device = '10.213.7.2/24';
export const serverAddress = '10.213.7.1';

function ip(...words) {
  const { status, stderr, error } = spawnSync('ip', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${words.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}

/** Why no namespaces can be had here; false when they can. */
export function noNamespaces() {
  if (process.platform !== 'linux') return 'network namespaces are a part of Linux';
  if (process.getuid() !== 0) return 'making network namespaces needs root';
  const name = `${prefix}-${process.pid}-try`;
  try {
    ip('netns', 'add', name);
    const { status, stderr } = spawnSync('nsenter', [`--net=/var/run/netns/${name}`, 'true'], { encoding: 'utf8' });
    if (status !== 0) return `a network namespace can't be entered: ${stderr}`;
    return false;
  } catch (error) {
    return `network namespaces can't be made (iproute2 is needed, and the right to it): ${error.message}`;
  } finally {
    spawnSync('ip', ['netns', 'del', name]);
  }
}

/** Removes what a test that was killed left behind. */
function sweep() {
  const folder = '/var/run/netns';
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const [, pid] = new RegExp(`^${prefix}-(\\d+)-`).exec(name) ?? [];
    if (pid && !existsSync(`/proc/${pid}`)) spawnSync('ip', ['netns', 'del', name]);
  }
}

/** Two namespaces with a cable between them. up() and down() move the device's end of it. */
export class Wire {
  constructor(t) {
    sweep();
    this.folder = temporaryFolder(t, 'namespace');
    this.device = this.#make(t, 'device');
    this.servers = this.#make(t, 'servers');
    ip('link', 'add', 'net0', 'netns', this.device, 'type', 'veth', 'peer', 'name', 'net0', 'netns', this.servers);
    ip('-n', this.device, 'address', 'add', device, 'dev', 'net0');
    ip('-n', this.servers, 'address', 'add', `${serverAddress}/24`, 'dev', 'net0');
    ip('-n', this.servers, 'link', 'set', 'net0', 'up');
  }

  #make(t, role) {
    const name = `${prefix}-${process.pid}-${role}`;
    ip('netns', 'add', name);
    afterwards(t, () => void spawnSync('ip', ['netns', 'del', name]));
    ip('-n', name, 'link', 'set', 'lo', 'up');
    return name;
  }

  up() {
    ip('-n', this.device, 'link', 'set', 'net0', 'up');
    ip('-n', this.device, 'route', 'replace', 'default', 'via', serverAddress);
  }

  down() {
    ip('-n', this.device, 'link', 'set', 'net0', 'down');
  }

  /** Chromium on the device. stop() and resume() are what a laptop's lid does to all of its processes. */
  async browser(t) {
    const wrapper = join(this.folder, 'chromium');
    writeFileSync(wrapper, `#!/bin/sh\nexec nsenter --net=/var/run/netns/${this.device} ${chromiumPath()} "$@"\n`, {
      mode: 0o755,
    });
    const browser = await chromium.launch({ executablePath: wrapper, headless: true, args: flags });
    const signal = (name) => {
      const { stdout } = spawnSync('ip', ['netns', 'pids', this.device], { encoding: 'utf8' });
      for (const pid of stdout.split('\n').filter(Boolean).map(Number)) {
        if (!this.relays.has(pid)) process.kill(pid, name);
      }
    };
    const resume = () => signal('SIGCONT');
    afterwards(t, async () => {
      resume();
      await browser.close();
    });
    return Object.assign(browser, { stop: () => signal('SIGSTOP'), resume });
  }

  relays = new Set();

  /** Lets an address in a namespace lead to a unix socket. */
  async relay(t, namespace, host, port, socket) {
    const script = fileURLToPath(new URL('./relay.mjs', import.meta.url));
    const child = spawn(
      'nsenter',
      [`--net=/var/run/netns/${namespace}`, process.execPath, script, host, String(port), socket],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exited = new Promise((resolve) => child.once('exit', resolve));
    afterwards(t, async () => {
      child.kill('SIGKILL');
      await exited;
    });
    this.relays.add(child.pid);
    await Promise.race([
      new Promise((resolve) => child.stdout.once('data', resolve)),
      exited.then((code) => Promise.reject(new Error(`the relay of ${host}:${port} ended with ${code}`))),
    ]);
  }
}

/**
 * What stands before a server: 'open' passes everything on; 'portal' is the sign-in page of a network,
 * which answers everything with 200; a 'hole' takes everything and says nothing. Connections that were
 * open before a portal break, and so do those to the portal when it lets the device through; those that
 * fell into the hole stay in it.
 */
export class Gateway {
  mode = 'open';
  /** What the portal was asked: {method, url, body}. */
  asked = [];
  #connections = new Set();

  constructor(target, socket) {
    this.target = new URL(target);
    this.socket = socket;
    this.portal = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        this.asked.push({ method: request.method, url: request.url, body });
        response.writeHead(200, {
          'content-type': 'text/html',
          'access-control-allow-origin': '*',
          'access-control-allow-headers': '*',
        });
        response.end('<!doctype html><title>Welcome to the hotel</title>');
      });
    });
    this.portal.on('upgrade', (_, connection) =>
      connection.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>'),
    );
    this.server = createSocketServer((connection) => this.#arrived(connection));
  }

  async open(t) {
    await new Promise((resolve) => this.server.listen(this.socket, resolve));
    await new Promise((resolve) => this.portal.listen(0, '127.0.0.1', resolve));
    afterwards(t, async () => {
      for (const connection of this.#connections) connection.destroy();
      this.portal.closeAllConnections();
      await new Promise((resolve) => this.portal.close(resolve));
      await new Promise((resolve) => this.server.close(resolve));
    });
    return this;
  }

  become(mode) {
    const was = this.mode;
    this.mode = mode;
    for (const connection of this.#connections) {
      if (mode !== was && (mode === 'portal' || was === 'portal')) connection.destroy();
      if (mode === 'hole') this.#swallow(connection);
    }
  }

  #arrived(connection) {
    this.#connections.add(connection);
    connection.on('error', () => {});
    connection.on('close', () => this.#connections.delete(connection));
    if (this.mode === 'hole') return this.#swallow(connection);
    const port = this.mode === 'portal' ? this.portal.address().port : Number(this.target.port);
    const onward = connect(port, '127.0.0.1');
    connection.onward = onward;
    onward.on('error', () => connection.destroy());
    onward.on('close', () => !connection.swallowed && connection.destroy());
    connection.on('close', () => onward.destroy());
    connection.pipe(onward);
    onward.pipe(connection);
  }

  #swallow(connection) {
    connection.swallowed = true;
    connection.unpipe();
    connection.onward?.unpipe();
    connection.onward?.destroy();
    connection.resume();
  }
}

/** Waits for as long as an outage lasts. */
export const outage = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until look() is truthy and gives how long that took in ms, for people to read. */
export async function timed(what, look, patienceMs) {
  const began = performance.now();
  await until(what, look, { patienceMs });
  return Math.round(performance.now() - began);
}
