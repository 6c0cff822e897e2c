/** The worker's user may not see how the tables are defined that its source reads: on other servers, or through a view. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../clickhouse/database.js';
import { migrate } from '../../clickhouse/migrate.js';
import { packageFile } from '../../config/package-file.js';
import { addDays, fromTime } from '../../config/partition.js';
import { checkSource } from '../../scripts/doctor/source.js';
import { settingsOf, usersOf } from '../support/installation.js';
import { failureOf } from '../support/pipeline.js';
import { pipelineAs } from '../support/pipeline-as.js';
import { startShards, type Shards } from '../support/shards.js';

const DAY = addDays(fromTime(Date.now()), -1);
/** Of the day, on each of two shards; fifteen times as many are of the days before it. */
const ROWS = 100_000;

let shards: Shards;

beforeAll(async () => {
  shards = await startShards(2, [usersOf('migrator')[0]!, usersOf('etl')[0]!]);
  await migrate(settingsOf('migrator', shards.servers[0]!.url), { withSources: true });
  await shards.on(0, 'RENAME TABLE raw.events TO raw.held');
  const create = await shards.on(0, "SELECT create_table_query FROM system.tables WHERE name = 'held' FORMAT TSVRaw");
  await shards.on(1, 'CREATE DATABASE raw');
  await shards.on(1, create);
  await shards.everywhere(
    `INSERT INTO raw.held (uuid, event, properties, timestamp, team_id, distinct_id)
     SELECT generateUUIDv4(number), '$ai_generation', '', toDateTime64('${DAY}', 6, 'UTC') - toIntervalDay(number % 16), 1, 'u' FROM numbers(${16 * ROWS})`,
    'CREATE TABLE raw.log ENGINE = Log AS SELECT * FROM raw.held LIMIT 1000',
  );
}, 60_000);
afterAll(() => shards.stop(), 30_000);

const SOURCE = { 'sources/events.sql': readFileSync(packageFile('test', 'support', 'plain-source.sql'), 'utf8') };
const EVENTS = `SELECT toDate('{{ date_start }}') AS date, team_id, 'raw' AS metric_name, toFloat64(count(distinct_id)) AS metric_value FROM events`;
const RAW = `${EVENTS} WHERE timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}' GROUP BY team_id`;
const FORGOT = `${EVENTS} GROUP BY team_id`;
const GOOD = `SELECT date, team_id, 'good' AS metric_name, toFloat64(count()) AS metric_value FROM {{ llm_events }} GROUP BY ALL`;

const settings = () => settingsOf('etl', shards.servers[0]!.url, { LLMA_SOURCE_RETENTION_DAYS: 'none' });
const pipelineOf = (sql: Readonly<Record<string, string>>) => pipelineAs(settings(), { ...SOURCE, ...sql });

async function warnings(): Promise<string[]> {
  const database = openDatabase(settings().clickhouse);
  onTestFinished(() => database.close());
  const found = await checkSource(settings(), database);
  return found.filter(({ check }) => check === 'limits').map(({ message }) => message);
}

/** Puts something in the source's place until the test is finished. */
async function source(create: string): Promise<void> {
  await shards.on(0, create);
  onTestFinished(async () => void (await shards.on(0, 'DROP TABLE raw.events SYNC')));
}

const over = (table: string) =>
  source(`CREATE TABLE raw.events AS raw.held ENGINE = Distributed('shards', 'raw', '${table}')`);

test('what may be read of shards is limited by what they explain', async () => {
  await over('held');
  const pipeline = pipelineOf({ 'good.sql': GOOD, 'raw.sql': RAW });
  const { days } = await pipeline.compute([DAY]);
  const rows = Number((days[0]!.settings as Record<string, string>)['max_rows_to_read']);
  // Four reads of the day for each of the templates, and the slice for what reads it and the recount.
  const estimate = rows - 4 * ROWS;
  expect(estimate).toBeGreaterThan(4 * 4 * ROWS);
  expect(estimate).toBeLessThan(6 * 4 * ROWS);
  await pipeline.cleanUp();
  const forgetful = pipelineOf({ 'good.sql': GOOD, 'forgot.sql': FORGOT });
  const failure = await failureOf(forgetful.compute([DAY]));
  await forgetful.cleanUp();
  expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
  expect(failure.message).toMatch(/^sql\/forgot\.sql .*it would read (3,\d{3},\d{3}|more) rows/);
  expect(await warnings()).toEqual([]);
}, 60_000);

test('… and not where they read a table without an index, which the doctor says', async () => {
  await over('log');
  const pipeline = pipelineOf({ 'good.sql': GOOD, 'forgot.sql': FORGOT });
  const { days } = await pipeline.compute([DAY]);
  await pipeline.cleanUp();
  expect(days[0]!.settings).not.toHaveProperty('max_rows_to_read');
  expect(await warnings()).toEqual([expect.stringMatching(/^events come from other servers, .* has no effect$/)]);
}, 60_000);

test('of what only a view shows there is no limit, which the doctor says', async () => {
  await shards.on(0, 'CREATE DATABASE internal');
  await shards.on(0, 'RENAME TABLE raw.held TO internal.held');
  onTestFinished(async () => void (await shards.on(0, 'RENAME TABLE internal.held TO raw.held')));
  await source('CREATE VIEW raw.events DEFINER = default SQL SECURITY DEFINER AS SELECT * FROM internal.held');
  expect(await warnings()).toEqual([
    expect.stringMatching(
      /^the definition of internal\.held, which raw\.events reads can't be read here, .* has no effect$/,
    ),
  ]);
});
