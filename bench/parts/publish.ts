/** Accept and publish of one day, in months that have few rows or many, beside a copy of the same month. */
import { addDays, fromTime, monthOf, parsePartition, type Partition } from '../../config/partition.js';
import { backfill } from '../backfill.js';
import { fillMonth, visibleRows } from '../fill-month.js';
import type { Ground } from '../ground.js';
import { momentsOf } from '../histories.js';
import type { Part, PartContext } from '../part.js';
import { reference } from '../reference.js';
import type { Table } from '../results.js';
import { SIZES, type SizeName } from '../sizes.js';
import { median, medianRatio, spread, sum } from '../statistics.js';
import { judge } from '../targets.js';
import { timed } from '../timed.js';

/** Teams that fill the other 30 days of the month, with 32 metrics each: 0, about 1 million and about 10 million rows. */
const TEAMS: Partial<Record<SizeName, number>> = { TINY: 0, MID: 1042, LARGE: 10_417 };

/** The day that is computed: the first of its month, so that no audit finds what fills the others strange. */
const DAY = parsePartition('2026-05-01');

export const publishPart: Part = {
  about: 'accept and publish of a day of a month with 0, 1 M and 10 M rows, beside copy-month.sql',
  sizes: Object.keys(TEAMS) as SizeName[],
  async measure(context) {
    const ground = await context.open({ size: { ...SIZES.TINY, days: 1 } });
    const teams = TEAMS[context.size] ?? 0;
    if (teams > 0) {
      context.progress('fills the month');
      await fillMonth(ground, { month: monthOf(DAY), from: addDays(DAY, 1), days: 30, teams });
    }
    await ground.clickhouse.command({ query: 'CREATE TABLE copied AS llma_metrics_daily' });
    const days = await daysToCompute(ground, teams > 0 ? 0 : context.rounds);
    await publishDay(ground, { day: DAY, name: 'warm' });
    const measured = await measureRounds(ground, context, days);
    return resultOf(measured, { filled: teams > 0, rows: await visibleRows(ground.clickhouse, monthOf(DAY)) });
  },
};

/** Of a month that must be empty each round needs its own: the day's events, moved there. @returns the day of each round */
async function daysToCompute({ clickhouse }: Ground, months: number): Promise<Partition[]> {
  const days: Partition[] = [];
  for (let back = 1; back <= months; back++) {
    const day = fromTime(Date.UTC(Number(DAY.slice(0, 4)), Number(DAY.slice(5, 7)) - 1 - back, 1));
    days.push(day);
    await clickhouse.command({
      query: `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id)
        SELECT uuid, event, properties, timestamp - toIntervalDay(toDate({from:Date}) - toDate({to:Date})), team_id, distinct_id
        FROM events AS e WHERE toDate(e.timestamp) = {from:Date}`,
      query_params: { from: DAY, to: day },
    });
  }
  return days;
}

interface Measured {
  readonly accept: number[];
  readonly publish: number[];
  readonly copy: number[];
}

async function measureRounds(
  ground: Ground,
  { rounds, progress }: PartContext,
  days: readonly Partition[],
): Promise<Measured> {
  const measured: Measured = { accept: [], publish: [], copy: [] };
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    const day = days[round] ?? DAY;
    if (days.length === 0) measured.copy.push(await copyMonth(ground));
    const { accept, publish } = await publishDay(ground, { day, name: String(round) });
    measured.accept.push(accept);
    measured.publish.push(publish);
  }
  return measured;
}

async function copyMonth({ clickhouse }: Ground): Promise<number> {
  await clickhouse.command({ query: 'TRUNCATE TABLE copied SYNC' });
  return (await timed(clickhouse, reference('copy-month.sql'), { yyyymm: monthOf(DAY) })).ms;
}

/** Through Temporal, as any day: what its history says of the activity that accepts, and of the child that publishes. */
async function publishDay(ground: Ground, { day, name }: { day: Partition; name: string }) {
  await backfill(ground, { name, from: day, to: addDays(day, 1) });
  const { activities, children } = await momentsOf(ground.client, `bench/${name}`);
  return { accept: sum(activities.get('acceptPartitions') ?? [NaN]), publish: sum(children) };
}

function resultOf({ accept, publish, copy }: Measured, { filled, rows }: { filled: boolean; rows: number }) {
  const both = accept.map((ms, index) => ms + (publish[index] ?? NaN));
  const row = (what: string, values: readonly number[]): Table['rows'][number] => {
    const { min, median: middle, max } = spread(values);
    return [what, min, middle, max, ...(filled ? [medianRatio(values, copy)] : [])];
  };
  const ratio = { head: '÷ copy-month.sql', digits: 2 };
  const table: Table = {
    title: filled ? `A day of a month of ${rows.toLocaleString('en-US')} rows` : 'A day of an empty month',
    columns: [{ head: 'what' }, { head: 'min, ms' }, { head: 'median' }, { head: 'max' }, ...(filled ? [ratio] : [])],
    rows: [
      ...(filled ? [row('copy-month.sql', copy)] : []),
      row('accept', accept),
      row('publish', publish),
      row('both', both),
    ],
    note: 'from the histories: an activity from its scheduling, a publish from the start of its workflow, to the end',
  };
  const target = filled ? judge('publishFull', medianRatio(both, copy)) : judge('publishEmpty', median(both));
  const series = Object.entries({ accept, publish, copy }).map(([what, values]) => ({
    what,
    unit: 'ms' as const,
    values,
  }));
  return { tables: [table], targets: [target], series };
}
