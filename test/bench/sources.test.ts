import { randomBytes } from 'node:crypto';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { KEPT, loadEvents } from '../../bench/data.js';
import type { Ground } from '../../bench/ground.js';
import { sourcesPart } from '../../bench/parts/sources.js';
import { rows } from '../../bench/query-log.js';
import { markdownOf } from '../../bench/report/markdown.js';
import { textOf } from '../../bench/report/text.js';
import { SIZES, type Size } from '../../bench/sizes.js';
import { loadStatement } from '../../clickhouse/statement.js';

const database = `t_bench_${randomBytes(4).toString('hex')}`;
const SMALL: Size = { ...SIZES.TINY, perDay: 50 };
let clickhouse: ClickHouseClient;

beforeAll(async () => {
  clickhouse = createClient({
    url: inject('clickhouseUrl'),
    database,
    clickhouse_settings: { wait_end_of_query: 1, output_format_json_quote_64bit_integers: 0 },
  });
  await createClient({ url: inject('clickhouseUrl') }).command({
    query: `CREATE DATABASE ${database} ENGINE = Atomic`,
  });
  await createEvents();
});
afterAll(async () => {
  const others = ['text', 'materialized_columns', 'json_column'].map((name) => `bench_${name}`);
  for (const name of [...others, KEPT, database]) {
    await clickhouse.command({ query: `DROP DATABASE IF EXISTS ${name} SYNC` });
  }
  await clickhouse.close();
});

async function createEvents(): Promise<void> {
  const names = { source_database: database, on_cluster: '', engine: 'MergeTree' };
  await clickhouse.command({ query: 'DROP TABLE IF EXISTS events SYNC' });
  await clickhouse.command({ query: loadStatement('schema/sources/events.sql', names) });
}

async function hash(): Promise<unknown> {
  return await rows(
    clickhouse,
    'SELECT count() AS n, sum(cityHash64(uuid, timestamp, properties)) AS hash FROM events',
  );
}

test('events are generated once; what an interrupted generation has left is not taken for them', async () => {
  const notes: string[] = [];
  await loadEvents(clickhouse, SMALL, (line) => notes.push(line));
  const first = await hash();
  expect(first).toMatchObject([{ n: 3000 }]);
  expect(notes).toEqual(['generating 3,000 events; they are kept for later runs']);
  await createEvents();
  await loadEvents(clickhouse, SMALL, (line) => notes.push(line));
  expect(await hash()).toEqual(first);
  expect(notes).toHaveLength(1);

  const [kept] = await rows<{ name: string }>(clickhouse, `SELECT name FROM system.tables WHERE database = '${KEPT}'`);
  await clickhouse.command({ query: `RENAME TABLE ${KEPT}.${kept!.name} TO ${KEPT}.${kept!.name}_half` });
  await createEvents();
  await loadEvents(clickhouse, SMALL, (line) => notes.push(line));
  expect(await hash()).toEqual(first);
  expect(notes).toHaveLength(2);
});

test('a part measures, and says what it has measured', async () => {
  const open = async () => ({ clickhouse, url: inject('clickhouseUrl'), database }) as Ground;
  const lines: string[] = [];
  const measured = await sourcesPart.measure({
    ...{ size: 'TINY', rounds: 2, pace: 1, queries: 1, earlier: [], open },
    progress: (line) => lines.push(line),
  });
  const result = { part: 'sources', size: 'TINY', rounds: 2, ...measured };
  expect(lines).toContain('round 2 of 2');
  expect(measured.series.map(({ values }) => values.length)).toEqual([2, 2, 2]);
  const bytes = measured.tables[0]!.rows.map((row) => row[5] as number);
  expect(bytes.every((megabytes) => megabytes > 0)).toBe(true);
  // Whoever has columns of their own reads less than the text.
  expect(Math.max(bytes[2]!, bytes[3]!)).toBeLessThan(bytes[1]!);
  expect(textOf(result)).toMatch(/text, as shipped +\d/);
  const results = { at: new Date().toISOString(), machine: {}, parts: [result] };
  expect(markdownOf(results)).toMatch(/^\| json-column \| \d/m);
});
