import { MockActivityEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';
import { eventsOf } from '../../activities/slice/choose.js';
import { fillSlice, type Filled } from '../../activities/slice/fill.js';
import { openDatabase } from '../../clickhouse/database.js';
import { parsePartition } from '../../config/partition.js';
import { NARROW_SLICE_COLUMNS, SLICE_COLUMNS } from '../../templates/canonical.js';
import type { Catalogue } from '../../templates/catalogue.js';
import { activityDeps } from '../support/activity-deps.js';
import { EVENT_TYPES, type SqlHarness } from './harness.js';

export interface SliceOptions {
  readonly days: readonly string[];
  readonly eventTypes?: readonly string[];
  /** Without the columns that the shipped metrics don't need, as the pipeline makes it for them. Default true. */
  readonly narrow?: boolean;
}

/** The days' events as the pipeline keeps them while it computes, filled by what fills them there, in a table `slice`. */
export async function makeSlice(
  sql: SqlHarness,
  catalogue: Catalogue,
  { days, eventTypes = EVENT_TYPES, narrow = true }: SliceOptions,
): Promise<void> {
  const { settings, now } = activityDeps({
    environment: { CLICKHOUSE_URL: inject('clickhouseUrl'), CLICKHOUSE_DATABASE: sql.database },
  });
  const database = openDatabase(settings.clickhouse);
  const deps = { settings, now, database, catalogue: () => catalogue };
  const { signal } = new AbortController();
  const attempt = { deps, chunk: 0, settings: {}, signal, report: () => undefined, made: [] };
  const partitions = days.map((day) => parsePartition(day));
  const activity = async () =>
    await fillSlice(attempt, {
      engine: 'Memory',
      columns: narrow ? NARROW_SLICE_COLUMNS : SLICE_COLUMNS,
      llmEvents: eventsOf({ catalogue, eventTypes, days: partitions, narrow }),
      deduplicate: true,
      memoryMb: 1e6,
      catalogue,
      whenRead: () => Promise.resolve(),
    });
  const environment = new MockActivityEnvironment({ workflowExecution: { workflowId: 'w', runId: 'r' } });
  try {
    const filled: Promise<Filled> = environment.run(activity);
    const { table } = await filled;
    await sql.command('DROP TABLE IF EXISTS slice SYNC');
    await sql.command(`RENAME TABLE ${table} TO slice`);
  } finally {
    await database.close();
  }
}

/** What templates select from, of all its days. */
export const SLICE_EVENTS = '(SELECT * EXCEPT (not_understood, left_out) FROM slice WHERE NOT left_out)';
