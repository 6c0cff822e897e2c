/** A parameter's text has at most 128 KiB: the server says so, and no query can change it. */
import { TupleParam } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';

const harness = withDatabase();
const UGLY = ['', "it's", '\\', '\n\t', '{x:String}', 'größer', '🦊', "', 1) --"];
const NUMBERS = Array.from({ length: 20_000 }, (_, i) => 18_446_744_073_709_551_615n - BigInt(i));

async function one<Row>(sql: string, params: Record<string, unknown>): Promise<Row | undefined> {
  return (await harness.database.select<Row>(sql, { params }))[0];
}

test('arrays of any size arrive as they are, in their order', async () => {
  const texts = Array.from({ length: 30_000 }, (_, i) => `${i} ${UGLY[i % UGLY.length]}`);
  expect(await one('SELECT {texts:Array(String)} AS texts', { texts })).toEqual({ texts });
  expect(await one('SELECT {numbers:Array(UInt64)} AS numbers', { numbers: NUMBERS })).toEqual({
    numbers: NUMBERS.map(String),
  });
});

test('tuples of maps, arrays and NULL, and one array in several places', async () => {
  const of = (i: number) =>
    new TupleParam([
      i,
      UGLY[i % UGLY.length],
      null,
      new Map([[`k${i}`, [BigInt(i)]]]),
      [new TupleParam(['a', UGLY[3]])],
    ]);
  const rows = Array.from({ length: 4_000 }, (_, i) => of(i));
  const type =
    'Array(Tuple(\n  UInt32, String, Nullable(String),\n  Map(String, Array(UInt64)), Array(Tuple(String, String))))';
  const sql = `SELECT length({rows:${type}}) AS n, sum(r.1) AS sum, countIf(isNull(r.3)) AS nulls, uniqExact(r.2) AS texts,
      sum(r.4['k3999'][1]) AS last, min(r.5[1].2) AS inner FROM (SELECT arrayJoin({rows:${type}}) AS r)`;
  const sum = String((4_000 * 3_999) / 2);
  expect(await one(sql, { rows })).toEqual({ n: '4000', sum, nulls: '4000', texts: '8', last: '3999', inner: '\n\t' });
});

test('they stand after IN, and in a statement that returns nothing', async () => {
  const numbers = Array.from({ length: 20_000 }, (_, i) => 10 * i);
  const sql = (of: string) => `SELECT count() AS n FROM numbers(200000) WHERE number ${of} ({numbers:Array(UInt64)})`;
  expect(await one(sql('IN'), { numbers })).toEqual({ n: '20000' });
  expect(await one(sql('NOT IN'), { numbers })).toEqual({ n: '180000' });
  await harness.command('CREATE TABLE large (n UInt64) ENGINE = Memory');
  try {
    const { writtenRows } = await harness.database.command(
      'INSERT INTO large SELECT arrayJoin({numbers:Array(UInt64)})',
      { params: { numbers } },
    );
    expect(writtenRows).toBe(20_000);
  } finally {
    await harness.command('DROP TABLE large SYNC');
  }
});

test('a text that is too long by itself is said to be', async () => {
  await expect(one('SELECT {text:String} AS text', { text: 'x'.repeat(200_000) })).rejects.toThrow('too long');
});
