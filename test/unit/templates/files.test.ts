import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlFiles } from '../../../templates/files.js';

let parent: string;
let sqlDir: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'llma-files-'));
  sqlDir = join(parent, 'sql');
  mkdirSync(join(sqlDir, 'parts'), { recursive: true });
  writeFileSync(join(parent, 'secret.sql'), 'secret');
  writeFileSync(join(sqlDir, 'a.sql'), '\uFEFFtext');
  writeFileSync(join(sqlDir, 'parts', 'b.sql'), 'part');
});
afterEach(() => rmSync(parent, { recursive: true }));

test('files of the directory and below it can be read, without a byte order mark', () => {
  const files = openSqlFiles(sqlDir);
  expect(files.read('a.sql')).toBe('text');
  expect(files.read('parts/b.sql')).toBe('part');
  expect(files.label('parts/b.sql')).toBe('sql/parts/b.sql');
});

test.each([
  '../secret.sql',
  'parts/../../secret.sql',
  'parts/../a.sql',
  '..',
  '/etc/passwd',
  '..\\secret.sql',
  'a.sql\0',
  '',
])('%j leads out, or might', (name) => {
  expect(() => openSqlFiles(sqlDir).read(name)).toThrow(/is not a file below .*: only files in it can be included/);
});

test('links may not lead out; links within may stay, as Kubernetes makes them', () => {
  symlinkSync(join(parent, 'secret.sql'), join(sqlDir, 'out.sql'));
  symlinkSync(parent, join(sqlDir, 'up'));
  symlinkSync('a.sql', join(sqlDir, 'in.sql'));
  const files = openSqlFiles(sqlDir);
  expect(() => files.read('out.sql')).toThrow(
    /"out\.sql" is a link to .*secret\.sql, which is not below .*: copy the file there/,
  );
  expect(() => files.read('up/secret.sql')).toThrow('is a link to');
  expect(files.read('in.sql')).toBe('text');
});

test('a neighbour whose name begins alike is outside', () => {
  mkdirSync(join(parent, 'sql-other'));
  writeFileSync(join(parent, 'sql-other', 'x.sql'), 'x');
  symlinkSync(join(parent, 'sql-other', 'x.sql'), join(sqlDir, 'x.sql'));
  expect(() => openSqlFiles(sqlDir).read('x.sql')).toThrow('which is not below');
});

test('the directory itself may be a link', () => {
  symlinkSync(sqlDir, join(parent, 'link'));
  expect(openSqlFiles(join(parent, 'link')).read('a.sql')).toBe('text');
});

test('a missing file is undefined, a file below a file too', () => {
  expect(openSqlFiles(sqlDir).read('gone.sql')).toBeUndefined();
  expect(openSqlFiles(sqlDir).read('a.sql/b.sql')).toBeUndefined();
});

test('a text is read once: what is rendered is what was hashed', () => {
  const files = openSqlFiles(sqlDir);
  expect(files.read('parts/b.sql')).toBe('part');
  writeFileSync(join(sqlDir, 'parts', 'b.sql'), 'changed');
  expect(files.read('parts/b.sql')).toBe('part');
  expect(openSqlFiles(sqlDir).read('parts/b.sql')).toBe('changed');
});
