/** Reference events, generated once for each size: later runs take them over by links, in no time. */
import type { ClickHouseClient } from '@clickhouse/client';
import { digest } from '../clickhouse/names.js';
import { reference } from './reference.js';
import type { Size } from './sizes.js';

/** Database of what is kept from run to run. */
export const KEPT = 'bench_kept';

/**
 * Fills the empty table `events` of the client's database. An interrupted generation begins anew: what is half is never taken for whole.
 * @param note told what takes long
 */
export async function loadEvents(
  clickhouse: ClickHouseClient,
  size: Size,
  note: (line: string) => void = () => undefined,
): Promise<void> {
  const kept = await keptTable(clickhouse, size, note);
  await clickhouse.command({ query: `ALTER TABLE events ATTACH PARTITION ALL FROM ${KEPT}.${kept}` });
}

/** @returns the name of the table with the events of a size. */
async function keptTable(clickhouse: ClickHouseClient, size: Size, note: (line: string) => void): Promise<string> {
  const statement = reference('events.sql');
  const table = `events_${digest(statement, JSON.stringify(size), await structureOf(clickhouse))}`;
  if (await exists(clickhouse, table)) return table;
  const events = size.perDay * size.days;
  note(`generating ${events.toLocaleString('en-US')} events; they are kept for later runs`);
  const half = `${KEPT}.${table}_half`;
  for (const query of [
    `CREATE DATABASE IF NOT EXISTS ${KEPT} ENGINE = Atomic`,
    `DROP TABLE IF EXISTS ${half} SYNC`,
    `CREATE TABLE ${half} AS events`,
  ]) {
    await clickhouse.command({ query });
  }
  await generate(clickhouse, { statement, table: half, size });
  // Merges would run beside whatever is measured first.
  await clickhouse.command({ query: `OPTIMIZE TABLE ${half} FINAL`, clickhouse_settings: { wait_end_of_query: 1 } });
  await clickhouse.command({ query: `RENAME TABLE ${half} TO ${KEPT}.${table}` });
  return table;
}

async function generate(
  clickhouse: ClickHouseClient,
  { statement, table, size }: { statement: string; table: string; size: Size },
): Promise<void> {
  const { perDay, days, teams, pad, start } = size;
  await clickhouse.command({
    // The same rows, by all processors: in which order they come does not matter to a table that sorts them.
    query: statement.replace('INSERT INTO events', `INSERT INTO ${table}`).replace('FROM numbers(', 'FROM numbers_mt('),
    query_params: { start, per_day: perDay, days, teams, pad },
    clickhouse_settings: { wait_end_of_query: 1, max_partitions_per_insert_block: '0', max_insert_threads: '2' },
  });
}

/** What a column is changes what is kept. */
async function structureOf(clickhouse: ClickHouseClient): Promise<string> {
  const result = await clickhouse.query({ query: 'DESCRIBE TABLE events', format: 'TabSeparated' });
  return await result.text();
}

async function exists(clickhouse: ClickHouseClient, table: string): Promise<boolean> {
  const query = 'SELECT 1 FROM system.tables WHERE database = {database:String} AND name = {table:String}';
  const result = await clickhouse.query({ query, query_params: { database: KEPT, table }, format: 'JSONEachRow' });
  return (await result.json()).length > 0;
}
