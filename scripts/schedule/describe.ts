import type { ScheduleDescription } from '@temporalio/client';
import { SCHEDULE_ID } from '../../workflows/plan/names.js';
import type { Temporal } from '../connect.js';
import type { Context } from '../context.js';
import { describeRun } from '../runs.js';
import { table } from '../table.js';
import { differences, timesOf } from './daily.js';
import { scheduleNow, withSchedule } from './handle.js';
import { instant, neverRuns, pauseOf } from './words.js';

/** Runs that are shown: the next, and the last. */
const SHOWN = 5;

interface Action {
  readonly scheduledAt: Date;
  readonly workflowId: string;
  /** Temporal's name; `forgotten` after the namespace's retention. */
  readonly status: string;
}

/** `llma schedule describe`. */
export async function describeSchedule(context: Context): Promise<void> {
  const { settings, output } = context;
  const { schedule, recent } = await withSchedule(context, async (handle, temporal) => {
    const schedule = await scheduleNow(handle);
    return { schedule, recent: await recentActions(temporal, schedule) };
  });
  const { info, state } = schedule;
  const next = info.nextActionTimes.slice(0, SHOWN);
  const changes = differences(schedule, settings);
  output.json({
    scheduleId: SCHEDULE_ID,
    times: timesOf(schedule),
    paused: state.paused,
    note: state.note,
    next,
    recent,
    missed: info.numActionsMissedCatchupWindow,
    differences: changes,
  });
  output.say(`${output.style('bold', SCHEDULE_ID)} · ${timesOf(schedule)} (UTC) · ${pauseOf(schedule)}`);
  if (next.length > 0) output.say(`next    ${next.map(instant).join(', ')}`);
  else if (!state.paused) output.warn(neverRuns(timesOf(schedule)));
  output.say(recent.length === 0 ? 'recent  none yet' : 'recent');
  if (recent.length > 0) {
    const rows = recent.map(({ scheduledAt, workflowId, status }) => [`  ${instant(scheduledAt)}`, status, workflowId]);
    output.say(table(output, [{ head: '  scheduled' }, { head: 'status' }, { head: 'run' }], rows));
  }
  if (info.numActionsMissedCatchupWindow > 0) {
    output.warn(
      `${info.numActionsMissedCatchupWindow} runs were missed: Temporal was down for longer than the catch-up window`,
    );
  }
  if (changes.length > 0) {
    const what = changes.map((change) => `${change.what} (${change.old}, not ${change.new})`).join(', ');
    output.warn(`it is not what the configuration says: ${what}; "llma schedule apply" changes it`);
  }
}

async function recentActions(temporal: Temporal, { info }: ScheduleDescription): Promise<Action[]> {
  const latest = info.recentActions.slice(-SHOWN).reverse();
  return await Promise.all(
    latest.map(async ({ scheduledAt, action: { workflow } }) => {
      const run = await describeRun(temporal, workflow.workflowId);
      return { scheduledAt, workflowId: workflow.workflowId, status: run?.status.toLowerCase() ?? 'forgotten' };
    }),
  );
}
