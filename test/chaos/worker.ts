/**
 * A worker of the campaign: what "llma worker" runs, perhaps without the guards that its arguments name, and with the
 * workflow bundle made beforehand, because it is started often.
 */
import { loadSettings } from '../../config/settings.js';
import { startWorker } from '../../worker/run.js';
import { installRuntime } from '../../worker/runtime.js';
import { parseGuards } from '../support/unguarded/guards.js';
import { workerParts } from '../support/unguarded/worker-parts.js';

// Whoever started it is gone: it ends too.
process.stdin.on('end', () => process.exit(3)).resume();

try {
  const parts = await workerParts(parseGuards(process.argv.slice(2)));
  const settings = loadSettings(process.env);
  const exporter = await installRuntime(settings.worker);
  const worker = await startWorker(settings, exporter, parts);
  process.stdout.write('ready\n');
  await worker.done;
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
