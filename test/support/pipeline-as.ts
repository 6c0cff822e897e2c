import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { onTestFinished } from 'vitest';
import { createActivities } from '../../activities/index.js';
import { openDatabase } from '../../clickhouse/database.js';
import type { Settings } from '../../config/settings.js';
import { activityDeps } from './activity-deps.js';
import type { ActivityHarness } from './activity-harness.js';
import { Pipeline } from './pipeline.js';

type Files = Readonly<Record<string, string>>;

/** The pipeline of a worker with these settings: of the user that they name. Until the test is finished. */
export function pipelineAs(settings: Settings, sql?: Files): Pipeline {
  const database = openDatabase(settings.clickhouse);
  onTestFinished(() => database.close());
  const { now, catalogue } = activityDeps(sql ? { sql } : {});
  const activities = createActivities({ settings, database, now, catalogue });
  const workflowExecution = { workflowId: `as ${settings.clickhouse.user}`, runId: 'of it' };
  const mock = new MockActivityEnvironment({ workflowExecution }, { logger: new DefaultLogger('ERROR') });
  const run: ActivityHarness['run'] = (name, input) =>
    mock.run(activities[name] as (of: unknown) => Promise<unknown>, input) as never;
  return new Pipeline({ run, settings });
}
