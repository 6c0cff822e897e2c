import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { allHandlersFinished, condition, patched, workflowInfo } from '@temporalio/workflow';
import { fromTime, previousDay, type Partition } from '../config/partition.js';
import { checkLookback, readSettings, recoverMonths, sweepVersions } from './activities-proxy.js';
import { besides } from './besides.js';
import { handleMessages } from './handle-messages.js';
import { PartitionRun } from './partition-run.js';
import type { RunSettings } from '../activities/read-settings.js';
import { toRanges } from './plan/chunks.js';
import type { DayOutcome } from './plan/outcomes.js';
import { beginSweep, sweepsFirst } from './sweep.js';

export interface DailyInput {
  /** The day to compute, `'YYYY-MM-DD'`; without it, the UTC day before the scheduled (or start) time. */
  readonly partition?: string;
}

export interface DailyResult {
  readonly partition: Partition;
  /** The day itself, and those before it that were healed. */
  readonly days: readonly DayOutcome[];
  /** What failed beside the days: the look-back, the recovery, or one of the sweeps. */
  readonly problems?: readonly string[];
}

const scheduledAt = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/**
 * Computes one day. Without an input also those of the days before it that are missing, or whose source has changed since:
 * what a missed run or late events left behind heals by itself.
 */
export async function dailyMetrics(input?: DailyInput | null): Promise<DailyResult> {
  const run = new PartitionRun('daily');
  handleMessages(run);
  const sweeps = sweepsFirst();
  const settings = await readSettings({ kind: 'daily', input });
  const { typedSearchAttributes, startTime } = workflowInfo();
  const due = previousDay(fromTime((typedSearchAttributes.get(scheduledAt) ?? startTime).getTime()));
  const partition = (input?.partition ?? due) as Partition;
  if (partition < settings.partitionStartDate) return { partition, days: [tooEarly(partition, settings)] };
  const problems: string[] = [];
  const sweeping = beginSweep(sweeps, problems);
  const alone = input?.partition !== undefined;
  const lookback = alone ? undefined : await besides(problems, () => checkLookback({ partition, settings }));
  const days = lookback?.days ?? [];
  run.begin(settings, toRanges([...days, partition]));
  await run.run().finally(() => sweeping);
  await condition(allHandlersFinished);
  if (!alone && patched('recover-months')) await besides(problems, recoverMonths);
  if (!alone) await besides(problems, () => sweepVersions({ olderThanDays: settings.historyDays }));
  return { partition, days: run.outcomes(), ...(problems.length > 0 ? { problems } : {}) };
}

/** The day before is not to be computed yet. */
function tooEarly(partition: Partition, { partitionStartDate }: RunSettings): DayOutcome {
  return { partition, outcome: 'skipped', rows: 0, error: `before partition_start_date ${partitionStartDate}` };
}
