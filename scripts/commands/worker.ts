import type { Command } from 'commander';
import { beNice } from '../../worker/be-nice.js';
import { startWorker } from '../../worker/run.js';
import { installRuntime } from '../../worker/runtime.js';
import { TASK_QUEUE } from '../../workflows/plan/names.js';
import { withTemporal } from '../connect.js';
import type { Context } from '../context.js';
import { count } from '../output.js';

export function define(command: Command, context: Context): void {
  command
    .addHelpText(
      'after',
      '\nChecks everything that it needs first. SIGTERM and Ctrl-C end it gracefully: a running query is killed, and done again by another attempt.',
    )
    .action(() => run(context));
}

async function run({ settings, output }: Context): Promise<void> {
  const { nice } = settings.worker;
  // The process is the worker's alone.
  if (nice > 0) beNice(nice);
  // Found here, a namespace that isn't there is a sentence; the worker would only say that something is not found.
  await withTemporal(settings, async () => undefined);
  const exporter = await installRuntime(settings.worker);
  const worker = await startWorker(settings, exporter);
  if (worker.recovered.length > 0) {
    output.note(`publishing ${count(worker.recovered.length, 'unfinished month')}: ${worker.recovered.join(', ')}`);
  }
  output.say(`worker ready · task queue ${TASK_QUEUE} · ${worker.healthUrl}/healthz and /metrics`);
  await worker.done;
  output.say('worker ended');
}
