#!/usr/bin/env node
// The command `deltabase` of the npm package: runs the prebuilt binary that npm installed for this platform as an
// optional package (npm/release.mjs makes them), and ends as it ends. `deltabase codemod` alone is JavaScript itself.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';

const platform = `${process.platform}-${process.arch}`;
const name = `@deltabase/cli-${platform}`;
const file = process.platform === 'win32' ? 'bin/deltabase.exe' : 'bin/deltabase';

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
