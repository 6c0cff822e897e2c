import type { Command } from 'commander';
import type { Partition } from '../../config/partition.js';
import type { Settings } from '../../config/settings.js';
import { publishAnywayId } from '../../workflows/plan/names.js';
import { differencesOf, pickOptions, warnOfDifferences } from '../backfill-options.js';
import { blocksOf, publishable, type Block, type Publishable } from '../blocks.js';
import { withDatabase } from '../clickhouse.js';
import { withTemporal } from '../connect.js';
import type { Context } from '../context.js';
import { EXIT, UsageError, type ExitCode } from '../errors.js';
import { day, names, reason, withJson } from '../options.js';
import { dayLine, reportEnd, type RunEnd } from '../outcome.js';
import type { Output } from '../output.js';
import { notComputable } from '../range.js';
import { requireSearchAttributes, startBackfill } from '../start-backfill.js';
import { watch } from '../watch.js';

interface Options {
  readonly reason: string;
  readonly metrics?: readonly string[];
  readonly computeExpired?: string;
}

export function define(command: Command, context: Context): void {
  withJson(command)
    .argument('<day>', 'a UTC day that an audit has blocked, like 2026-01-31', day)
    .requiredOption('--reason <text>', 'why it is right all the same: the ledger keeps it', reason)
    .option('--metrics <names>', 'only these of the blocked templates, with commas between them', names)
    .option('--compute-expired <reason>', 'compute it although its source rows have expired, from what is left', reason)
    .addHelpText('after', AFTER)
    .action(async (date: Partition, options: Options) => {
      context.exitCode = await run(context, date, options);
    });
}

const AFTER = `
The templates that the blocked run had selected, as far as they were not accepted since, are computed again from the source as it
is now, and accepted whatever blocking audits find; all others keep their rows. What audits found, and the reason, stay in the
ledger. A day with a key twice is not published even so: no month with such a day could be.`;

async function run(context: Context, date: Partition, given: Options): Promise<ExitCode> {
  const { settings, output } = context;
  const { reason: why, metrics: wanted } = given;
  const { blocks, gone } = await requireBlocked(settings, date);
  if (gone.length > 0)
    output.note(`blocked too, and gone from sql/: ${gone.join(', ')}; nothing is left to publish of that`);
  const metrics = blockedTemplates(date, blocks, wanted);
  return await withTemporal(settings, async (temporal) => {
    await requireSearchAttributes(temporal);
    const range = { from: date, to: date };
    const options = pickOptions({ ...given, metrics });
    const asked = { ...options, publishAnyway: why };
    const { run, joined } = await startBackfill(temporal, range, asked, publishAnywayId(date));
    if (joined) {
      output.warn(`${run.workflowId} runs already, with the reason that it was started with`);
      warnOfDifferences(output, await differencesOf(temporal, run, options));
    } else {
      output.say(`${run.workflowId}: started, with what was blocked: ${metrics.join(', ')}`);
    }
    const end = await watch(context, temporal, run);
    output.json({
      workflowId: run.workflowId,
      runId: run.runId,
      date,
      reason: why,
      ...options,
      ...(end ? { end } : {}),
    });
    const others = [...new Set(blocks.flat())].filter((name) => !metrics.includes(name));
    if (others.length > 0) {
      output.note(`blocked too, and left as they are (--metrics takes them): ${others.join(', ')}`);
    }
    return end ? reportDay(output, date, end) : EXIT.interrupted;
  });
}

/** As of any run, but that the day was to be published: whatever else became of it is a failure. */
function reportDay(output: Output, date: Partition, end: RunEnd): ExitCode {
  const workflowId = publishAnywayId(date);
  if (end.how !== 'completed') return reportEnd(output, workflowId, end);
  const { published, failed, blocked, skipped, errors } = end.result;
  if ([...published, ...failed, ...blocked].includes(date)) return reportEnd(output, workflowId, end);
  output.error(`${workflowId}: ${date} was not published; what was published of it before stays:`);
  output.note(dayLine(date, errors[date] ?? 'superseded by a later computation'));
  if (skipped.includes(date)) {
    const command = `llma publish-anyway ${date} --reason TEXT --compute-expired TEXT`;
    output.note(`  if what is left of it is right all the same: ${command}`);
  }
  return EXIT.failed;
}

/** @throws UsageError for a day of which nothing is blocked: there is nothing to override. */
async function requireBlocked(
  settings: Settings,
  date: Partition,
): Promise<Publishable & { readonly blocks: readonly [Block, ...Block[]] }> {
  const ledger = await withDatabase(settings, (database) => blocksOf(database, date), {
    database: settings.clickhouse.database,
  });
  const { lastAttempt } = ledger;
  const { blocks, gone } = publishable(ledger.blocks, settings.sqlDir);
  const [latest, ...earlier] = blocks;
  if (latest) return { blocks: [latest, ...earlier], gone };
  const next = notComputable(date, settings) ?? computedBy(date, lastAttempt);
  const but = gone.length > 0 ? ` but what is gone from sql/: ${gone.join(', ')}` : '';
  throw new UsageError(`no audit has blocked ${date}${but} (${lastSaid(lastAttempt)}): ${next}`);
}

function lastSaid(attempt: string | undefined): string {
  if (attempt === undefined) return 'it was never computed';
  return attempt === 'expired' ? 'it was skipped as expired' : `its last attempt was ${attempt}`;
}

function computedBy(date: Partition, lastAttempt: string | undefined): string {
  const command = `llma backfill --from ${date} --to ${date}`;
  if (lastAttempt !== 'expired') return `"${command}" computes it`;
  return `"${command} --compute-expired TEXT" computes it from what is left`;
}

/**
 * The templates that the reason is for: those of the latest block, or the wanted ones of any.
 * @throws UsageError for one that nothing has blocked, and where nobody knows which ones were.
 */
function blockedTemplates(
  date: Partition,
  [latest, ...earlier]: readonly [Block, ...Block[]],
  wanted: readonly string[] | undefined,
): readonly string[] {
  const blocks = [latest, ...earlier];
  if (wanted === undefined) {
    if (latest.length > 0) return latest;
    throw new UsageError(
      `the ledger does not say which templates of ${date} were blocked: name them with --metrics, or compute the day again with "llma backfill --from ${date} --to ${date}"`,
    );
  }
  const known = blocks.flat();
  const others = wanted.filter((name) => !known.includes(name));
  if (others.length === 0 || blocks.some((block) => block.length === 0)) return wanted;
  const blocked = [...new Set(known)].sort().join(', ');
  throw new UsageError(`--metrics ${others.join()}: not blocked on ${date}; what is: ${blocked}`);
}
