/** Every statement of ours, whatever it is for, may find all places taken. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../clickhouse/migrate.js';
import { crowdedProxy, type CrowdedProxy } from '../support/crowded-proxy.js';
import {
  install,
  settingsOf,
  startChecks,
  usersOf,
  wholePipeline,
  type Installation,
} from '../support/installation.js';

const DAY = '2026-03-01';
let here: Installation;
let proxy: CrowdedProxy;

beforeAll(async () => {
  here = await install((['migrator', 'etl', 'recorder'] as const).map((role) => usersOf(role)[0]!));
  proxy = await crowdedProxy(here.url);
});
afterAll(async () => {
  await proxy.close();
  await here.server.stop();
});

test('a migration, a worker’s checks and a whole day end well when each statement is refused once', async () => {
  await migrate(settingsOf('migrator', proxy.url), { withSources: true });
  await here.ask(
    'recorder',
    `INSERT INTO raw.events (uuid, event, properties, timestamp, team_id, distinct_id)
     SELECT generateUUIDv4(number), '$ai_generation', '{}', toDateTime64('${DAY}', 6, 'UTC') + number, number % 3, 'u' FROM numbers(30)`,
  );
  await startChecks('etl', proxy.url);
  await wholePipeline('etl', { ...here, url: proxy.url }, DAY);
  await wholePipeline('etl', { ...here, url: proxy.url }, DAY);
  const count = `SELECT sum(metric_value) FROM llma.llma_metrics_daily WHERE metric_name = 'ai_generation_count'`;
  expect(await here.ask('default', count)).toBe('30');
  expect(await here.ask('default', "SELECT name FROM system.tables WHERE match(name, '^llma_(cand|pub|slice)_')")).toBe(
    '',
  );
  const kinds = new Set([...proxy.refused].map((words) => words.split(/\s+/)[0]));
  expect([...kinds]).toEqual(expect.arrayContaining(['SELECT', 'INSERT', 'CREATE', 'DROP', 'ALTER', 'KILL']));
}, 60_000);
