/** Tables of the same events that sources of docs/examples/ read, beside the shipped one. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { packageFile } from '../config/package-file.js';
import { loadCatalogue } from '../templates/catalogue.js';
import { countedEventsRelation } from '../templates/relation.js';
import type { Ground } from './ground.js';
import { rows } from './query-log.js';
import { EVENT_TYPES } from './reference.js';
import { timed } from './timed.js';

/** Folders of docs/examples/sources; undefined is what is shipped. */
export const EXAMPLES = [undefined, 'materialized-columns', 'json-column'] as const;

export interface Variant {
  readonly what: string;
  /** In a database of its own, where `events` is the variant's table. */
  readonly clickhouse: ClickHouseClient;
  /** Milliseconds that the INSERT of all events took. */
  readonly inserted: number;
  readonly bytesOnDisk: number;
}

const COLUMNS = 'uuid, event, properties, timestamp, team_id, distinct_id, created_at, _timestamp';

/** A copy of the ground's events, in the table that an example wants. */
export async function openVariant(
  ground: Pick<Ground, 'clickhouse' | 'url' | 'database'>,
  example: (typeof EXAMPLES)[number],
): Promise<Variant> {
  const what = example ?? 'text, as shipped';
  const database = `bench_${(example ?? 'text').replace('-', '_')}`;
  await ground.clickhouse.command({ query: `DROP DATABASE IF EXISTS ${database} SYNC` });
  await ground.clickhouse.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` });
  const clickhouse = createClient({
    url: ground.url,
    database,
    request_timeout: 3_600_000,
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { wait_end_of_query: 1, output_format_json_quote_64bit_integers: 0 },
  });
  if (example !== 'json-column')
    await clickhouse.command({ query: `CREATE TABLE events AS ${ground.database}.events` });
  if (example) await clickhouse.command({ query: fileOf(example, 'events') });
  const { ms } = await timed(
    clickhouse,
    `INSERT INTO events (${COLUMNS}) SELECT ${COLUMNS} FROM ${ground.database}.events`,
  );
  await clickhouse.command({ query: 'OPTIMIZE TABLE events FINAL' });
  const [size] = await rows<{ bytes: number }>(
    clickhouse,
    `SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'`,
  );
  return { what, clickhouse, inserted: ms, bytesOnDisk: size?.bytes ?? NaN };
}

/** A SELECT of all canonical columns of the days, by the example's source: what fills a slice. */
export function decodeBy(example: (typeof EXAMPLES)[number], { from, to }: { from: string; to: string }): string {
  const sqlDir = mkdtempSync(join(tmpdir(), 'llma-bench-'));
  try {
    cpSync(packageFile('sql'), sqlDir, { recursive: true });
    if (example) cpSync(pathOf(example, 'posthog_events'), join(sqlDir, 'sources', 'posthog_events.sql'));
    const range = { eventTypes: EVENT_TYPES, dateStart: from, dateEnd: to };
    return `SELECT * FROM ${countedEventsRelation(loadCatalogue({ sqlDir }), range)} FORMAT Null`;
  } finally {
    rmSync(sqlDir, { recursive: true, force: true });
  }
}

function fileOf(example: string, file: string): string {
  return readFileSync(pathOf(example, file), 'utf8');
}

function pathOf(example: string, file: string): string {
  return packageFile('docs', 'examples', 'sources', example, `${file}.sql`);
}
