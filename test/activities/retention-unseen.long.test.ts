/** A view may read, with its definer's rights, a table that our user can't see: what that one deletes, nobody here can tell. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../clickhouse/migrate.js';
import { addDays, fromTime } from '../../config/partition.js';
import { install, settingsOf, usersOf, type Installation } from '../support/installation.js';
import { failureOf } from '../support/pipeline.js';
import { pipelineAs } from '../support/pipeline-as.js';

const DAY = addDays(fromTime(Date.now()), -91);
let here: Installation;

beforeAll(async () => {
  here = await install((['migrator', 'etl'] as const).map((role) => usersOf(role)[0]!));
  await migrate(settingsOf('migrator', here.url), { withSources: true });
});
afterAll(() => here.server.stop());

const admin = (sql: string) => here.ask('default', sql);
const visible = () =>
  here.ask('etl', `SELECT metric_value FROM llma.llma_metrics_daily WHERE metric_name = 'ai_generation_count'`);

const pipelineOf = (environment: Readonly<Record<string, string>> = {}) =>
  pipelineAs(settingsOf('etl', here.url, environment));

test('a day of such a view is refused, and its rows stay, until somebody says how long the source keeps them', async () => {
  await admin('CREATE DATABASE internal');
  await admin(
    `INSERT INTO raw.events (uuid, event, properties, timestamp, team_id, distinct_id)
     SELECT generateUUIDv4(number), '$ai_generation', '{}', toDateTime64('${DAY}', 6, 'UTC') + number, 1, 'u' FROM numbers(30)`,
  );
  const pipeline = pipelineOf();
  await pipeline.backfill([DAY]);
  await pipeline.cleanUp();
  expect(await visible()).toBe('30');

  await admin('RENAME TABLE raw.events TO internal.events_local');
  await admin(
    'ALTER TABLE internal.events_local MODIFY TTL toDateTime(timestamp) + INTERVAL 90 DAY SETTINGS materialize_ttl_after_modify = 0',
  );
  await admin(
    'CREATE VIEW raw.events DEFINER = default SQL SECURITY DEFINER AS WITH rows AS (SELECT * FROM internal.events_local) SELECT * FROM rows',
  );
  await admin('DELETE FROM internal.events_local WHERE toSecond(timestamp) < 20');
  expect(await here.ask('etl', 'SELECT count() FROM raw.events')).toBe('10');

  const failure = await failureOf(pipeline.backfill([DAY]));
  expect(failure).toMatchObject({ type: 'RetentionUnknown', nonRetryable: true });
  expect(failure.message).toContain('the definition of internal.events_local, which raw.events reads');
  await pipeline.cleanUp();
  expect(await visible()).toBe('30');

  const told = pipelineOf({ LLMA_SOURCE_RETENTION_DAYS: 'none' });
  await told.backfill([DAY]);
  await told.cleanUp();
  expect(await visible()).toBe('10');
});
