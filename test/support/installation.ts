import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../activities/index.js';
import { lookAtMonths } from '../../clickhouse/look.js';
import { openDatabase, type Database } from '../../clickhouse/database.js';
import { unfinishedMonths } from '../../clickhouse/recovery.js';
import { grantText, readRole, type RoleName } from '../../clickhouse/roles.js';
import { packageFile } from '../../config/package-file.js';
import { parsePartition } from '../../config/partition.js';
import { loadSettings, type Settings } from '../../config/settings.js';
import type { ClickHouseUser } from '../../embedded/clickhouse-config.js';
import { startClickHouse, type ClickHouseServer } from '../../embedded/clickhouse-server.js';
import { freePort } from '../../embedded/ports.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { checkClickHouse } from '../../worker/check-clickhouse.js';
import { checkTemplates } from '../../worker/check-templates.js';
import { activityDeps } from './activity-deps.js';
import type { ActivityHarness } from './activity-harness.js';
import { Pipeline } from './pipeline.js';
import { serverDirectory } from './server-directory.js';
import { removedWithFile } from './temporary-directory.js';
import { forTests } from './for-tests.js';

type Environment = Readonly<Record<string, string>>;

/** Our tables in `llma`, the raw events in `raw`, as the user `name` sees them. */
export function settingsOf(name: string, url = 'http://127.0.0.1:1', more: Environment = {}): Settings {
  const databases = { CLICKHOUSE_DATABASE: 'llma', CLICKHOUSE_SOURCE_DATABASE: 'raw' };
  const user = { CLICKHOUSE_URL: url, CLICKHOUSE_USER: name, CLICKHOUSE_PASSWORD: PASSWORD };
  return loadSettings({ ...databases, ...user, ...more }, '/nonexistent');
}

/** Of every user of it. */
export const PASSWORD = 'it\'s "a" \\ secret';

/** The grants of a role, as statements' middle parts: `INSERT ON llma.llma_metrics_daily`. */
export function grantsOf(role: RoleName, environment: Environment = {}): string[] {
  return readRole(role, settingsOf('any', undefined, environment), { withSources: true }).grants.map(grantText);
}

/** Users of a role, one that has all its grants, `etl`, and for each grant one without it, `etl_0`, …. */
export function usersOf(role: RoleName, environment: Environment = {}): ClickHouseUser[] {
  const all = grantsOf(role, environment).map((grant) => `GRANT ${grant}`);
  const user = (name: string, grants: string[]) => ({ name, password: PASSWORD, grants });
  return [user(role, all), ...all.map((_, left) => user(`${role}_${left}`, all.toSpliced(left, 1)))];
}

export interface Installation {
  readonly server: ClickHouseServer;
  readonly url: string;
  /** What the server says to a statement of a user; `default` may do everything. @throws its error */
  ask(user: string, sql: string, settings?: Readonly<Record<string, string>>): Promise<string>;
}

/** A server of the test file's own, with these users. It knows itself as the only shard of the cluster `own`. */
export async function install(users: readonly ClickHouseUser[]): Promise<Installation> {
  const tcpPort = await freePort();
  const dataDir = forTests(removedWithFile(serverDirectory()));
  const server = await startClickHouse({ dataDir, users, tcpPort, clusters: { own: [tcpPort] } });
  const { url } = server;
  return {
    server,
    url,
    async ask(user, sql, settings = {}) {
      const headers = { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': user === 'default' ? '' : PASSWORD };
      const response = await fetch(`${url}/?${new URLSearchParams(settings).toString()}`, {
        method: 'POST',
        body: sql,
        headers,
      });
      const said = (await response.text()).trim();
      if (!response.ok) throw new Error(said);
      return said;
    },
  };
}

/** What a worker does when it starts, as this user. */
export async function startChecks(name: string, url: string): Promise<void> {
  const settings = settingsOf(name, url);
  await using(settings, async (database) => {
    await checkClickHouse(database);
    await checkTemplates(settings, database);
    await unfinishedMonths(database);
  });
}

/** What a worker does with a day, as this user: publish, look back, record, sweep, compute, accept, clean up. */
export async function wholePipeline(name: string, { url, ask }: Installation, day: string): Promise<void> {
  const settings = settingsOf(name, url);
  // A superseded version, to sweep.
  await ask(
    'default',
    `INSERT INTO llma.llma_metrics_versions (date, team_id, metric_name, metric_value, template, version, run) VALUES ('${day}', 0, '', 0, 'event_counts', 1, 1), ('${day}', 0, '', 0, 'event_counts', 2, 2)`,
  );
  await ask(
    'default',
    `INSERT INTO llma.llma_metrics_states_versions (date, template, version, run) VALUES ('${day}', 'distinct_ids', 1, 1)`,
  );
  await using(settings, async (database) => {
    const { now } = activityDeps();
    const catalogue = () => loadCatalogue({ sqlDir: packageFile('sql'), only: METRICS });
    const activities = createActivities({ settings, database, catalogue, now });
    // A second attempt first kills the queries of its predecessor.
    const workflowExecution = { workflowId: `as ${name}`, runId: randomUUID() };
    const environment = new MockActivityEnvironment({ workflowExecution, attempt: 2 }, { logger: quiet });
    const run: ActivityHarness['run'] = (activity, input) =>
      environment.run(activities[activity] as (of: unknown) => Promise<unknown>, input) as never;
    // What a worker does besides.
    await lookAtMonths(database, new AbortController().signal);
    await everyActivity({ run, settings }, day);
  });
}

async function using(settings: Settings, work: (database: Database) => Promise<void>): Promise<void> {
  const database = openDatabase(settings.clickhouse);
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

/** One of them has states. */
const METRICS = ['distinct_ids', 'event_counts'];

const quiet = new DefaultLogger('ERROR');

/** Shows first what is quick to show: the publish is of what the pipeline has accepted before. */
async function everyActivity(harness: Pick<ActivityHarness, 'run' | 'settings'>, day: string) {
  const pipeline = new Pipeline(harness);
  const partition = parsePartition(day);
  await pipeline.publish(day);
  const settings = await harness.run('readSettings', { kind: 'daily', input: {} });
  await harness.run('checkLookback', { partition, settings });
  await harness.run('recordOutcomes', { days: [{ partition, status: 'failed', error: 'a test' }] });
  await harness.run('sweepVersions', { olderThanDays: 0 });
  await pipeline.computeAndAccept([day], { metrics: METRICS });
  await pipeline.cleanUp();
}
