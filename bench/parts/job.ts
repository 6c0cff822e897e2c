/** The whole job through Temporal, from start to result, beside the reference work on the same server. */
import { job, measureRounds, type Job, type Measured } from '../job-rounds.js';
import { measureSpans } from '../job-spans.js';
import { sliceTable, statementsTable, usageTable } from '../job-tables.js';
import type { Ground } from '../ground.js';
import type { Part, PartContext } from '../part.js';
import type { PartResult, Series, Table } from '../results.js';
import { SIZES, type SizeName } from '../sizes.js';
import { median, medianRatio, spread, sum } from '../statistics.js';
import { judge, type TargetResult } from '../targets.js';

const JOB = 'whole job';

/** Sizes of which fewer days are measured too. */
const GROWS: ReadonlySet<SizeName> = new Set(['LARGE', 'XL']);

export const jobPart: Part = {
  about: 'whole backfills through Temporal, beside floor.sql and decode.sql',
  sizes: ['TINY', 'TINY-365', 'TINY-3650', 'MID', 'LARGE', 'XL'],
  async measure(context) {
    const ground = await context.open({ size: SIZES[context.size] });
    const { measured, tables, series } = await measureJobs(ground, context);
    const spans = GROWS.has(context.size) ? [await measureSpans(ground, context, measured)] : [];
    return { tables: [...tables, ...spans], series, targets: targetsOf(context, measured) };
  },
};

/** Jobs and reference work on a ground, as tables and series. */
export async function measureJobs(ground: Ground, context: PartContext) {
  context.progress('warms up');
  // Connections, caches and compiled code are there after some days: of thousands, not all need be computed for that.
  await job(ground, context.size, 'warm', Math.min(SIZES[context.size].days, 60));
  const measured = await measureRounds(ground, context);
  const ms = measured.jobs.map((one) => one.ms);
  const logs = measured.jobs.map(({ log }) => log);
  const usages = measured.jobs.map(({ usage }) => usage);
  const tables: Table[] = [
    timesTable(context.size, measured),
    bytesTable(measured),
    statementsTable(logs),
    sliceTable(logs),
    usageTable(usages, SIZES[context.size].days),
  ];
  const series: Series[] = [
    { what: 'floor.sql', unit: 'ms', values: measured.floor.ms },
    { what: 'decode.sql', unit: 'ms', values: measured.decode.ms },
    { what: JOB, unit: 'ms', values: ms },
  ];
  return { measured, tables, series };
}

function timesTable(size: SizeName, { floor, decode, jobs }: Measured): Table {
  const { days } = SIZES[size];
  const whole = jobs.map(({ ms }) => ms);
  // Statements of several days at once overlap, so this may be more than the time that passed.
  const sql = jobs.map(({ log }) => sum(log.map(({ ms }) => ms)));
  const row = (what: string, ms: readonly number[]) => {
    const { min, median: middle, max } = spread(ms);
    return [what, min, middle, max, middle / days, medianRatio(ms, decode.ms)];
  };
  return {
    title: `Backfill of ${days} days of ${SIZES[size].perDay.toLocaleString('en-US')} events`,
    columns: [
      { head: 'what' },
      { head: 'min, ms' },
      { head: 'median' },
      { head: 'max' },
      { head: 'ms a partition', digits: 1 },
      { head: '÷ decode.sql', digits: 2 },
    ],
    rows: [row('floor.sql', floor.ms), row('decode.sql', decode.ms), row(JOB, whole), row('SQL of it', sql)],
    note: 'SQL is the sum of our statements’ durations in system.query_log; some run side by side',
  };
}

function bytesTable({ floor, chunked, decode, jobs }: Measured): Table {
  const row = (what: string, rows: number, bytes: number) => [
    ...[what, rows, bytes / 1e6],
    ...[floor, chunked].map((by) => bytes / by.readBytes),
  ];
  return {
    title: 'Read from the table events',
    columns: [
      { head: 'what' },
      { head: 'rows' },
      { head: 'MB', digits: 1 },
      { head: '÷ floor.sql', digits: 2 },
      { head: '÷ by chunk', digits: 2 },
    ],
    rows: [
      row('floor.sql', floor.readRows, floor.readBytes),
      row('floor.sql, chunk by chunk', chunked.readRows, chunked.readBytes),
      row('decode.sql', decode.readRows, decode.readBytes),
      row(JOB, median(jobs.map((one) => eventsRead(one, 'read_rows'))), bytesRead(jobs)),
    ],
    note: 'of the job all statements that name the table; chunks whose days share granules read them each',
  };
}

function bytesRead(jobs: readonly Job[]): number {
  return median(jobs.map((one) => eventsRead(one, 'read_bytes')));
}

function eventsRead({ log }: Job, what: 'read_rows' | 'read_bytes'): number {
  return sum(log.filter(({ reads_events }) => reads_events).map((one) => one[what]));
}

/** What a partition took at TINY, in this run. */
function tinyPartition(earlier: readonly PartResult[]): number {
  const series = earlier.find(({ size }) => size === 'TINY')?.series.find(({ what }) => what === JOB);
  return median(series?.values ?? []) / SIZES.TINY.days;
}

function targetsOf({ size, earlier }: PartContext, { floor, decode, jobs }: Measured): TargetResult[] {
  const ms = jobs.map((one) => one.ms);
  const each = median(ms) / SIZES[size].days;
  const flat = judge('tinyFlat', each / tinyPartition(earlier));
  const own: Partial<Record<SizeName, readonly TargetResult[]>> = {
    TINY: [judge('tiny', each)],
    'TINY-365': [judge('tiny', each), flat],
    'TINY-3650': [judge('tiny', each), flat],
    MID: [judge('mid', each)],
    LARGE: [judge('largeJob', medianRatio(ms, decode.ms)), judge('bytes', bytesRead(jobs) / floor.readBytes)],
  };
  return [...(own[size] ?? [])];
}
