/** A worker as a process of its own, without the command line around it. */
import { loadSettings } from '../../config/settings.js';
import { startWorker } from '../../worker/run.js';
import { installRuntime } from '../../worker/runtime.js';

const settings = loadSettings();
const worker = await startWorker(settings, await installRuntime(settings.worker));
await worker.done;
