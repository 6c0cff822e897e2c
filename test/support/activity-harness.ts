import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject } from 'vitest';
import type { ActivityDeps } from '../../activities/deps.js';
import { createActivities, type Activities } from '../../activities/index.js';
import { openDatabase, type Database } from '../../clickhouse/database.js';
import { migrate } from '../../clickhouse/migrate.js';
import { TABLES, TEMPORARY_PREFIXES } from '../../clickhouse/names.js';
import type { Settings } from '../../config/settings.js';
import type { Catalogue } from '../../templates/catalogue.js';
import { activityDeps } from './activity-deps.js';

export const WORKFLOW_ID = `daily 'quoted' \\ "2026"`;

/** One database of our tables and `events`, and the activities that work with it. */
export interface ActivityHarness {
  readonly name: string;
  /** Of the workflow run that all activities belong to by default. */
  readonly runId: string;
  readonly settings: Settings;
  readonly database: Database;
  readonly deps: ActivityDeps;
  /** The metric templates for the rest of the test, by name, instead of those that are shipped. */
  templates(files: Readonly<Record<string, string>>): void;
  /** Runs an activity as a worker would; by default as the first attempt. */
  run<Name extends keyof Activities>(
    name: Name,
    input: Parameters<Activities[Name]>[0],
    environment?: MockActivityEnvironment,
  ): ReturnType<Activities[Name]>;
  /** The environment of one attempt: for heartbeats, cancellation, other attempts and workflows. */
  environment(info?: Partial<Info>): MockActivityEnvironment;
  /** Rows of a query of the test's own, past all of our code: 64-bit integers are numbers. */
  select<Row>(sql: string, params?: Record<string, unknown>): Promise<Row[]>;
  command(sql: string, params?: Record<string, unknown>): Promise<void>;
  /** Temporary tables that are there. */
  temporaryTables(): Promise<string[]>;
  /** Ids of our running queries in this database. */
  runningQueries(): Promise<string[]>;
  /** Of those, the INSERTs into a chunk's tables: not what is asked about them before. */
  runningInserts(): Promise<string[]>;
}

interface Options {
  readonly environment?: Readonly<Record<string, string>>;
  /** In the place of the product's own. */
  readonly createActivities?: (deps: ActivityDeps) => Activities;
}

const SHIPPED = (): Catalogue => activityDeps().catalogue();
const quiet = new DefaultLogger('ERROR');
const PLAIN_SOURCE = {
  'sources/posthog_events.sql': readFileSync(new URL('./plain-source.sql', import.meta.url), 'utf8'),
};

/** A database of the test file's own: empty before each test, dropped at the end. After each test nothing of ours may be left in it. */
export function withDatabase(options: Options = {}): Harness {
  const harness = new Harness(inject('clickhouseUrl'), options);
  beforeAll(() => harness.open());
  beforeEach(() => harness.reset());
  afterEach(async () => {
    if (await harness.isTidy()) return;
    expect(await harness.temporaryTables()).toEqual([]);
    await nothingRuns(harness);
  });
  afterAll(() => harness.close());
  return harness;
}

/** A query that has answered is in the list of processes for a moment more: longer than that, it was left behind. */
export async function nothingRuns(harness: ActivityHarness): Promise<void> {
  await expect.poll(() => harness.runningQueries()).toEqual([]);
}

/** What `withDatabase` gives a test file, for whoever opens, resets and closes it without vitest. */
export class Harness implements ActivityHarness {
  readonly name = `t_act_${randomBytes(4).toString('hex')}`;
  readonly runId: string = randomUUID();
  readonly settings: Settings;
  readonly database: Database;
  readonly deps: ActivityDeps;
  readonly #client: ClickHouseClient;
  readonly #activities: Activities;
  #catalogue: Catalogue = SHIPPED();

  constructor(url: string, { environment = {}, createActivities: create = createActivities }: Options = {}) {
    const { settings, now } = activityDeps({
      environment: { CLICKHOUSE_URL: url, CLICKHOUSE_DATABASE: this.name, ...environment },
    });
    this.settings = settings;
    this.database = openDatabase(settings.clickhouse);
    this.deps = { settings, now, database: this.database, catalogue: () => this.#catalogue };
    this.#activities = create(this.deps);
    this.#client = createClient({
      url,
      database: this.name,
      log: { level: ClickHouseLogLevel.OFF },
      clickhouse_settings: {
        session_timezone: 'UTC',
        output_format_json_quote_64bit_integers: 0,
        wait_end_of_query: 1,
      },
    });
  }

  async open(): Promise<void> {
    await migrate(this.settings, { withSources: true });
  }

  async reset(): Promise<void> {
    this.#catalogue = SHIPPED();
    await this.command(`TRUNCATE TABLES FROM ${this.name} NOT LIKE '${TABLES.migrations}'`);
  }

  async close(): Promise<void> {
    await this.command(`DROP DATABASE ${this.name} SYNC`);
    await this.#client.close();
    await this.database.close();
  }

  templates(files: Readonly<Record<string, string>>): void {
    const named = Object.entries(files).map(([name, sql]) => [`${name}.sql`, sql] as const);
    // Where nothing reads the details of events, nobody pays for finding them.
    // Own sources, or templates that read them.
    const reads = Object.entries(files).some(
      ([name, sql]) => name.startsWith('sources/') || sql.includes('llm_events'),
    );
    const plain = reads ? {} : PLAIN_SOURCE;
    this.#catalogue = activityDeps({ sql: { ...plain, ...Object.fromEntries<string>(named) } }).catalogue();
  }

  run<Name extends keyof Activities>(
    name: Name,
    input: Parameters<Activities[Name]>[0],
    environment = this.environment(),
  ): ReturnType<Activities[Name]> {
    const activity = this.#activities[name] as (of: unknown) => Promise<unknown>;
    const output: Promise<unknown> = environment.run(activity, input);
    return output as ReturnType<Activities[Name]>;
  }

  environment(info: Partial<Info> = {}): MockActivityEnvironment {
    const workflowExecution = { workflowId: WORKFLOW_ID, runId: this.runId };
    return new MockActivityEnvironment({ workflowExecution, heartbeatTimeoutMs: 1000, ...info }, { logger: quiet });
  }

  async select<Row>(sql: string, params: Record<string, unknown> = {}): Promise<Row[]> {
    const result = await this.#client.query({ query: sql, query_params: params, format: 'JSONEachRow' });
    return await result.json<Row>();
  }

  async command(sql: string, params: Record<string, unknown> = {}): Promise<void> {
    await this.#client.command({ query: sql, query_params: params });
  }

  /** Whether there is none of the two that follow: most of the time one question tells. */
  async isTidy(): Promise<boolean> {
    const left = await this.select(
      `SELECT 1 FROM system.tables WHERE database = '${this.name}' AND arrayExists(p -> startsWith(name, p), {prefixes:Array(String)})
       UNION ALL SELECT 1 FROM system.processes WHERE startsWith(query_id, 'llma') AND current_database = '${this.name}'`,
      { prefixes: [...TEMPORARY_PREFIXES] },
    );
    return left.length === 0;
  }

  async temporaryTables(): Promise<string[]> {
    const rows = await this.select<{ name: string }>(
      `SELECT name FROM system.tables WHERE database = '${this.name}' AND arrayExists(p -> startsWith(name, p), {prefixes:Array(String)})`,
      { prefixes: [...TEMPORARY_PREFIXES] },
    );
    return rows.map(({ name }) => name);
  }

  async runningQueries(): Promise<string[]> {
    return await this.#running(`startsWith(query_id, 'llma')`);
  }

  async runningInserts(): Promise<string[]> {
    return await this.#running(`startsWith(query_id, 'llma-insert-') AND query_kind = 'Insert'`);
  }

  async #running(which: string): Promise<string[]> {
    const rows = await this.select<{ query_id: string }>(
      `SELECT query_id FROM system.processes WHERE current_database = '${this.name}' AND ${which}`,
    );
    return rows.map(({ query_id }) => query_id);
  }
}
