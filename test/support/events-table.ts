import { randomBytes } from 'node:crypto';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { inject } from 'vitest';
import { loadStatement } from '../../clickhouse/statement.js';

/** Databases with a table `events`, for tests of what fills it. */
export interface EventsHarness {
  readonly clickhouse: ClickHouseClient;
  newDatabase(): Promise<string>;
  /** Rows of a query that says `events` for the database's own; 64-bit integers as numbers. */
  select<Row>(database: string, query: string): Promise<Row[]>;
  /** Independent of the order of rows; a row that is there twice counts twice. */
  fingerprint(database: string, where?: string): Promise<unknown>;
  /** Drops every database that it made. */
  close(): Promise<void>;
}

export function openEvents(): EventsHarness {
  const clickhouse = createClient({ url: inject('clickhouseUrl'), clickhouse_settings: { session_timezone: 'UTC' } });
  const databases: string[] = [];
  const harness: EventsHarness = {
    clickhouse,
    async newDatabase() {
      const database = `t_examples_${randomBytes(4).toString('hex')}`;
      await clickhouse.command({ query: `CREATE DATABASE ${database}` });
      databases.push(database);
      const names = { source_database: database, on_cluster: '', engine: 'MergeTree' };
      await clickhouse.command({ query: loadStatement('schema/sources/events.sql', names) });
      return database;
    },
    async select(database, query) {
      const result = await clickhouse.query({
        query: query.replaceAll(/\bevents\b/g, `${database}.events`),
        format: 'JSONEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      });
      return await result.json();
    },
    fingerprint: (database, where = '1') =>
      harness.select(database, `SELECT count() AS n, toString(sum(cityHash64(*))) AS hash FROM events WHERE ${where}`),
    async close() {
      for (const database of databases) await clickhouse.command({ query: `DROP DATABASE ${database} SYNC` });
      await clickhouse.close();
    },
  };
  return harness;
}

/** SQL of one value of `properties`. */
export const property = (name: string, type: string): string => `JSONExtract(properties, '${name}', '${type}')`;
