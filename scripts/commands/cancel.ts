import type { Command } from 'commander';
import { withTemporal } from '../connect.js';
import type { Context } from '../context.js';
import { EXIT, UsageError, type ExitCode } from '../errors.js';
import { runId } from '../options.js';
import { reportEnd } from '../outcome.js';
import { findRun } from '../runs.js';
import { watch } from '../watch.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<id>', 'a run, like backfill/2026-01-01_2026-01-31', runId)
    .option('--wait', 'until it has cleaned up')
    .addHelpText('after', '\nKills its queries. Days that are accepted become visible; nothing else of it stays.')
    .action(async (id: string, options: { wait?: true }) => {
      context.exitCode = await run(context, id, options.wait === true);
    });
}

async function run(context: Context, id: string, wait: boolean): Promise<ExitCode> {
  const { settings, output } = context;
  return await withTemporal(settings, async (temporal) => {
    const run = await findRun(temporal, id);
    if (run.status !== 'RUNNING') throw new UsageError(`${run.workflowId} has ended (${run.status.toLowerCase()})`);
    await run.handle.cancel();
    if (!wait) {
      output.say(`${run.workflowId}: asked to end; it kills its queries and cleans up`);
      return EXIT.ok;
    }
    const end = await watch(context, temporal, run);
    if (!end) return EXIT.interrupted;
    if (end.how !== 'cancelled') return reportEnd(output, run.workflowId, end);
    output.say(`${run.workflowId} was cancelled: ${end.message}`);
    return EXIT.ok;
  });
}
