import type { Command } from 'commander';
import type { Partition } from '../../config/partition.js';
import type { Settings } from '../../config/settings.js';
import { publishAnywayId } from '../../workflows/plan/names.js';
import { withDatabase } from '../clickhouse.js';
import { withTemporal } from '../connect.js';
import type { Context } from '../context.js';
import { EXIT, UsageError, type ExitCode } from '../errors.js';
import { day, withJson } from '../options.js';
import { reportEnd } from '../outcome.js';
import { notComputable } from '../range.js';
import { requireSearchAttributes, startBackfill } from '../start-backfill.js';
import { watch } from '../watch.js';

export function define(command: Command, context: Context): void {
  withJson(command)
    .argument('<day>', 'a UTC day whose last attempt was blocked, like 2026-01-31', day)
    .requiredOption('--reason <text>', 'why it is right all the same: the ledger keeps it')
    .addHelpText('after', AFTER)
    .action(async (date: Partition, { reason }: { reason: string }) => {
      context.exitCode = await run(context, date, reason);
    });
}

const AFTER = `
The day is computed again from the source as it is now, and accepted whatever blocking audits find. What they found, and the
reason, stay in the ledger. A day with a key twice is not published even so: no month with such a day could be.`;

async function run(context: Context, date: Partition, reason: string): Promise<ExitCode> {
  const { settings, output } = context;
  if (reason.trim() === '') throw new UsageError('--reason is empty: say why the day is right all the same');
  await requireBlocked(settings, date);
  return await withTemporal(settings, async (temporal) => {
    await requireSearchAttributes(temporal);
    const range = { from: date, to: date };
    const { run, joined } = await startBackfill(temporal, range, { publishAnyway: reason }, publishAnywayId(date));
    if (joined) output.warn(`${run.workflowId} runs already, with the reason that it was started with`);
    const end = await watch(context, temporal, run);
    output.json({ workflowId: run.workflowId, runId: run.runId, date, reason, ...(end ? { end } : {}) });
    return end ? reportEnd(output, run.workflowId, end) : EXIT.interrupted;
  });
}

/** @throws UsageError for a day that no audit has blocked: there is nothing to override. */
async function requireBlocked(settings: Settings, date: Partition): Promise<void> {
  const [row] = await withDatabase(
    settings,
    (database) =>
      database.select<{ last_attempt_status: string }>(
        `SELECT last_attempt_status FROM ${database.tables.status} WHERE date = {date:Date}`,
        { params: { date } },
      ),
    { database: settings.clickhouse.database },
  );
  if (row?.last_attempt_status === 'blocked') return;
  const now = row === undefined ? 'it was never computed' : `its last attempt was ${row.last_attempt_status}`;
  const next = notComputable(date, settings) ?? `"llma backfill --from ${date} --to ${date}" computes it`;
  throw new UsageError(`no audit has blocked ${date} (${now}): ${next}`);
}
