/** What orchestration costs: the whole way of a partition, accept, publish and ledger included, over days without a single event. */
import { join } from 'node:path';
import { addDays, parsePartition } from '../../config/partition.js';
import { backfill } from '../backfill.js';
import type { Ground } from '../ground.js';
import { historiesSince, type HistorySize } from '../histories.js';
import type { Part, PartContext } from '../part.js';
import { residentBytes } from '../processes.js';
import { serverTime, statementsSince } from '../query-log.js';
import type { Table } from '../results.js';
import type { SizeName } from '../sizes.js';
import { median, spread, sum } from '../statistics.js';
import { judge } from '../targets.js';
import { usageOf, type Usage } from '../usage.js';
import { usageTable } from '../job-tables.js';

/** Partitions of a run. */
const PARTITIONS: Partial<Record<SizeName, number>> = { TINY: 31, 'TINY-365': 365, 'TINY-3650': 3650 };

/** Ten years before the reference events end. */
const FIRST = parsePartition('2016-01-01');

export const noopPart: Part = {
  about: 'orchestration alone: 31, 365 and 3,650 days without events, through everything that a day goes through',
  sizes: Object.keys(PARTITIONS) as SizeName[],
  async measure(context) {
    const partitions = PARTITIONS[context.size] ?? 0;
    const sqlDir = join(import.meta.dirname, '..', 'noop');
    const ground = await context.open({ environment: { LLMA_SQL_DIR: sqlDir } });
    await run(ground, 31, 'warm');
    const runs: Run[] = [];
    for (let round = 0; round < context.rounds; round++) runs.push(await measureRun(ground, context, round));
    const ms = runs.map((one) => one.ms);
    return {
      tables: [
        timesTable(partitions, runs),
        historiesTable(partitions, runs),
        usageTable(
          runs.map(({ usage }) => usage),
          partitions,
        ),
      ],
      targets: [judge('noop', median(ms) / partitions)],
      series: [
        { what: 'whole job', unit: 'ms', values: ms },
        { what: 'resident memory of the worker, before', unit: 'bytes', values: runs.map(({ before }) => before) },
        { what: 'resident memory of the worker, after', unit: 'bytes', values: runs.map(({ after }) => after) },
      ],
    };
  },
};

interface Run {
  readonly ms: number;
  /** Sum of our statements' durations. */
  readonly sqlMs: number;
  readonly histories: ReadonlyMap<string, HistorySize>;
  readonly usage: Usage;
  /** Resident memory of the worker. */
  readonly before: number;
  readonly after: number;
}

async function run(ground: Ground, partitions: number, name: string): Promise<number> {
  return await backfill(ground, { name, from: FIRST, to: addDays(FIRST, partitions) });
}

async function measureRun(ground: Ground, { size, rounds, progress }: PartContext, round: number): Promise<Run> {
  progress(`round ${round + 1} of ${rounds}`);
  const before = await residentBytes(ground.pids.worker);
  const since = await serverTime(ground.clickhouse);
  const began = new Date();
  let ms = NaN;
  const usage = await usageOf(ground, async () => {
    ms = await run(ground, PARTITIONS[size] ?? 0, String(round));
  });
  const after = await residentBytes(ground.pids.worker);
  const log = await statementsSince(ground.clickhouse, since);
  const sqlMs = sum(log.map((one) => one.ms));
  return { ms, sqlMs, usage, before, after, histories: await historiesSince(ground.client, began) };
}

function timesTable(partitions: number, runs: readonly Run[]): Table {
  const row = (what: string, values: readonly number[]) => {
    const { min, median: middle, max } = spread(values.map((ms) => ms / partitions));
    return [what, min, middle, max];
  };
  const megabytes = (what: 'before' | 'after') => Math.round(median(runs.map((one) => one[what])) / 1e6);
  return {
    title: `${partitions.toLocaleString('en-US')} partitions without events, ms a partition`,
    columns: [{ head: 'what' }, { head: 'min', digits: 2 }, { head: 'median', digits: 2 }, { head: 'max', digits: 2 }],
    rows: [
      row(
        'whole job',
        runs.map(({ ms }) => ms),
      ),
      row(
        'SQL of it',
        runs.map(({ sqlMs }) => sqlMs),
      ),
    ],
    note: `the worker's memory: ${megabytes('before')} MB before a run, ${megabytes('after')} MB after it`,
  };
}

function historiesTable(partitions: number, runs: readonly Run[]): Table {
  const last = runs.at(-1)?.histories ?? new Map<string, HistorySize>();
  return {
    title: 'Histories',
    columns: [
      { head: 'workflow' },
      { head: 'runs' },
      { head: 'events' },
      { head: 'kB', digits: 1 },
      { head: 'events a partition', digits: 2 },
      { head: 'bytes a partition' },
    ],
    rows: [...last].map(([type, { runs: number, events, bytes }]) => [
      ...[type, number, events, bytes / 1e3],
      ...[events / partitions, bytes / partitions],
    ]),
    note: 'runs that continue as new, and publishes, are all counted',
  };
}
