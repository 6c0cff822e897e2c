import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  candidatesPrefix,
  digest,
  insertQueryPrefix,
  literal,
  newToken,
  publishQueryPrefix,
  qualified,
  stagingPrefix,
  TABLES,
  TEMPORARY_PREFIXES,
} from '../../../clickhouse/names.js';
import { parseMonth } from '../../../config/partition.js';

const MONTH = parseMonth('202601');

test('our tables have the names that outsiders rely on', () => {
  expect(TABLES).toMatchObject({
    daily: 'llma_metrics_daily',
    versions: 'llma_metrics_versions',
    ledger: 'llma_partition_runs',
    status: 'llma_partition_status',
  });
  for (const table of Object.values(TABLES)) {
    expect(
      TEMPORARY_PREFIXES.some((prefix) => table.startsWith(prefix)),
      table,
    ).toBe(false);
  }
});

test('whatever a workflow id is, names of tables and queries are made of safe characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.nat(), (workflowId, runId, chunk) => {
      expect(candidatesPrefix(workflowId, runId, chunk)).toMatch(/^llma_cand_[0-9a-f]{16}_\d+_$/);
      expect(insertQueryPrefix(workflowId, runId, chunk)).toMatch(/^llma-insert-[0-9a-f]{16}-\d+-$/);
    }),
  );
});

test('no two chunks share a prefix, nor does one begin with the other’s', () => {
  const id = fc.string({ maxLength: 3 });
  fc.assert(
    fc.property(id, id, fc.nat(200), id, id, fc.nat(200), (w1, r1, c1, w2, r2, c2) => {
      fc.pre(w1 !== w2 || r1 !== r2 || c1 !== c2);
      expect(candidatesPrefix(w1, r1, c1).startsWith(candidatesPrefix(w2, r2, c2))).toBe(false);
      expect(insertQueryPrefix(w1, r1, c1).startsWith(insertQueryPrefix(w2, r2, c2))).toBe(false);
    }),
  );
});

test('a digest tells where one text ends and the next begins', () => {
  expect(digest('a', 'bc')).not.toBe(digest('ab', 'c'));
  expect(digest('a')).not.toBe(digest('a', ''));
  expect(digest('a', 'b')).toBe(digest('a', 'b'));
});

test('a month’s publishers have names and query ids of their own database and month', () => {
  expect(stagingPrefix(MONTH)).toBe('llma_pub_202601_');
  const prefixes = ['llma', 'llma_staging'].flatMap((database) =>
    ['202601', '202602'].map((month) => publishQueryPrefix(database, parseMonth(month))),
  );
  for (const prefix of prefixes) {
    expect(prefix).toMatch(/^llma-pub-20260[12]-[0-9a-f]{16}-$/);
    expect(prefixes.filter((other) => other.startsWith(prefix))).toEqual([prefix]);
  }
});

test('tokens don’t repeat', () => {
  const tokens = Array.from({ length: 1000 }, newToken);
  expect(new Set(tokens).size).toBe(1000);
  for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{16}$/);
});

test('only identifiers become names', () => {
  expect(qualified('llma', 'llma_cand_0_1_x')).toBe('`llma`.`llma_cand_0_1_x`');
  for (const name of ['', '1a', 'a-b', 'a`b', 'a b', 'a.b', "a'", 'ä']) {
    expect(() => qualified('llma', name), name).toThrow(`not an identifier of ours: ${JSON.stringify(name)}`);
    expect(() => qualified(name, 'x'), name).toThrow('not an identifier of ours');
  }
});

test('a literal ends only where it should', () => {
  expect(literal(`it's a \\ "test"`)).toBe(`'it\\'s a \\\\ "test"'`);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const inner = literal(text).slice(1, -1);
      // Every quote and backslash inside is escaped, and nothing else has changed.
      expect(inner.replaceAll(/\\[\\']/g, '')).not.toMatch(/['\\]/);
      expect(inner.replaceAll(/\\([\\'])/g, '$1')).toBe(text);
    }),
  );
});
