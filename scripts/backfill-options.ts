import type { Order } from '../workflows/plan/chunks.js';
import type { Progress } from '../workflows/plan/progress.js';
import type { Temporal } from './connect.js';
import type { Output } from './output.js';
import { askProgress, type Run } from './runs.js';

/** What a backfill can be told besides its range; what isn't given, the worker's configuration decides. */
export interface BackfillOptions {
  readonly maxPartitionsPerRun?: number;
  readonly concurrency?: number;
  readonly metrics?: readonly string[];
  readonly order?: Order;
  /** Why days are published that an audit blocks. */
  readonly publishAnyway?: string;
  /** Why days whose source rows have expired are computed from what is left. */
  readonly computeExpired?: string;
}

/** Only what was given: the input of a workflow is seen by people. */
export function pickOptions(from: BackfillOptions): BackfillOptions {
  const { maxPartitionsPerRun, concurrency, metrics, order, computeExpired } = from;
  return {
    ...(maxPartitionsPerRun === undefined ? {} : { maxPartitionsPerRun }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(order === undefined ? {} : { order }),
    ...(computeExpired === undefined ? {} : { computeExpired }),
  };
}

/** Options as one types them. */
export function optionsShown({ maxPartitionsPerRun, concurrency, metrics, order, computeExpired }: BackfillOptions) {
  const pairs = [
    ['--max-partitions-per-run', maxPartitionsPerRun],
    ['--concurrency', concurrency],
    ['--metrics', metrics && String(metrics)],
    ['--order', order],
    ['--compute-expired', computeExpired && JSON.stringify(computeExpired)],
  ] as const;
  return pairs.flatMap(([option, value]) => (value === undefined ? [] : [`${option} ${value}`])).join(' ');
}

export interface OptionDifference {
  readonly option: string;
  readonly given: string;
  readonly running: string;
}

/** The given options that are not those of the running backfill: it keeps its own. */
export function optionDifferences(given: BackfillOptions, running: Progress): OptionDifference[] {
  const pairs = [
    ['--max-partitions-per-run', given.maxPartitionsPerRun, running.maxPartitionsPerRun],
    ['--concurrency', given.concurrency, running.concurrency],
    ['--metrics', given.metrics && list(given.metrics), running.metrics ? list(running.metrics) : 'all'],
    ['--order', given.order, running.order],
    ['--compute-expired', given.computeExpired, running.computeExpired ?? 'unset'],
  ] as const;
  return pairs.flatMap(([option, wanted, has]) =>
    wanted === undefined || wanted === has ? [] : [{ option, given: String(wanted), running: String(has) }],
  );
}

function list(names: readonly string[]): string {
  return [...names].sort().join(',');
}

/** The same of a backfill that was joined. */
export async function differencesOf(
  temporal: Temporal,
  run: Run,
  options: BackfillOptions,
): Promise<OptionDifference[]> {
  if (Object.keys(options).length === 0) return [];
  const { progress } = await askProgress(temporal, run);
  return progress ? optionDifferences(options, progress) : [];
}

export function warnOfDifferences(output: Output, differences: readonly OptionDifference[]): void {
  for (const { option, given, running } of differences) {
    output.warn(`it keeps ${option} ${running}, which it began with, and not ${given}`);
  }
}
