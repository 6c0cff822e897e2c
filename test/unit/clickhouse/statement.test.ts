import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { differingDays, type DaySum } from '../../../clickhouse/day-sums.js';
import { fillIn, loadStatement } from '../../../clickhouse/statement.js';
import { packageFile } from '../../../config/package-file.js';
import type { Partition } from '../../../config/partition.js';

test('names are filled in once, whatever they hold', () => {
  const names = { a: '{{ b }} $& $1 \\', b: 'B' };
  expect(fillIn('{{ a }} {{b}} {c:String} {{  b  }}', names)).toBe('{{ b }} $& $1 \\ B {c:String} B');
});

test('a name that is not given is a bug that names file and name', () => {
  expect(() => fillIn('SELECT {{ nothing }}', {}, 'x.sql')).toThrow('x.sql: nothing is given for {{ nothing }}');
  expect(() => loadStatement('pipeline/accept.sql', {})).toThrow(
    /^pipeline\/accept\.sql: nothing is given for \{\{ \w+ \}\}$/,
  );
});

test('no statement of ours holds a value between quotes that belongs in a parameter', () => {
  for (const file of readdirSync(packageFile('sql', 'pipeline'))) {
    const text = loadStatement(join('pipeline', file), new Proxy({}, { get: () => 'x' }));
    expect(text.replaceAll(/--.*/g, ''), file).not.toMatch(/'\d{4}-\d\d-\d\d'/);
  }
});

const mapOf = (days: Record<string, DaySum>) => new Map(Object.entries(days) as [Partition, DaySum][]);
const sums = (daily: Record<string, DaySum>, states: Record<string, DaySum> = {}) => ({
  daily: mapOf(daily),
  states: mapOf(states),
});

test('days differ by count, by checksum, or by being there at all; in order', () => {
  const one = sums({
    '2026-01-03': { rows: 1, checksum: '5' },
    '2026-01-02': { rows: 2, checksum: '6' },
    '2026-01-01': { rows: 3, checksum: '7' },
  });
  expect(differingDays(one, one)).toEqual([]);
  const other = sums({
    '2026-01-03': { rows: 1, checksum: '6' },
    '2026-01-04': { rows: 1, checksum: '5' },
    '2026-01-01': { rows: 3, checksum: '7' },
  });
  expect(differingDays(one, other)).toEqual(['2026-01-02', '2026-01-03', '2026-01-04']);
  expect(differingDays(other, one)).toEqual(['2026-01-02', '2026-01-03', '2026-01-04']);
  // The same checksum of other numbers of rows, as of a day that is there twice modulo 2^64.
  expect(
    differingDays(
      sums({ '2026-01-01': { rows: 1, checksum: '0' } }),
      sums({ '2026-01-01': { rows: 2, checksum: '0' } }),
    ),
  ).toEqual(['2026-01-01']);
});

test('days whose states differ do, too, each once', () => {
  const day = { '2026-01-01': { rows: 1, checksum: '5' } };
  const other = { '2026-01-01': { rows: 1, checksum: '6' } };
  expect(differingDays(sums(day, day), sums(day, day))).toEqual([]);
  expect(differingDays(sums(day, day), sums(day, other))).toEqual(['2026-01-01']);
  expect(differingDays(sums(day, day), sums(day))).toEqual(['2026-01-01']);
  expect(differingDays(sums(day, day), sums(other, other))).toEqual(['2026-01-01']);
});
