import type { Command } from 'commander';
import { parsePartition, type Partition } from '../../config/partition.js';
import { toRanges, type DayRange } from '../../workflows/plan/chunks.js';
import type { RetryFailedOutput } from '../../workflows/messages.js';
import type { BackfillInput } from '../../workflows/run-state.js';
import { differencesOf, optionsShown, pickOptions, warnOfDifferences } from '../backfill-options.js';
import { blockedDays } from '../blocks.js';
import { withDatabase } from '../clickhouse.js';
import { withTemporal, type Temporal } from '../connect.js';
import type { Context } from '../context.js';
import { EXIT, UsageError, type ExitCode } from '../errors.js';
import { runId } from '../options.js';
import { reportEnd } from '../outcome.js';
import { count } from '../output.js';
import { findRun, tell, type Run } from '../runs.js';
import { settle } from '../settle.js';
import { requireSearchAttributes, startBackfill } from '../start-backfill.js';
import { startedWith } from '../started-with.js';
import { endOf } from '../watch.js';

const BACKFILL = /^backfill\/(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})$/;

export function define(command: Command, context: Context): void {
  command
    .argument('<id>', 'a run, like backfill/2026-01-01_2026-01-31', runId)
    .addHelpText(
      'after',
      `
A run that has ended takes no orders: then new backfills are started over the days of its range that failed last, or whose block
still stands, with the options that it was given (--metrics, --compute-expired and so on). A reason of publish-anyway is not used again.`,
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
  const input = await startedWith(temporal, run);
  const range = await rangeOf(temporal, run, input);
  const days = await withDatabase(settings, async (database) => {
    const rows = await database.select<{ date: Partition }>(
      `SELECT date FROM ${database.tables.status} WHERE date BETWEEN {from:Date} AND {to:Date} AND last_attempt_status IN ('failed', 'blocked') ORDER BY date`,
      { params: { ...range } },
    );
    const blocked = await blockedDays(database, range, { templates: input.metrics, sqlDir: settings.sqlDir });
    return [...new Set([...rows.map(({ date }) => date), ...blocked])].sort();
  });
  output.say(`${run.workflowId} has ended (${run.status.toLowerCase()}), and takes no orders`);
  if (days.length === 0) {
    output.say(
      `no day from ${range.from} to ${range.to} has failed in its last attempt, and nothing of this run is blocked: there is nothing to do`,
    );
    return EXIT.ok;
  }
  await requireSearchAttributes(temporal);
  const options = pickOptions(input);
  if (Object.keys(options).length > 0) output.say(`with its options: ${optionsShown(options)}`);
  if (input.publishAnyway !== undefined) {
    output.say('its reason to publish what an audit blocks is not used again: "llma publish-anyway" takes a new one');
  }
  const ranges = toRanges(days);
  for (const again of ranges) {
    const { run: started, joined } = await startBackfill(temporal, again, options);
    output.say(`${started.workflowId}: ${joined ? 'runs already' : 'started'}`);
    if (joined) warnOfDifferences(output, await differencesOf(temporal, started, options));
    // A template that the ended run computed may be gone by now: what one is refused for, all are.
    const { end } = again === ranges[0] && !joined ? await settle(temporal, started) : {};
    if (end?.how === 'refused') return reportEnd(output, started.workflowId, end);
  }
  output.say(`"llma progress" shows how far ${ranges.length === 1 ? 'it is' : 'they are'}`);
  return EXIT.ok;
}

/** The range of a run that has ended: its id says it, or its input, or its result. */
async function rangeOf(temporal: Temporal, run: Run, input: BackfillInput): Promise<DayRange> {
  const [, from = input.from, to = input.to] = BACKFILL.exec(run.workflowId) ?? [];
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
