import type { Command } from 'commander';
import { parsePartition, type Partition } from '../../config/partition.js';
import { toRanges, type DayRange } from '../../workflows/plan/chunks.js';
import type { RetryFailedOutput } from '../../workflows/messages.js';
import { withDatabase } from '../clickhouse.js';
import { withTemporal, type Temporal } from '../connect.js';
import type { Context } from '../context.js';
import { EXIT, UsageError, type ExitCode } from '../errors.js';
import { count } from '../output.js';
import { findRun, tell, type Run } from '../runs.js';
import { requireSearchAttributes, startBackfill } from '../start-backfill.js';
import { endOf } from '../watch.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<id>', 'a run, like backfill/2026-01-01_2026-01-31')
    .addHelpText(
      'after',
      '\nA run that has ended takes no orders: then new backfills are started over the days of its range that failed last.',
    )
    .action(async (id: string) => {
      context.exitCode = await run(context, id);
    });
}

async function run(context: Context, id: string): Promise<ExitCode> {
  const { settings, output } = context;
  return await withTemporal(settings, async (temporal) => {
    const run = await findRun(temporal, id);
    if (run.status !== 'RUNNING') return await startAgain(context, temporal, run);
    const { retrying } = await tell<RetryFailedOutput>(temporal, run, 'retryFailed');
    output.say(
      retrying.length === 0
        ? `${run.workflowId}: no day has failed`
        : `${run.workflowId} computes ${count(retrying.length, 'day')} again: ${shown(retrying)}`,
    );
    return EXIT.ok;
  });
}

async function startAgain(context: Context, temporal: Temporal, run: Run): Promise<ExitCode> {
  const { settings, output } = context;
  const range = await rangeOf(temporal, run);
  const days = await withDatabase(settings, async (database) => {
    const rows = await database.select<{ date: Partition }>(
      `SELECT date FROM ${database.tables.status} WHERE date BETWEEN {from:Date} AND {to:Date} AND last_attempt_status IN ('failed', 'blocked') ORDER BY date`,
      { params: { ...range } },
    );
    return rows.map(({ date }) => date);
  });
  output.say(`${run.workflowId} has ended (${run.status.toLowerCase()}), and takes no orders`);
  if (days.length === 0) {
    output.say(`no day from ${range.from} to ${range.to} has failed in its last attempt: there is nothing to do`);
    return EXIT.ok;
  }
  await requireSearchAttributes(temporal);
  for (const again of toRanges(days)) {
    const { run: started, joined } = await startBackfill(temporal, again, {});
    output.say(`${started.workflowId}: ${joined ? 'runs already' : 'started'}`);
  }
  output.say(`"llma progress" shows how far ${days.length === 1 ? 'it is' : 'they are'}`);
  return EXIT.ok;
}

/** The range of a run that has ended: its id says it, or its result. */
async function rangeOf(temporal: Temporal, run: Run): Promise<DayRange> {
  const [, from, to] = /^backfill\/(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})$/.exec(run.workflowId) ?? [];
  if (from !== undefined && to !== undefined) return { from: parsePartition(from), to: parsePartition(to) };
  const end = await endOf(temporal, run);
  if (end.how === 'completed') return { from: end.result.from, to: end.result.to };
  throw new UsageError(`nobody knows the range of ${run.workflowId} any more: use "llma backfill --from … --to …"`);
}

function shown(days: readonly Partition[]): string {
  return toRanges(days)
    .map(({ from, to }) => (from === to ? from : `${from} … ${to}`))
    .join(', ');
}
