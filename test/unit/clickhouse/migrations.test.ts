import { expect, test } from 'vitest';
import { MigrationError, pendingMigrations, readMigrations } from '../../../clickhouse/migrations.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const FILES = {
  '000000_record.sql': 'CREATE TABLE IF NOT EXISTS a',
  '000001_one.sql': 'CREATE TABLE IF NOT EXISTS b',
  '000002_two.sql': 'CREATE TABLE IF NOT EXISTS c',
};
const read = (files: Record<string, string>) => readMigrations(temporaryDirectory(files));
const ALL = read(FILES);
/** What the server has recorded after these ran. */
const applied = (files: Record<string, string> = FILES) =>
  read(files).map(({ number, name, checksum }) => ({ number, name, checksum }));
const pending = (files: Record<string, string>, recorded = applied()) =>
  pendingMigrations(read(files), recorded).map(({ name }) => name);

test('the shipped migrations are numbered without gaps, from 0, and create what they say', () => {
  const shipped = readMigrations();
  expect(shipped.map(({ number }) => number)).toEqual(shipped.map((_, index) => index));
  for (const { name, text } of shipped) expect(text, name).toMatch(/\b(IF (NOT )?EXISTS|CREATE OR REPLACE)\b/);
});

test('migrations come by number; files that are no SQL are left alone', () => {
  const files = {
    '000002_b.sql': '2',
    '000010_c.sql': '10',
    '000000_a.sql': '0',
    'README.md': 'x',
    'sources/events.sql': 's',
  };
  expect(read(files).map(({ number, text }) => [number, text])).toEqual([
    [0, '0'],
    [2, '2'],
    [10, '10'],
  ]);
});

test('what is not recorded is pending, in order; what is, is not', () => {
  expect(pending(FILES, [])).toEqual(Object.keys(FILES));
  expect(pending(FILES)).toEqual([]);
  expect(pending({ ...FILES, '000003_three.sql': 'x' })).toEqual(['000003_three.sql']);
  // Recorded by two migrators at once.
  expect(pending(FILES, [...applied(), ...applied()])).toEqual([]);
});

test('an edited migration is refused by name', () => {
  expect(() => pending({ ...FILES, '000001_one.sql': 'CREATE TABLE IF NOT EXISTS b2' })).toThrow(
    new MigrationError(
      'sql/schema/000001_one.sql was edited after it ran (as 000001_one.sql): put its old text back, and write the change as a new migration',
    ),
  );
});

test('a renumbered migration is refused, and called so', () => {
  const { '000002_two.sql': text, ...rest } = FILES;
  expect(() => pending({ ...rest, '000005_two.sql': text })).toThrow(
    new MigrationError('sql/schema/000005_two.sql ran as 000002_two.sql: give it back that number'),
  );
});

test('a database of a newer program is refused', () => {
  const { '000002_two.sql': _, ...older } = FILES;
  expect(() => pending(older)).toThrow(
    new MigrationError(
      'the database has migration 000002_two.sql, which this version does not know: it was made by a newer llma-metrics; use that version',
    ),
  );
});

test('a migration that has another name only is the same', () => {
  const { '000002_two.sql': text, ...rest } = FILES;
  expect(pending({ ...rest, '000002_deux.sql': text })).toEqual([]);
});

test('another engine or database is not an edit: checksums are of the file', () => {
  expect(ALL.map(({ checksum }) => checksum)).toEqual(read(FILES).map(({ checksum }) => checksum));
  for (const { checksum } of ALL) expect(checksum).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  [{ '1_one.sql': 'x' }, 'sql/schema/1_one.sql: expected a name like 000005_what_it_does.sql'],
  [{ '000001-one.sql': 'x' }, 'sql/schema/000001-one.sql: expected a name like 000005_what_it_does.sql'],
  [
    { '000001_a.sql': 'x', '000001_b.sql': 'y' },
    'sql/schema/000001_b.sql: its number is taken by 000001_a.sql; give it the next free one',
  ],
])('%j is refused: %s', (files, message) => {
  expect(() => read(files)).toThrow(new MigrationError(message));
});
