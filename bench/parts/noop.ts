/** What orchestration costs: the job with SQL that costs nothing; and beside it the whole way of days that have no event. */
import { join } from 'node:path';
import { addDays, parsePartition } from '../../config/partition.js';
import { backfill } from '../backfill.js';
import type { Ground } from '../ground.js';
import { historiesSince, type HistorySize } from '../histories.js';
import { usageTable } from '../job-tables.js';
import type { Part, PartContext } from '../part.js';
import { residentBytes } from '../processes.js';
import { serverTime, statementsSince } from '../query-log.js';
import type { Table } from '../results.js';
import type { SizeName } from '../sizes.js';
import { median, spread, sum } from '../statistics.js';
import { judge } from '../targets.js';
import { usageOf, type Usage } from '../usage.js';
import type { WorkerKind } from '../worker-process.js';

/** Partitions of a run. */
const PARTITIONS: Partial<Record<SizeName, number>> = { TINY: 31, 'TINY-365': 365, 'TINY-3650': 3650 };

/** Ten years before the reference events end. */
const FIRST = parsePartition('2016-01-01');

const KINDS: Readonly<Record<WorkerKind, string>> = {
  silent: 'SQL that costs nothing',
  product: 'days without events',
};

export const noopPart: Part = {
  about:
    'orchestration alone: 31, 365 and 3,650 days whose SQL costs nothing; and as many without events, with all of their SQL',
  sizes: Object.keys(PARTITIONS) as SizeName[],
  async measure(context) {
    const silent = await measureKind(context, 'silent');
    const product = await measureKind(context, 'product');
    const partitions = PARTITIONS[context.size] ?? 0;
    const ms = (runs: readonly Run[]) => runs.map((one) => one.ms);
    return {
      tables: [
        timesTable(partitions, { silent, product }),
        historiesTable(partitions, silent),
        usageTable(
          silent.map(({ usage }) => usage),
          partitions,
        ),
      ],
      targets: [judge('noop', median(ms(silent)) / partitions)],
      series: [
        { what: KINDS.silent, unit: 'ms', values: ms(silent) },
        { what: KINDS.product, unit: 'ms', values: ms(product) },
        { what: 'resident memory of the worker, before', unit: 'bytes', values: silent.map(({ before }) => before) },
        { what: 'resident memory of the worker, after', unit: 'bytes', values: silent.map(({ after }) => after) },
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

/** All rounds of one kind, on servers of their own. */
async function measureKind(context: PartContext, worker: WorkerKind): Promise<Run[]> {
  const ground = await context.open({ worker, environment: { LLMA_SQL_DIR: join(import.meta.dirname, '..', 'noop') } });
  await run(ground, 31, 'warm');
  const runs: Run[] = [];
  for (let round = 0; round < context.rounds; round++) {
    context.progress(`${KINDS[worker]}, round ${round + 1} of ${context.rounds}`);
    runs.push(await measureRun(ground, PARTITIONS[context.size] ?? 0, String(round)));
  }
  await ground.close();
  return runs;
}

async function run(ground: Ground, partitions: number, name: string): Promise<number> {
  return await backfill(ground, { name, from: FIRST, to: addDays(FIRST, partitions) });
}

async function measureRun(ground: Ground, partitions: number, name: string): Promise<Run> {
  const before = await residentBytes(ground.pids.worker);
  const since = await serverTime(ground.clickhouse);
  const began = new Date();
  let ms = NaN;
  const usage = await usageOf(ground, async () => {
    ms = await run(ground, partitions, name);
  });
  const after = await residentBytes(ground.pids.worker);
  const log = await statementsSince(ground.clickhouse, since);
  const sqlMs = sum(log.map((one) => one.ms));
  return { ms, sqlMs, usage, before, after, histories: await historiesSince(ground.client, began) };
}

function timesTable(partitions: number, { silent, product }: Readonly<Record<WorkerKind, readonly Run[]>>): Table {
  const row = (what: string, values: readonly number[]) => {
    const { min, median: middle, max } = spread(values.map((ms) => ms / partitions));
    return [what, min, middle, max];
  };
  const times = (runs: readonly Run[], of: 'ms' | 'sqlMs') => runs.map((one) => one[of]);
  const megabytes = (what: 'before' | 'after') => Math.round(median(silent.map((one) => one[what])) / 1e6);
  return {
    title: `${partitions.toLocaleString('en-US')} partitions, ms a partition`,
    columns: [{ head: 'what' }, { head: 'min', digits: 2 }, { head: 'median', digits: 2 }, { head: 'max', digits: 2 }],
    rows: [
      row(KINDS.silent, times(silent, 'ms')),
      row(KINDS.product, times(product, 'ms')),
      row('SQL of these', times(product, 'sqlMs')),
    ],
    note: `of SQL that costs nothing, the worker's memory: ${megabytes('before')} MB before a run, ${megabytes('after')} MB after it`,
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
