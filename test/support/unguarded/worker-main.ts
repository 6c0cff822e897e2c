/**
 * What `llma worker` runs, with its workflows bundled beforehand, and without the guards that its arguments name:
 * `tsx test/support/unguarded/worker-main.ts fence tokens`.
 */
import { loadSettings } from '../../../config/settings.js';
import { startWorker } from '../../../worker/run.js';
import { installRuntime } from '../../../worker/runtime.js';
import { parseGuards } from './guards.js';
import { workerParts } from './worker-parts.js';

const settings = loadSettings(process.env);
const parts = await workerParts(parseGuards(process.argv.slice(2)));
const worker = await startWorker(settings, await installRuntime(settings.worker), parts);
await worker.done;
