import { Option, type Command } from 'commander';
import { dayCount, type Partition } from '../../config/partition.js';
import type { DayRange, Order } from '../../workflows/plan/chunks.js';
import {
  differencesOf,
  pickOptions,
  warnOfDifferences,
  type BackfillOptions,
  type OptionDifference,
} from '../backfill-options.js';
import { withTemporal } from '../connect.js';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../errors.js';
import { uiLink } from '../links.js';
import { day, names, reason, wholeNumber, withJson } from '../options.js';
import { reportEnd } from '../outcome.js';
import { count } from '../output.js';
import { resolveRange } from '../range.js';
import type { Run } from '../runs.js';
import { requireSearchAttributes, startBackfill } from '../start-backfill.js';
import { settle } from '../settle.js';
import { watch } from '../watch.js';

interface Options extends BackfillOptions {
  readonly from?: Partition;
  readonly to?: Partition;
  readonly wait?: boolean;
}

export function define(command: Command, context: Context): void {
  withJson(command)
    .option('--from <day>', 'first day, UTC (default: LLMA_PARTITION_START_DATE)', day)
    .option('--to <day>', 'last day (default: yesterday)', day)
    .option('--max-partitions-per-run <n>', 'days of a chunk', wholeNumber(1, 366))
    .option(
      '--concurrency <n>',
      'days of a chunk that are inserted at once, of templates not by date',
      wholeNumber(1, 64),
    )
    .option('--metrics <names>', 'templates to compute, with commas between them; the others keep their rows', names)
    .addOption(new Option('--order <order>', 'which end to begin at').choices(['oldest-first', 'newest-first']))
    .option('--compute-expired <reason>', 'also compute days whose source rows have expired, from what is left', reason)
    .option('--wait', 'wait for the end and show progress; on a terminal the default')
    .option('--no-wait', 'only start it')
    .addHelpText('after', AFTER)
    .action(async (options: Options & { order?: Order }) => {
      context.exitCode = await run(context, options);
    });
}

const AFTER = `
Recomputes every day of the range. What isn't said, the worker's configuration decides.
A backfill of the same range that runs already is joined. Ctrl-C ends the watching, not the backfill.`;

async function run(context: Context, { from, to, wait, ...rest }: Options): Promise<ExitCode> {
  const { settings, output } = context;
  const range = resolveRange(settings, { ...(from ? { from } : {}), ...(to ? { to } : {}) });
  const options = pickOptions(rest);
  return await withTemporal(settings, async (temporal) => {
    await requireSearchAttributes(temporal);
    const { run, joined } = await startBackfill(temporal, range, options);
    const differing = joined ? await differencesOf(temporal, run, options) : [];
    const url = await uiLink(settings, temporal, run.workflowId);
    sayStarted(context, { run, range, joined, differing, url });
    const facts = { workflowId: run.workflowId, runId: run.runId, ...range, joined, differing, url };
    if (!(wait ?? output.isTerminal)) {
      const { end, silence } = joined ? {} : await settle(temporal, run);
      output.json({ ...facts, ...(end ? { end } : {}) });
      if (silence !== undefined) output.warn(silence);
      return end ? reportEnd(output, run.workflowId, end) : EXIT.ok;
    }
    const end = await watch(context, temporal, run);
    output.json({ ...facts, ...(end ? { end } : {}) });
    if (end) return reportEnd(output, run.workflowId, end);
    output.note(`${run.workflowId} goes on: "llma progress ${run.workflowId}" shows it, "llma cancel" would end it`);
    return EXIT.interrupted;
  });
}

function sayStarted({ output }: Context, facts: StartFacts): void {
  const { run, range, joined, differing, url } = facts;
  const days = count(dayCount(range.from, range.to), 'day');
  output.say(`${run.workflowId}: ${joined ? 'runs already, joined it' : `started, ${days}`}`);
  warnOfDifferences(output, differing);
  if (url) output.say(output.style('dim', url));
}

interface StartFacts {
  readonly run: Run;
  readonly range: DayRange;
  readonly joined: boolean;
  readonly differing: readonly OptionDifference[];
  readonly url: string | undefined;
}
