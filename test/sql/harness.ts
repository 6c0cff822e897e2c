import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { inject } from 'vitest';
import { loadStatement } from '../../clickhouse/statement.js';
import { packageFile } from '../../config/package-file.js';
import { parsePartition } from '../../config/partition.js';
import { loadCatalogue, type Catalogue } from '../../templates/catalogue.js';
import { type Describe } from '../../templates/describe-piece.js';
import { renderPartition } from '../../templates/render.js';
import { unionOf, wrapTemplate } from '../../templates/wrap.js';

export const EVENT_TYPES = ['$ai_trace', '$ai_generation', '$ai_span', '$ai_embedding'] as const;
export const DAY = '2025-03-10';

/** An event of the original's table; what is left out is filled in. */
export interface GivenEvent {
  readonly uuid?: string;
  readonly event?: string;
  /** An object, or the JSON text as it is. */
  readonly properties?: Readonly<Record<string, unknown>> | string;
  readonly timestamp?: string;
  readonly team_id?: number | bigint;
  readonly distinct_id?: string;
  readonly created_at?: string;
}

/** A row that templates computed. */
export interface MetricRow {
  readonly date: string;
  readonly team_id: number;
  readonly metric_name: string;
  readonly metric_value: number;
  readonly template: string;
}

/** A database of its own with the table `events`, and templates run against it. */
export interface SqlHarness {
  readonly database: string;
  insert(events: readonly GivenEvent[]): Promise<void>;
  clear(): Promise<void>;
  select<Row>(sql: string): Promise<Row[]>;
  command(sql: string): Promise<void>;
  readonly describe: Describe;
  /** Renders, wraps and INSERTs the catalogue's templates for a day, and returns the rows, ordered. */
  compute(catalogue: Catalogue, options?: ComputeOptions): Promise<MetricRow[]>;
  close(): Promise<void>;
}

export interface ComputeOptions {
  readonly partition?: string;
  readonly eventTypes?: readonly string[];
  readonly llmEvents?: string;
}

export async function openSqlHarness(): Promise<SqlHarness> {
  const database = `t_sql_${randomBytes(5).toString('hex')}`;
  const url = inject('clickhouseUrl');
  const admin = createClient({ url });
  await admin.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` });
  const client = createClient({
    url,
    database,
    // Most of the refusals here are what a test asks for.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { session_timezone: 'UTC', output_format_json_quote_64bit_integers: 0 },
  });
  const names = { source_database: database, on_cluster: '', engine: 'MergeTree' };
  await client.command({ query: loadStatement('schema/sources/events.sql', names) });
  const harness: SqlHarness = {
    database,
    insert: (events) => insert(client, events),
    clear: () => harness.command('TRUNCATE TABLE events'),
    async select<Row>(query: string) {
      const result = await client.query({ query, format: 'JSONEachRow' });
      return await result.json<Row>();
    },
    async command(query) {
      await client.command({ query });
    },
    describe: (statement) => harness.select(statement),
    compute: (catalogue, options) => compute(harness, catalogue, options),
    async close() {
      await client.close();
      await admin.command({ query: `DROP DATABASE ${database} SYNC` });
      await admin.close();
    },
  };
  return harness;
}

async function insert(client: ClickHouseClient, events: readonly GivenEvent[]): Promise<void> {
  const values = events.map(({ properties = {}, ...event }) => ({
    uuid: randomUUID(),
    event: '$ai_generation',
    timestamp: `${DAY} 12:00:00`,
    team_id: 1,
    distinct_id: 'user',
    ...event,
    // JSON has no bigint; ClickHouse reads the text.
    ...(event.team_id !== undefined && { team_id: String(event.team_id) }),
    properties: typeof properties === 'string' ? properties : JSON.stringify(properties),
  }));
  await client.insert({ table: 'events', values, format: 'JSONEachRow' });
}

async function compute(harness: SqlHarness, catalogue: Catalogue, options: ComputeOptions = {}): Promise<MetricRow[]> {
  const { partition = DAY, eventTypes = EVENT_TYPES, llmEvents } = options;
  const { templates } = renderPartition(catalogue, { eventTypes, partition: parsePartition(partition), llmEvents });
  const table = `rows_${randomBytes(5).toString('hex')}`;
  await harness.command(
    `CREATE TABLE ${table} (date Date, team_id UInt64, metric_name String, metric_value Float64, template LowCardinality(String)) ENGINE = Memory`,
  );
  try {
    await harness.command(`INSERT INTO ${table} ${unionOf(templates.map(wrapTemplate))}`);
    return await harness.select<MetricRow>(`SELECT * FROM ${table} ORDER BY ALL`);
  } finally {
    await harness.command(`DROP TABLE ${table}`);
  }
}

/** Rows as `team metric = value`, which read better in a failed test. */
export function shortly(rows: readonly MetricRow[]): string[] {
  return rows.map(({ team_id, metric_name, metric_value }) => `${team_id} ${metric_name} = ${metric_value}`);
}

const directories: string[] = [];

/** A directory with these files, and the shipped sources unless there are others. {@link removeSqlDirs} removes it. */
export function sqlDirOf(files: Readonly<Record<string, string>>): string {
  const parent = mkdtempSync(join(tmpdir(), 'llma-sql-'));
  directories.push(parent);
  const directory = join(parent, 'sql');
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

export function removeSqlDirs(): void {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
}

/** A catalogue of these templates and the shipped sources. */
export function catalogueOf(files: Readonly<Record<string, string>>): Catalogue {
  return loadCatalogue({ sqlDir: sqlDirOf(files) });
}

/** The shipped templates, some or all. */
export function shippedCatalogue(...only: string[]): Catalogue {
  return loadCatalogue({ sqlDir: packageFile('sql'), ...(only.length > 0 && { only }) });
}
