import { loadSettings } from '../../config/settings.js';
import { installRuntime } from '../../worker/runtime.js';

let installed: Promise<string> | undefined;

/**
 * The SDK's runtime, of which a process can have one, while many test files run in it. Errors only: what tests provoke is
 * logged as warnings. Must come before anything else of the SDK's worker.
 * @returns the address of the metrics exporter.
 */
export function quietRuntime(): Promise<string> {
  installed ??= installRuntime(loadSettings({ LLMA_LOG_LEVEL: 'ERROR' }, '/nonexistent').worker, []);
  return installed;
}
