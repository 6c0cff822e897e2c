/** The source is a Distributed table, and the worker's user has the role etl: with the right to look at shards' tables, or without. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../clickhouse/migrate.js';
import { addDays, fromTime } from '../../config/partition.js';
import { checkGrants } from '../../scripts/doctor/grants.js';
import { grantsOf, install, settingsOf, usersOf, type Installation } from '../support/installation.js';
import { failureOf } from '../support/pipeline.js';
import { pipelineAs } from '../support/pipeline-as.js';

const ago = (days: number) => addDays(fromTime(Date.now()), -days);
const OLD = ago(91);
const KEPT = ago(1);
const LOOK = 'SHOW COLUMNS ON system.tables';

let here: Installation;
const admin = (sql: string) => here.ask('default', sql);

beforeAll(async () => {
  const [migrator] = usersOf('migrator');
  const [etl, ...lacking] = usersOf('etl');
  const before = lacking[grantsOf('etl').indexOf(LOOK)]!;
  const remote = (name: string, { grants = [], ...user }: NonNullable<typeof etl>) => ({
    ...user,
    name,
    grants: [...grants, 'GRANT REMOTE ON *.*'],
  });
  here = await install([migrator!, etl!, remote('etl_remote', etl!), remote('before', before)]);
  await migrate(settingsOf('migrator', here.url), { withSources: true });
  await admin('RENAME TABLE raw.events TO raw.held');
  await admin(
    'ALTER TABLE raw.held MODIFY TTL toDateTime(timestamp) + INTERVAL 90 DAY SETTINGS materialize_ttl_after_modify = 0',
  );
  await admin("CREATE TABLE raw.events AS raw.held ENGINE = Distributed('own', 'raw', 'held')");
  await admin(
    `INSERT INTO raw.held (uuid, event, properties, timestamp, team_id, distinct_id)
     SELECT generateUUIDv4(number), '$ai_generation', '{}', toDateTime64('${KEPT}', 6, 'UTC') + number, 1, 'u' FROM numbers(30)`,
  );
});
afterAll(() => here.server.stop());

test('with it, and REMOTE, an expired day is refused by the TTL of the shards, and a kept one is computed', async () => {
  const pipeline = pipelineAs(settingsOf('etl_remote', here.url));
  const failure = await failureOf(pipeline.backfill([OLD]));
  expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
  expect(failure.message).toContain('raw.held has TTL toDateTime(timestamp) + toIntervalDay(90)');
  await pipeline.backfill([KEPT]);
  await pipeline.cleanUp();
  const count = "SELECT metric_value FROM llma.llma_metrics_daily WHERE metric_name = 'ai_generation_count'";
  expect(await admin(count)).toBe('30');
});

test.each([
  ['before', /grant SHOW COLUMNS ON system\.tables/],
  ['etl', /grant (READ ON REMOTE|REMOTE ON \*\.\*)/],
])('user %s, who lacks one of them, is told what the server said, and which rights to give', async (user, said) => {
  const failure = await failureOf(pipelineAs(settingsOf(user, here.url)).backfill([KEPT]));
  expect(failure).toMatchObject({ type: 'RetentionUnknown', nonRetryable: true });
  expect(failure.message).toContain(
    'the definition of raw.held on cluster own, which raw.events reads (ClickHouse 497: ',
  );
  expect(failure.message).toMatch(said);
  expect(failure.message).toContain('our user needs REMOTE ON *.* and the rights that "llma roles etl" prints');
});

test('the doctor names the right that an installation of before lacks', async () => {
  expect(await checkGrants(settingsOf('before', here.url))).toMatchObject([
    { level: 'problem', message: `user before lacks ${LOOK}`, remedy: `GRANT ${LOOK} TO before` },
  ]);
  expect(await checkGrants(settingsOf('etl_remote', here.url))).toMatchObject([{ level: 'ok' }]);
});
