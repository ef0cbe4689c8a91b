import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

test('the compiler knows the codes that SPEC.md lists', () => {
  const section = readFileSync('SPEC.md', 'utf8').split('## Error codes')[1].split('## ')[0];
  const [errors, causes] = section.slice(section.indexOf('`invalid_value`')).split('Causes of');
  const specified = (text: string) => Array.from(text.matchAll(/`([a-z_]+)`/g), ([, code]) => code);
  const source = readFileSync('js/shared/errors.ts', 'utf8');
  const union = (name: string) => {
    const [, body] = source.match(new RegExp(`export type ${name} =([^;]*);`))!;
    return Array.from(body.matchAll(/'([a-z_]+)'/g), ([, code]) => code);
  };
  assert.deepEqual(union('ErrorCode').sort(), [...new Set(specified(errors))].sort());
  const all = [...union('ErrorCode'), ...union('ReportCode')];
  assert.deepEqual(
    specified(causes).filter((code) => !all.includes(code)),
    [],
  );
});
