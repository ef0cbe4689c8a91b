// js/build/shrink.mjs makes the module smaller; the program in it stays the same.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';
import { shrink } from '../js/build/shrink.mjs';
import { temporaryFolder } from './harness/folder.mjs';

// It uses what reads the tables: stacks that grow and are collected, stack traces, callers, a recovered and a fatal panic.
const program = `package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sort"
)

type shape interface{ area() float64 }
type square struct{ side float64 }

func (s square) area() float64 { return s.side * s.side }

func recovered() (message any) {
	defer func() { message = recover() }()
	var list []int
	return list[len(list)]
}

type link struct {
	next  *link
	value [4]int
}

// deep has a frame with pointers at every level while the stack moves and garbage is collected.
func deep(n int, last *link) (sum int) {
	own := link{next: last, value: [4]int{n, n, n, n}}
	defer func() { sum += own.value[n%4] }()
	if n == 0 {
		runtime.GC()
		for l := &own; l != nil; l = l.next {
			sum += l.value[3]
		}
		return sum
	}
	fresh := &link{next: &own, value: own.value}
	return deep(n-1, fresh)
}

func main() {
	fmt.Println("deep", deep(3000, nil))
	words := map[string]shape{"one": square{1}, "two": square{2}}
	var names []string
	for name := range words {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Println(name, words[name].area())
	}
	runtime.GC()
	_, _, _, ok := runtime.Caller(0)
	fmt.Println("caller", ok, len(debug.Stack()) > 0)
	fmt.Println("recovered", recovered())
	panic("the end")
}
`;

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length;

describe('js/build/shrink.mjs', () => {
  test('the program runs and crashes as before, and is a fifth smaller at least', (t) => {
    const folder = temporaryFolder(t, 'shrink');
    writeFileSync(join(folder, 'main.go'), program);
    const whole = join(folder, 'whole.wasm');
    execFileSync('go', ['build', '-ldflags=-s -w', '-o', whole, join(folder, 'main.go')], {
      env: { ...process.env, GOOS: 'js', GOARCH: 'wasm', GOFLAGS: '-mod=mod' },
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const small = join(folder, 'small.wasm');
    writeFileSync(small, shrink(readFileSync(whole)));
    const goroot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
    const run = (file) =>
      spawnSync(process.execPath, [join(goroot, 'lib/wasm/wasm_exec_node.js'), file], { encoding: 'utf8' });
    const [before, after] = [run(whole), run(small)];
    assert.equal(after.status, 2);
    assert.equal(after.status, before.status);
    assert.equal(after.stdout.replace(/\npanic[\s\S]*/, ''), before.stdout.replace(/\npanic[\s\S]*/, ''));
    assert.match(after.stdout, /recovered runtime error: index out of range/);
    assert.match(after.stdout + after.stderr, /panic: the end[\s\S]*main\.main/);
    const saved = 1 - brotli(readFileSync(small)) / brotli(readFileSync(whole));
    assert.ok(saved > 0.2, `only ${(saved * 100).toFixed(1)} % smaller`);
  });

  test('what is no Go module is refused', () => {
    const empty = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    assert.throws(() => shrink(empty), /no data section/);
  });
});
