import { CancelledFailure } from '@temporalio/common';
import { beforeEach, describe, expect, test } from 'vitest';
import type { VerifyRowCountsInput } from '../../activities/verify-row-counts.js';
import { withDatabase } from '../support/activity-harness.js';
import { withPipeline } from '../support/pipeline.js';
import { GOOD, insertDays } from '../support/verifications.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);

describe('cancelled while others are verified with it', () => {
  const slowAudit =
    "-- warning, by date: x\nSELECT today() AS date, 'slow' AS message FROM (SELECT sleepEachRow(0.02) AS slept FROM numbers(150) SETTINGS max_block_size = 1) WHERE slept > 1";
  const running = async () => (await harness.runningQueries()).filter((id) => id.startsWith('llma-insert-'));
  let inputs: VerifyRowCountsInput[];
  beforeEach(async () => {
    inputs = await insertDays({
      harness,
      pipeline,
      rows: { '2026-03-01': GOOD, '2026-03-02': GOOD, '2026-03-03': GOOD },
      audits: { slow: slowAudit },
    });
  });
  const begin = async () => {
    const environments = inputs.map(({ partition }) => harness.environment({ activityId: partition }));
    const ended = inputs.map((input, index) =>
      harness.run('verifyRowCounts', input, environments[index]).catch((error: unknown) => error),
    );
    const slow = `SELECT count() AS n FROM system.processes WHERE current_database = '${harness.name}' AND startsWith(query_id, 'llma-insert-') AND query LIKE '%sleepEachRow%'`;
    await expect.poll(async () => await harness.select(slow), { timeout: 20_000 }).toEqual([{ n: 1 }]);
    return { environments, ended };
  };

  test('one ends at once, and the others have their results', async () => {
    const { environments, ended } = await begin();
    environments[1]!.cancel();
    expect(await ended[1]).toBeInstanceOf(CancelledFailure);
    expect(await running()).toHaveLength(1);
    expect(await ended[0]).toMatchObject({ rows: 2, findings: [] });
    expect(await ended[2]).toMatchObject({ rows: 2, findings: [] });
  });

  test('when nobody is left, the query is killed', async () => {
    const { environments, ended } = await begin();
    for (const environment of environments) environment.cancel();
    for (const end of await Promise.all(ended)) expect(end).toBeInstanceOf(CancelledFailure);
    expect(await running()).toEqual([]);
  });

  test('clean-up of the chunk kills it', async () => {
    const { ended } = await begin();
    await harness.run('cleanUp', { chunk: 0, kill: true });
    expect(await running()).toEqual([]);
    for (const end of await Promise.all(ended)) expect(end).toMatchObject({ type: 'ClickHouseTransient' });
  });
});
