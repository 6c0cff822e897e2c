/** The same job over fewer of a size's days, so that what grows with days can be told from what does not. */
import type { Ground } from './ground.js';
import { job, type Measured } from './job-rounds.js';
import type { PartContext } from './part.js';
import { rangeOf, reference } from './reference.js';
import type { Table } from './results.js';
import { SIZES, spansOf } from './sizes.js';
import { medianRatio, spread } from './statistics.js';
import { timed } from './timed.js';

/** @param all the whole size, which has been measured already */
export async function measureSpans(
  ground: Ground,
  { size, rounds, progress }: PartContext,
  all: Measured,
): Promise<Table> {
  const rows: (readonly number[])[] = [];
  for (const days of spansOf(SIZES[size]).filter((span) => span < SIZES[size].days)) {
    const jobs: number[] = [];
    const decodes: number[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`${days} days, round ${round + 1} of ${rounds}`);
      decodes.push((await timed(ground.clickhouse, reference('decode.sql'), rangeOf(SIZES[size], days))).ms);
      jobs.push(await job(ground, size, `${days}-days-${round}`, days));
    }
    rows.push(rowOf(days, jobs, decodes));
  }
  const { days, perDay } = SIZES[size];
  rows.push(
    rowOf(
      days,
      all.jobs.map(({ ms }) => ms),
      all.decode.ms,
    ),
  );
  return {
    title: `Whole job by number of days, of ${perDay.toLocaleString('en-US')} events each`,
    columns: [
      ...['days', 'events'].map((head) => ({ head })),
      ...['min, ms', 'median', 'max'].map((head) => ({ head })),
      { head: 'ns an event' },
      { head: '÷ decode.sql', digits: 2 },
    ],
    rows,
  };

  function rowOf(of: number, jobs: readonly number[], decodes: readonly number[]): readonly number[] {
    const { min, median, max } = spread(jobs);
    const events = of * SIZES[size].perDay;
    return [of, events, min, median, max, (median * 1e6) / events, medianRatio(jobs, decodes)];
  }
}
