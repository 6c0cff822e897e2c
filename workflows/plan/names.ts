import type { Month, Partition } from '../../config/partition.js';

/** Every name that Temporal knows us by. */
export const TASK_QUEUE = 'llma-metrics';
export const SCHEDULE_ID = 'llma-metrics-daily';

export const WORKFLOW = {
  daily: 'dailyMetrics',
  backfill: 'backfillMetrics',
  publish: 'publishMonth',
} as const;

/** Custom search attributes, with the type that each must be registered with. */
export const SEARCH_ATTRIBUTE = {
  partition: { name: 'LlmaPartition', type: 'KeywordList' },
  runKind: { name: 'LlmaRunKind', type: 'Keyword' },
  failed: { name: 'LlmaFailed', type: 'Int' },
} as const;

/** The id that lets one publish of a month run at a time. */
export function publishId(month: Month): string {
  return `publish/${month}`;
}

/** The id by which `llma backfill` finds a running backfill of the same range. */
export function backfillId(from: Partition, to: Partition): string {
  return `backfill/${from}_${to}`;
}

/** The id of a run that publishes a day which an audit has blocked. */
export function publishAnywayId(day: Partition): string {
  return `publish-anyway/${day}`;
}

/** The workflow id of the schedule's runs; Temporal adds the scheduled time. */
export const DAILY_WORKFLOW_ID = 'daily-metrics';
