/** A worker as `llma worker` runs it, with activities whose SQL costs nothing. */
import { loadSettings } from '../../config/settings.js';
import { startWorker } from '../../worker/run.js';
import { installRuntime } from '../../worker/runtime.js';
import { silentActivities } from './activities.js';

const settings = loadSettings();
const exporter = await installRuntime(settings.worker);
const worker = await startWorker(settings, exporter, { createActivities: silentActivities, options: {} });
await worker.done;
