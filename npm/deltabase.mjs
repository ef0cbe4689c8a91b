#!/usr/bin/env node
// The command `deltabase` of the npm package: runs the prebuilt binary that npm installed for this platform as an
// optional package (npm/release.mjs makes them), and ends as it ends. `deltabase codemod` and `deltabase assets`
// are JavaScript themselves.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const platform = `${process.platform}-${process.arch}`;
const name = `@deltabase/cli-${platform}`;
const file = process.platform === 'win32' ? 'bin/deltabase.exe' : 'bin/deltabase';

const usage = `usage: deltabase assets DIR
Copies engine.js and deltabase.wasm, with its compressed forms, from the package into DIR, which is made when it is not
there. DIR is the folder that your bundler writes the script to, or a folder of static files that is copied there. Run it
after each update of the package.`;

function assets(args) {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return;
  }
  if (args.length !== 1 || args[0].startsWith('-')) {
    console.error(usage);
    process.exit(2);
  }
  const from = fileURLToPath(new URL('../dist', import.meta.url));
  try {
    mkdirSync(args[0], { recursive: true });
    for (const name of ['engine.js', 'deltabase.wasm', 'deltabase.wasm.br', 'deltabase.wasm.gz']) {
      const compressed = name.endsWith('.br') || name.endsWith('.gz');
      if (compressed && !existsSync(join(from, name))) continue;
      copyFileSync(join(from, name), join(args[0], name));
      console.log(join(args[0], name));
    }
  } catch (error) {
    console.error(`deltabase: the files of the engine could not be copied to ${args[0]}: ${error.message}`);
    process.exit(1);
  }
}

/** Where the binary is: DELTABASE_BINARY, or the platform's package; undefined when neither is there. */
function binary() {
  if (process.env.DELTABASE_BINARY) return process.env.DELTABASE_BINARY;
  try {
    return createRequire(import.meta.url).resolve(`${name}/${file}`);
  } catch {
    return undefined;
  }
}

if (process.argv[2] === 'codemod') {
  const { codemod } = await import('../dist/codemod.js');
  const out = (text) => process.stdout.write(text);
  process.exitCode = codemod(process.argv.slice(3), { out, err: (text) => process.stderr.write(text) });
} else if (process.argv[2] === 'assets') {
  assets(process.argv.slice(3));
} else {
  runBinary(binary());
}

function runBinary(path) {
  if (path === undefined) {
    console.error(
      `deltabase: the command for ${platform} is not installed. It comes as the optional package ${name} for Linux, macOS ` +
        'and Windows on x64 and arm64: run npm install without --omit=optional (and on this machine, if node_modules ' +
        'was copied from another one), or build it with Go and name it in DELTABASE_BINARY.',
    );
    process.exit(1);
  }
  const child = spawn(path, process.argv.slice(2), { stdio: 'inherit' });
  // Ctrl+C reaches the binary as well; this waits for it to drain. What is sent to this process alone is passed on.
  const passed = ['SIGTERM', 'SIGHUP'];
  for (const signal of passed) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  child.on('error', (error) => {
    console.error(`deltabase: ${path} can't be run: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
