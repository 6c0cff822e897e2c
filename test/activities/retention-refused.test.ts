import { afterEach, describe, expect, test } from 'vitest';
import { sourceGuard } from '../../activities/retention/guard.js';
import { addDays, fromTime, type Partition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, slowTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
/** Days before today, by the clock of this machine, which is ClickHouse's too. */
const ago = (days: number): Partition => addDays(fromTime(Date.now()), -days);
const OLD = ago(91);
const KEPT = ago(80);

/** Sets the TTL of a table; nothing is deleted by it. */
async function ttl(clause: string, table = 'events'): Promise<void> {
  await harness.command(`ALTER TABLE ${table} ${clause} SETTINGS materialize_ttl_after_modify = 0`);
}

async function clock(): Promise<{ snapshot: number }> {
  const [row] = await harness.select<{ snapshot: number }>('SELECT toUnixTimestamp64Micro(now64(6)) AS snapshot');
  return row!;
}

afterEach(async () => {
  await harness.command('ALTER TABLE events REMOVE TTL').catch(() => undefined);
});

describe('a day that is computed', () => {
  const backfill = (day: Partition, computeExpired?: string) =>
    pipeline.backfill([day], computeExpired === undefined ? {} : { computeExpired });

  test('is refused when it has expired, with what, why and what to do; its old rows stay', async () => {
    await addEvents(harness, { day: OLD, count: 5 }, { day: KEPT, count: 2 });
    await backfill(OLD);
    await ttl('MODIFY TTL toDateTime(timestamp) + INTERVAL 90 DAY');
    const failure = await failureOf(pipeline.compute([OLD]));
    expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
    expect(failure.message).toBe(
      `partition ${OLD} was not computed: its source rows have expired, wholly or in part: ${harness.name}.events has TTL ` +
        `toDateTime(timestamp) + toIntervalDay(90), so its first rows went at ${addDays(OLD, 90)} 00:00 UTC. What was visible stays. ` +
        `To compute it from what is left: llma backfill --from ${OLD} --to ${OLD} --compute-expired "REASON". ` +
        `If the rows are still there: LLMA_SOURCE_RETENTION_DAYS`,
    );
    await backfill(KEPT);
    const rows = await harness.select(
      "SELECT toString(d.date) AS day, metric_value AS n FROM llma_metrics_daily AS d WHERE metric_name = 'ai_generation_count' ORDER BY day",
    );
    expect(rows).toEqual([
      { day: OLD, n: 5 },
      { day: KEPT, n: 2 },
    ]);
  });

  test('is computed from what is left for a reason, which the ledger keeps; a day that is there needs none', async () => {
    await addEvents(harness, { day: OLD, count: 5 }, { day: KEPT, count: 2 });
    await ttl('MODIFY TTL toDateTime(timestamp) + INTERVAL 90 DAY');
    await backfill(OLD, 'restored from the archive');
    await backfill(KEPT, 'restored from the archive');
    expect(
      await harness.select(
        'SELECT toString(s.date) AS day, status, reason, source_rows AS n FROM llma_partition_status AS s ORDER BY day',
      ),
    ).toEqual([
      { day: OLD, status: 'published', reason: 'restored from the archive', n: 5 },
      { day: KEPT, status: 'published', reason: '', n: 2 },
    ]);
  });

  test('is refused when rows expire while they are read, by a TTL that nobody had when it began', async () => {
    harness.templates({ slow: slowTemplate(2) });
    const day = ago(5);
    const { database } = harness;
    const { command } = database;
    let inserted = false;
    Object.assign(database, {
      command: async (...args: Parameters<typeof command>) => {
        if (!args[0].includes('INSERT INTO') || !args[0].includes('llma_cand_')) return await command(...args);
        // From here on the partition is let in: it expires in a second, and is read for two.
        const seconds = Math.ceil((await clock()).snapshot / 1e6 - Date.parse(`${day}T00:00:00Z`) / 1000);
        await ttl(`MODIFY TTL toDateTime(timestamp) + toIntervalSecond(${seconds})`);
        const summary = await command(...args);
        inserted = true;
        return summary;
      },
    });
    try {
      expect(await failureOf(pipeline.compute([day]))).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
      expect(inserted).toBe(true);
    } finally {
      Object.assign(database, { command });
    }
  });

  test('is refused by name when nobody can tell, unless the configuration does', async () => {
    await ttl('MODIFY TTL toDateTime(timestamp) + toIntervalDay(if(team_id = 3, 7, 90))');
    const failure = await failureOf(pipeline.compute([KEPT]));
    expect(failure).toMatchObject({ type: 'RetentionUnknown', nonRetryable: true });
    expect(failure.message).toMatch(
      /^partition .*: whether its source rows have expired can't be told: t_act_\w+\.events has TTL .*team_id = 3.*, which depends on team_id: that is no time; state how long rows are kept with LLMA_SOURCE_RETENTION_DAYS/,
    );
    for (const [sourceRetention, is] of [
      ['none', false],
      [85, false],
      [79, true],
    ] as const) {
      const facts = await sourceGuard(harness.database, { sourceRetention })(await pipeline.render(KEPT));
      expect(((await facts.expiry(KEPT))?.at ?? Infinity) <= (await clock()).snapshot).toBe(is);
    }
  });
});
