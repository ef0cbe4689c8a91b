// The real server: `deltabase dev` as a process with a folder of its own, killed with SIGKILL and
// started again on the same port and database.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterwards } from './after.mjs';
import { root, temporaryFolder } from './folder.mjs';

export const command = join(root, 'bin/deltabase');
export const apiKey = 'da2-test';

/** Runs the command to its end; returns {status, stdout, stderr}. */
export function run(args, { cwd = root } = {}) {
  try {
    return {
      status: 0,
      stdout: execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
      stderr: '',
    };
  } catch (error) {
    return { status: error.status, stdout: error.stdout, stderr: error.stderr };
  }
}

/** Writes schema.graphql and deltabase.json into a folder and returns it. */
export function projectFolder(t, { schema = 'notes.graphql', config = {} } = {}) {
  const folder = temporaryFolder(t, 'project');
  writeFileSync(join(folder, 'schema.graphql'), readFileSync(join(root, 'test/fixtures', schema)));
  writeFileSync(
    join(folder, 'deltabase.json'),
    JSON.stringify(
      {
        schema: 'schema.graphql',
        database: 'data.db',
        apiKeys: [apiKey],
        ...config,
      },
      null,
      2,
    ),
  );
  return folder;
}

/** Generates schema.js of a project folder; returns the folder that holds it, to be served as /models/. */
export function codegen(folder) {
  const out = join(folder, 'models');
  const { status, stderr } = run(['codegen', '--schema', join(folder, 'schema.graphql'), '--out', out]);
  if (status !== 0) throw new Error(`deltabase codegen failed: ${stderr}`);
  return out;
}

/** Starts a server for a project folder. */
export async function startServer(t, options = {}) {
  const server = new Server(options.folder ?? projectFolder(t, options), options.args);
  afterwards(t, () => server.kill());
  await server.start();
  return server;
}

class Server {
  apiKey = apiKey;
  /** The server's log since the first start, newest last: objects, or {text} for other lines. */
  log = [];

  constructor(folder, args = []) {
    this.folder = folder;
    this.args = args;
    this.port = 0;
  }

  async start() {
    const args = ['dev', '--config', join(this.folder, 'deltabase.json'), '--port', String(this.port), ...this.args];
    this.child = spawn(command, args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = new Promise((resolve) => this.child.once('exit', resolve));
    createInterface({ input: this.child.stderr }).on('line', (line) => this.log.push(entry(line)));
    this.url = await this.#ready();
    this.port = Number(new URL(this.url).port);
    this.endpoint = `${this.url}/graphql`;
  }

  async #ready() {
    const out = createInterface({ input: this.child.stdout });
    const address = new Promise((resolve) =>
      out.on('line', (line) => {
        const match = /^ready (https?:\/\/127\.0\.0\.1:\d+)\/$/.exec(line);
        if (match) resolve(match[1]);
      }),
    );
    const died = this.exited.then((code) => {
      throw new Error(`the server ended with ${code}: ${this.log.map((one) => JSON.stringify(one)).join('\n')}`);
    });
    return Promise.race([address, died]);
  }

  /** SIGKILL: nothing of the server's shutdown runs. */
  async kill() {
    this.child?.kill('SIGKILL');
    await this.exited?.catch(() => {});
  }

  /** Changes settings in deltabase.json for the next start; undefined removes one. */
  configure(changes) {
    const file = join(this.folder, 'deltabase.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...changes }));
  }

  async restart() {
    await this.kill();
    await this.start();
  }

  /** The mutation requests in the log. */
  mutations() {
    return this.log.filter((one) => one.msg === 'mutation');
  }
}

const entry = (line) => {
  try {
    return JSON.parse(line);
  } catch {
    return { text: line };
  }
};
