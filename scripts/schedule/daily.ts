import { ScheduleOverlapPolicy, type ScheduleDescription, type ScheduleUpdateOptions } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Settings } from '../../config/settings.js';
import { DAILY_WORKFLOW_ID, SEARCH_ATTRIBUTE, TASK_QUEUE, WORKFLOW } from '../../workflows/plan/names.js';
import { calendarOf, means } from './calendar.js';

const DAY_MS = 86_400_000;
/** How late a missed run may still be started, after an outage of Temporal. */
const CATCH_UP_DAYS = 7;
const SUMMARY = 'Daily metrics of the day before';

const runKind = defineSearchAttributeKey(SEARCH_ATTRIBUTE.runKind.name, SearchAttributeType.KEYWORD);

/** The schedule as it should be. It holds no settings: each run reads those of its worker. */
export function dailySchedule({ cronSchedule }: Settings): Omit<ScheduleUpdateOptions, 'state'> {
  return {
    spec: { calendars: [calendarOf(cronSchedule)] },
    // Runs of different days may overlap, and no tick is dropped: a day is right whoever computes it, however often.
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: CATCH_UP_DAYS * DAY_MS },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW.daily,
      workflowId: DAILY_WORKFLOW_ID,
      taskQueue: TASK_QUEUE,
      args: [],
      staticSummary: SUMMARY,
      typedSearchAttributes: [{ key: runKind, value: 'daily' }],
    },
  };
}

export interface Difference {
  readonly what: string;
  readonly old: string;
  readonly new: string;
}

/** What of the server's schedule is not as it should be. A pause and its note are the operator's, and no difference. */
export function differences(found: ScheduleDescription, { cronSchedule }: Settings): Difference[] {
  const { action, policies } = found;
  const kinds = action.searchAttributes?.[SEARCH_ATTRIBUTE.runKind.name];
  const expected: readonly (readonly [what: string, old: string, wanted: string])[] = [
    ['times', runsAt(found, cronSchedule) ? cronSchedule : timesOf(found), cronSchedule],
    ['overlap', String(policies.overlap), ScheduleOverlapPolicy.ALLOW_ALL],
    ['catch-up window', duration(policies.catchupWindow), duration(CATCH_UP_DAYS * DAY_MS)],
    ['pause on failure', String(policies.pauseOnFailure), 'false'],
    ['workflow type', action.workflowType, WORKFLOW.daily],
    ['workflow id', String(action.workflowId), DAILY_WORKFLOW_ID],
    ['task queue', action.taskQueue, TASK_QUEUE],
    ['arguments', JSON.stringify(action.args ?? []), '[]'],
    ['summary', action.staticSummary ?? '', SUMMARY],
    [SEARCH_ATTRIBUTE.runKind.name, String(kinds ?? ''), 'daily'],
  ];
  return expected
    .filter(([, old, wanted]) => old !== wanted)
    .map(([what, old, wanted]) => ({ what, old, new: wanted }));
}

function runsAt({ spec }: ScheduleDescription, cron: string): boolean {
  const { calendars = [], intervals = [], skip = [], jitter = 0, startAt, endAt, timezone = '' } = spec;
  const [calendar, ...others] = calendars;
  const plain = intervals.length === 0 && skip.length === 0 && jitter === 0 && !startAt && !endAt;
  const utc = timezone === '' || timezone === 'UTC';
  // The comment is what people see of it.
  return calendar?.comment === cron && others.length === 0 && plain && utc && means(calendar, cron);
}

/** When the server's schedule runs, for people. */
export function timesOf({ spec }: ScheduleDescription): string {
  const comments = (spec.calendars ?? []).map(({ comment }) => comment).filter(Boolean);
  return comments.length > 0 ? comments.join(', ') : 'times of its own';
}

function duration(ms: number): string {
  return ms % DAY_MS === 0 ? `${ms / DAY_MS} days` : `${ms / 1000} s`;
}
