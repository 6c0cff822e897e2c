import type { Command } from 'commander';
import { withTemporal, type Temporal } from '../connect.js';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../errors.js';
import { uiLink } from '../links.js';
import { runId, withJson } from '../options.js';
import { dayLine, reportEnd } from '../outcome.js';
import { describe, span, timeLeft } from '../progress-bar.js';
import { askProgress, findRun, runningRuns, type Answer, type Run } from '../runs.js';
import { table } from '../table.js';
import { endOf, watch } from '../watch.js';

export function define(command: Command, context: Context): void {
  withJson(command)
    .argument(
      '[id]',
      'a run, like backfill/2026-01-01_2026-01-31, with or without its backfill/ (default: all that run)',
      runId,
    )
    .option('--wait', 'show it until it ends; then the exit code is that of the run')
    .action(async (id: string | undefined, options: { wait?: true }) => {
      context.exitCode = await withTemporal(context.settings, async (temporal) =>
        id === undefined ? await all(context, temporal) : await one(context, temporal, { id, ...options }),
      );
    });
}

async function all({ output }: Context, temporal: Temporal): Promise<ExitCode> {
  const runs = await runningRuns(temporal);
  const answers = await Promise.all(runs.map((run) => askProgress(temporal, run)));
  const rows = runs.map((run, index) => ({ run, answer: answers[index] ?? { silence: '' } }));
  output.json(rows.map(({ run, answer }) => facts(run, answer)));
  if (rows.length === 0) {
    output.say('nothing runs; "llma backfill" starts a backfill');
    return EXIT.ok;
  }
  output.say(
    table(
      output,
      [
        { head: 'run' },
        { head: 'state' },
        { head: 'days', align: 'right' },
        { head: 'failed', align: 'right' },
        { head: 'now' },
        { head: 'left' },
      ],
      rows.map(({ run, answer: { progress } }) =>
        progress
          ? [
              run.workflowId,
              progress.state,
              `${progress.done}/${progress.total}`,
              String(progress.failed + progress.blocked),
              span(progress.current),
              progress.eta ? timeLeft(progress.eta) : '',
            ]
          : [run.workflowId, '?', '?', '?', '', ''],
      ),
    ),
  );
  for (const silence of new Set(answers.map(({ silence }) => silence))) if (silence !== undefined) output.warn(silence);
  return EXIT.ok;
}

async function one(context: Context, temporal: Temporal, { id, wait }: { id: string; wait?: true }): Promise<ExitCode> {
  const { output, settings } = context;
  const run = await findRun(temporal, id);
  if (run.status !== 'RUNNING' || wait) {
    const end = run.status === 'RUNNING' ? await watch(context, temporal, run) : await endOf(temporal, run);
    output.json({ workflowId: run.workflowId, status: run.status, ...(end ? { end } : {}) });
    return end ? reportEnd(output, run.workflowId, end) : EXIT.interrupted;
  }
  const answer = await askProgress(temporal, run);
  output.json(facts(run, answer));
  const { progress } = answer;
  if (!progress) {
    output.say(`${run.workflowId}: running, as far as Temporal knows`);
    output.warn(answer.silence);
    return EXIT.ok;
  }
  output.say(`${run.workflowId}: ${progress.done}/${progress.total} days · ${describe(progress)}`);
  for (const [day, error] of Object.entries(progress.errors)) output.say(dayLine(day, error));
  for (const [day, text] of Object.entries(progress.warnings)) output.say(dayLine(day, `warning:\n${text}`));
  const url = await uiLink(settings, temporal, run.workflowId);
  if (url) output.say(output.style('dim', url));
  return EXIT.ok;
}

function facts({ workflowId, runId, type, status }: Run, { progress, silence }: Answer): object {
  return { workflowId, runId, type, status, ...(progress ? { progress } : { silence }) };
}
