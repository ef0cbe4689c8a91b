import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewrite } from './rewrite.js';

/** The cases say nothing of DataStore themselves. */
const head = '/* DataStore */ ';
const rewritten = (text: string, name = 'a.tsx') => {
  const { text: written, notes } = rewrite(head + text, name);
  return { text: written.slice(head.length), notes };
};

function each(cases: [before: string, after: string][], name?: string): void {
  for (const [before, after] of cases) {
    assert.deepEqual(rewritten(before, name), { text: after, notes: [] });
    assert.deepEqual(rewritten(after, name), { text: after, notes: [] }, 'a second run changes nothing');
  }
}

test('predicates of DataStore 4', () => {
  each([
    ["DataStore.query(Post, (c) => c.rating('gt', 3));", 'DataStore.query(Post, (c) => c.rating.gt(3));'],
    ["query(Post, c => c.rate('between', 1, f(2, 'x')));", "query(Post, c => c.rate.between(1, f(2, 'x')));"],
    [
      "DataStore.query(Post, c => c.rating('gt', 4).status('eq', PostStatus.ACTIVE), { limit: 10 })",
      'DataStore.query(Post, c => c.and((c) => [c.rating.gt(4), c.status.eq(PostStatus.ACTIVE)]), { limit: 10 })',
    ],
    [
      "query(Post, c => c.or(c => c.rating('between', 1, 4).or(o => o.a('eq', 1).b('ne', null))).title('contains', `x`))",
      'query(Post, c => c.and((c) => [c.or((c) => [c.rating.between(1, 4), c.or((o) => [o.a.eq(1), o.b.ne(null)])]), c.title.contains(`x`)]))',
    ],
    [
      "query(Post, c => c.not(c => c.rating('gt', 4).title('eq', 'a')))",
      "query(Post, c => c.not((c) => c.and((c) => [c.rating.gt(4), c.title.eq('a')])))",
    ],
    ["query(Post, c => c.not(c => c.rating('gt', 4)))", 'query(Post, c => c.not((c) => c.rating.gt(4)))'],
    ["query(Post, c => c.and(c => c.a('eq', 1)))", 'query(Post, c => c.and((c) => [c.a.eq(1)]))'],
    [
      "syncExpression(Post, () => post => post.rating('gt', 5));\nf(function (m) { return m.id('eq', id) })",
      'syncExpression(Post, () => post => post.rating.gt(5));\nf(function (m) { return m.id.eq(id) })',
    ],
    [
      "query(Post, (c) => all ? c : mine ? c.owner('eq', me) : c.rating('ge', 3))",
      'query(Post, (c) => all ? c : mine ? c.owner.eq(me) : c.rating.ge(3))',
    ],
    ['const near = (c: any) => c\n  .x("lt", 1) // left\n;', 'const near = (c: any) => c.x.lt(1) // left\n;'],
    ["query(A, c => c.x('eq', f(/* as it was */ 3)))", 'query(A, c => c.x.eq(f(/* as it was */ 3)))'],
  ]);
});

test('JSX, casts, Flow and components', () => {
  each([
    [
      "const x = <T,>(a: T) => <b onClick={() => DataStore.delete(Post, (c) => c.rating('lt', 1))}>{a as any}</b>",
      'const x = <T,>(a: T) => <b onClick={() => DataStore.delete(Post, (c) => c.rating.lt(1))}>{a as any}</b>',
    ],
  ]);
  each([["f(<any>Post, (c) => c.id('eq', <string>id));", 'f(<any>Post, (c) => c.id.eq(<string>id));']], 'a.ts');
  each(
    [["const f = (a: ?string) => g((c) => c.id('eq', a))", 'const f = (a: ?string) => g((c) => c.id.eq(a))']],
    'a.js',
  );
  const vue = (script: string) =>
    `<template>{{ c('eq', 1) }}</template>\n<script setup lang="ts">\n${script}\n</script>\n`;
  each([[vue("q(P, c => c.id('eq', <any>1))"), vue('q(P, c => c.id.eq(<any>1))')]], 'a.vue');
  assert.equal(rewritten(vue('\nDataStore.query(P, c => g(c.x(op, 1)))'), 'a.svelte').notes[0].line, 4);
});

test('imports, exports, require() and mocks', () => {
  each([
    [
      'import { DataStore, Predicates } from "@aws-amplify/datastore";',
      'import { DataStore, Predicates } from "deltabase";',
    ],
    [
      "import type { PersistentModel } from 'aws-amplify/datastore'",
      "import type { PersistentModel } from 'deltabase'",
    ],
    ["import '@aws-amplify/datastore'", "import 'deltabase'"],
    [
      "import { Amplify, DataStore, type Auth } from 'aws-amplify';\nlet a",
      "import { DataStore } from 'deltabase';\nimport { Amplify, type Auth } from 'aws-amplify';\nlet a",
    ],
    ["import { DataStore as Store } from 'aws-amplify'", "import { DataStore as Store } from 'deltabase'"],
    [
      "import Amplify, { SortDirection } from 'aws-amplify';\r\n",
      "import { SortDirection } from 'deltabase';\r\nimport Amplify from 'aws-amplify';\r\n",
    ],
    ["export { DISCARD } from '@aws-amplify/datastore'", "export { DISCARD } from 'deltabase'"],
    ["export * from 'aws-amplify/datastore'", "export * from 'deltabase'"],
    ["const { DataStore } = require('@aws-amplify/datastore');", "const { DataStore } = require('deltabase');"],
    [
      "const { Auth, DataStore: store } = require('aws-amplify');",
      "const { DataStore: store } = require('deltabase'), { Auth } = require('aws-amplify');",
    ],
    [
      "const { DataStore } = await import('aws-amplify/datastore');",
      "const { DataStore } = await import('deltabase');",
    ],
    ["type S = typeof import('@aws-amplify/datastore');", "type S = typeof import('deltabase');"],
    ["jest.mock('@aws-amplify/datastore', () => ({}));", "jest.mock('deltabase', () => ({}));"],
    ["vi.importActual('aws-amplify/datastore')", "vi.importActual('deltabase')"],
  ]);
});

test('a Hub moves with the events of DataStore alone', () => {
  each([
    [
      "import { Hub } from 'aws-amplify/utils';\nHub.listen('datastore', f);",
      "import { Hub } from 'deltabase';\nHub.listen('datastore', f);",
    ],
    [
      "import { Hub, DataStore } from 'aws-amplify';\nHub.listen('auth', f);",
      "import { DataStore } from 'deltabase';\nimport { Hub } from 'aws-amplify';\nHub.listen('auth', f);",
    ],
    [
      "import { Hub } from '@aws-amplify/core';\nHub.listen('auth', f);\nHub.listen('datastore', g);",
      "import { Hub as DataStoreHub } from 'deltabase';\nimport { Hub } from '@aws-amplify/core';\nHub.listen('auth', f);\nDataStoreHub.listen('datastore', g);",
    ],
  ]);
});

test('other code stays as it is', () => {
  each(
    [
      "list.filter((c) => c.name('x'))",
      "$(a => a.attr('eq'))",
      "nodes.forEach((c) => c.attr('contains', 3))",
      'db.query(sql, (row) => row.get(name, 3))',
      "import { Logger } from 'other';",
      'DataStore.query(Post, (c) => c.and((c) => [c.rating.gt(3), c.not((d) => d.blog.name.eq("x"))]))',
      "DataStore.query(Post, (c) => c.rating.gt(3), { sort: (s) => s.rating('ASCENDING') })",
      "import { generateClient } from 'aws-amplify/api'; items.map((c) => c.text(label, 'eq'))",
      "import { Amplify } from 'aws-amplify'",
    ].map((text): [string, string] => [text, text]),
  );
  const foreign = "nodes.map((c) => c.attr('contains', 3))";
  assert.deepEqual(rewrite(foreign, 'a.js'), { text: foreign, notes: [] });
});

test('what it does not understand is left, and named with its line', () => {
  for (const [text, line] of [
    ["\nDataStore.query(Post, (c) => c.rating('gt', 3).sorted())", 2],
    ['DataStore.query(Post, (c) => c.rating(op, 3))', 1],
    ["DataStore.query(Post, (c) => c['rating']('eq', 3))", 1],
    ["DataStore.observe(Post, (c) => {\n  if (x) return c.rating('gt', 3);\n  return c;\n})", 2],
    ["DataStore.query(Post, (c) => c.a('eq', 1)\n  // the important one\n  .b('eq', 2))", 1],
    ["import * as amplify from '@aws-amplify/datastore'", 1],
    ["\n\nconst amplify = require('aws-amplify')", 3],
  ] as const) {
    const { text: written, notes } = rewritten(text);
    assert.equal(written, text);
    assert.deepEqual(
      notes.map((note) => note.line),
      [line],
      text,
    );
  }
  assert.throws(() => rewritten('import {'), SyntaxError);
});
