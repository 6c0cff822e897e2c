import { expect, test } from 'vitest';
import type { QueryOptions } from '../../clickhouse/database.js';
import { withDatabase } from '../support/activity-harness.js';
import { rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { markers } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';

test('an accept whose count of its candidates has no row, as when the query is ended meanwhile, has them computed again', async () => {
  harness.templates({ a: rowsTemplate([1, 'x', 1]) });
  const computed = await pipeline.compute([DAY]);
  await harness.command(`TRUNCATE TABLE ${computed.candidates}`);
  const { command } = harness.database;
  // The server gives the same answer (125) to this setting and a table without rows.
  Object.assign(harness.database, {
    command: (sql: string, options?: QueryOptions) =>
      command(sql, { ...options, settings: { ...options?.settings, empty_result_for_aggregation_by_empty_set: 1 } }),
  });
  try {
    expect(await failureOf(pipeline.accept(computed))).toEqual({
      type: 'CandidatesLost',
      nonRetryable: true,
      message: 'month 202603: the candidates could not be counted; the query was ended meanwhile',
    });
  } finally {
    Object.assign(harness.database, { command });
  }
  expect(await markers(harness)).toEqual([]);
});
