import { beforeEach, describe, expect, test } from 'vitest';
import { publishQueryPrefix } from '../../clickhouse/names.js';
import type { PublishStep } from '../../clickhouse/publish.js';
import { unfinishedMonths } from '../../clickhouse/recovery.js';
import { monthOf, parsePartition } from '../../config/partition.js';
import { nothingRuns, withDatabase } from '../support/activity-harness.js';
import {
  countStatements,
  freezeAtStatement,
  freezeAtStep,
  publish,
  publishUntilDone,
  STEPS,
} from '../support/publishers.js';
import { liveRows } from '../support/tables.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const [DAY, OTHER] = ['2026-04-10', '2026-04-20'];

/** What analysts and operators see: values of both days, and of which version the status says they are. */
async function seen() {
  const rows = await liveRows(harness);
  const status = await harness.select<{ date: string; source_rows: number }>(
    `SELECT toString(s.date) AS date, source_rows FROM llma_partition_status AS s WHERE status = 'published' ORDER BY date`,
  );
  return {
    live: Object.fromEntries(rows.map(({ date, metric_value }) => [date, metric_value])),
    status: Object.fromEntries(status.map(({ date, source_rows }) => [date, source_rows])),
  };
}

const both = (day: number, other: number) => ({
  live: { [DAY]: day, [OTHER]: other },
  status: { [DAY]: day, [OTHER]: other },
});

beforeEach(async () => {
  await appendVersion(harness, { day: DAY, version: 1 });
  await appendVersion(harness, { day: OTHER, version: 1 });
  await publish(harness, DAY);
});

/**
 * A publisher that has `version` to publish stands still; another one publishes the next version; then the first one wakes up.
 * @returns what became of it.
 */
async function overtake(version: number, at: number): Promise<{ ended: unknown; step: PublishStep | undefined }> {
  await appendVersion(harness, { day: DAY, version });
  const { outcome, thaw, step } = await freezeAtStatement(harness, DAY, at);
  const where = `before statement ${at}, of ${step}`;
  await appendVersion(harness, { day: DAY, version: version + 1 });
  await publish(harness, DAY);
  expect(await seen(), where).toEqual(both(version + 1, 1));
  thaw();
  const ended = await outcome;
  expect(await seen(), `${where}: the frozen publisher took something back`).toEqual(both(version + 1, 1));
  return { ended, step };
}

describe('a publisher that is frozen while another publishes newer rows: the newer rows stay visible', () => {
  test('between any two statements', async () => {
    await appendVersion(harness, { day: DAY, version: 2 });
    const statements = await countStatements(harness, DAY);
    expect(statements).toBeGreaterThan(10);
    const steps = new Set<unknown>();
    for (let at = 0; at < statements; at++) {
      const { ended, step } = await overtake(10 + 2 * at, at);
      // At the beginning of a step: before its claim it sees everything; after its last look it has nothing left to do wrong.
      if (!steps.has(step)) expect(ended instanceof Error, step).toBe(step !== 'claim' && step !== 'drop');
      steps.add(step);
    }
    expect([...steps]).toEqual(STEPS);
    // It begins again, and finds all done.
    expect(await publish(harness, DAY)).toMatchObject({ changed: [] });
    expect(await unfinishedMonths(harness.database)).toEqual([]);
  });
});

test('two publishers that stand still at once, the first between claim and fence: nobody takes back what became visible', async () => {
  let version = 10;
  for (const first of [0, 1, 2]) {
    for (const step of ['swap', 'verify'] as const) {
      version += 2;
      const where = `the first before statement ${first}, the second before ${step}`;
      await appendVersion(harness, { day: DAY, version });
      const one = await freezeAtStatement(harness, DAY, first);
      const two = await freezeAtStep(harness, DAY, step);
      await appendVersion(harness, { day: DAY, version: version + 1 });
      one.thaw();
      const succeeded = !((await one.outcome) instanceof Error);
      if (succeeded) expect(await seen(), where).toEqual(both(version + 1, 1));
      two.thaw();
      await two.outcome;
      if (succeeded) expect(await seen(), `${where}: back in time`).toEqual(both(version + 1, 1));
      await publishUntilDone(harness, DAY);
      expect(await seen(), where).toEqual(both(version + 1, 1));
    }
  }
});

test('a publisher that dies before any step: the next publish shows the newest rows, and sweeps its staging table', async () => {
  for (const [index, step] of STEPS.entries()) {
    const version = 10 + index;
    await appendVersion(harness, { day: DAY, version });
    const dying = publish(harness, DAY, {
      onStep: async (name) => {
        if (name !== step) return;
        await appendVersion(harness, { day: OTHER, version });
        // As after kill -9: nothing of it runs any more, and nothing was tidied up.
        throw new Error('died');
      },
    });
    await expect(dying, step).rejects.toThrow('died');
    expect(await harness.temporaryTables(), step).toHaveLength(step === 'claim' ? 0 : 1);
    await publish(harness, DAY);
    expect(await seen(), step).toEqual(both(version, version));
    expect(await harness.temporaryTables(), step).toEqual([]);
  }
});

test('two at the same moment: both end, and everything is visible once', async () => {
  for (let round = 0; round < 2; round++) {
    await appendVersion(harness, { day: DAY, version: 100 + round, rows: 3 });
    await Promise.all([publishUntilDone(harness, DAY), publishUntilDone(harness, DAY)]);
    const rows = await liveRows(harness);
    expect(rows.filter(({ date }) => date === DAY).map(({ team_id, metric_value }) => [team_id, metric_value])).toEqual(
      [1, 2, 3].map((team) => [team, 100 + round]),
    );
    expect(rows.filter(({ date }) => date === OTHER)).toHaveLength(1);
  }
});

test('a query that a dead publisher left running is killed before anything is read', async () => {
  const queryId = `${publishQueryPrefix(harness.name, monthOf(parsePartition(DAY)))}build-of-the-dead`;
  const left = harness.database.command('SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1', {
    queryId,
  });
  const outcome = left.catch((error: unknown) => error);
  await expect.poll(() => harness.runningQueries(), { timeout: 20_000 }).toContain(queryId);
  await publish(harness, DAY, {
    onStep: async (step) => {
      if (step === 'build') await nothingRuns(harness);
    },
  });
  expect(await outcome).toMatchObject({ code: '394' });
});

test('a publisher of another database, or another month, is left alone', async () => {
  await appendVersion(harness, { day: '2026-05-01', version: 1 });
  const otherMonth = await freezeAtStep(harness, '2026-05-01', 'swap');
  const elsewhere = [`llma-pub-202604-${'0'.repeat(16)}-replace`, 'llma-pub-202605-x'];
  const others = elsewhere.map((queryId) =>
    harness.database.command('SELECT sleep(2)', { queryId }).then(
      () => 'done',
      () => 'killed',
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  await publish(harness, DAY);
  expect(await Promise.all(others)).toEqual(['done', 'done']);
  otherMonth.thaw();
  expect(await otherMonth.outcome).toMatchObject({ rows: 1 });
});
