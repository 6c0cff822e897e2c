/** A day has a version that the clock has yet to come to, as it went back: what is computed meanwhile counts in the order of its opening. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ComputedDay } from '../../activities/accept-partitions.js';
import { latestVersions, overtakenDays } from '../../activities/latest-versions.js';
import { currentRuns } from '../../clickhouse/current.js';
import { addDays, monthOf, parsePartition, type Partition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';
import { ledger, liveRows, markers } from '../support/tables.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = parsePartition('2026-03-10');
const COUNT = `-- metrics, by date: n
SELECT date, team_id, 'n' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;
const fromNow = (ms: number) => (Date.now() + ms) * 1000;
const values = async () => (await liveRows(harness)).map(({ metric_value }) => metric_value);

// Again and again: which of two runs has the greater number is chance.
test.each([1, 2, 3, 4, 5, 6])(
  'the later one counts, whichever is accepted first, and the other is superseded (%i)',
  async (time) => {
    harness.templates({ n: COUNT });
    await appendVersion(harness, { day: DAY, template: 'n', metric: 'n', version: fromNow(300_000) });
    await addEvents(harness, { day: DAY, count: 3 });
    const early = await pipeline.compute([DAY]);
    await addEvents(harness, { day: DAY, count: 2 });
    const late = await pipeline.compute([DAY]);
    expect(late.days[0]!.version).toBe(early.days[0]!.version);
    if (time % 2 === 0) expect(await pipeline.accept(early)).toMatchObject({ superseded: [] });
    expect(await pipeline.accept(late)).toMatchObject({ accepted: [DAY], superseded: [] });
    if (time % 2 === 1) {
      expect(await pipeline.accept(early)).toMatchObject({ accepted: [DAY], superseded: [DAY] });
      expect((await ledger(harness, 'status')).at(-1)).toEqual({ status: 'superseded' });
    }
    await pipeline.publish(DAY);
    expect(await values()).toEqual([5]);
    // Twice, as after a lost answer, is still the same one.
    expect(await pipeline.accept(late)).toMatchObject({ superseded: [] });
    await pipeline.publish(DAY);
    expect(await values()).toEqual([5]);
  },
);

test('of two versions of before, which say no snapshot, one counts', async () => {
  for (const value of [1, 1]) await appendVersion(harness, { day: DAY, version: 1, value });
  await appendVersion(harness, { day: DAY, version: 1, snapshot: 1, value: 2 });
  expect((await markers(harness)).map(({ version }) => version)).toEqual([1, 1, 1]);
  await pipeline.publish(DAY);
  expect(await values()).toEqual([2]);
});

type Step = { readonly open: 'chunk' | 'day' } | { readonly accept: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ open: fc.constantFrom('chunk' as const, 'day' as const) }),
  fc.record({ accept: fc.nat({ max: 5 }) }),
);

/** Says the snapshot and version of a computation of a day that begins now. */
async function open(day: Partition, how: 'chunk' | 'day') {
  const [file, params] =
    how === 'day' ? (['open-version', { partition: day }] as const) : (['open-versions', { days: [day] }] as const);
  const sql = harness.database.statement(`pipeline/${file}.sql`);
  const [row] = await harness.database.select<{ snapshot: string; version: string }>(sql, { params });
  return { snapshot: Number(row!.snapshot), version: Number(row!.version) };
}

let days = 0;

test('whatever is opened and accepted in whichever order: of what was accepted the last one opened counts, and whoever it overtook knows', async () => {
  await fc.assert(
    fc.asyncProperty(
      // How far the clock is behind: hours, or so little that it passes the greatest version meanwhile, or not at all.
      fc.constantFrom(3_600_000, 3_600_000, 60, 25, -3_600_000),
      fc.array(step, { minLength: 6, maxLength: 12, size: 'max' }),
      async (behind, steps) => {
        const day = addDays(DAY, (days += 1));
        await appendVersion(harness, { day, version: fromNow(behind), rows: 100 });
        const opened: Awaited<ReturnType<typeof open>>[] = [];
        let last = -1;
        for (const what of steps) {
          if ('open' in what) opened.push(await open(day, what.open));
          else if (opened.length > 0) {
            const index = what.accept % opened.length;
            const one = opened[index]!;
            await appendVersion(harness, { day, ...one, rows: index + 1 });
            last = Math.max(last, index);
            const current = (await currentRuns(harness.database, monthOf(day))).filter(({ date }) => date === day);
            expect(current.map(({ rows }) => rows)).toEqual([last + 1]);
            const computed = { partition: day, templates: { a: '' }, ...one } as unknown as ComputedDay;
            const latest = await latestVersions(harness.deps, [computed]);
            expect(overtakenDays([computed], latest)).toEqual(index < last ? [day] : []);
          }
        }
      },
    ),
    { numRuns: 30 },
  );
});
