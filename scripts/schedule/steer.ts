import { ScheduleOverlapPolicy, type ScheduleHandle } from '@temporalio/client';
import { SCHEDULE_ID } from '../../workflows/plan/names.js';
import type { Context } from '../context.js';
import { uiLink } from '../links.js';
import { scheduleNow, withSchedule } from './handle.js';

/** `llma schedule pause`. */
export async function pauseSchedule(context: Context, note: string): Promise<void> {
  await withSchedule(context, (handle) => handle.pause(note));
  context.output.say(`${SCHEDULE_ID} is paused (${note}): "llma schedule resume" lets it go on`);
}

/** `llma schedule resume`. */
export async function resumeSchedule(context: Context, note: string): Promise<void> {
  await withSchedule(context, (handle) => handle.unpause(note));
  context.output.say(`${SCHEDULE_ID} goes on`);
}

/** `llma schedule delete`. */
export async function deleteSchedule(context: Context): Promise<void> {
  await withSchedule(context, (handle) => handle.delete());
  context.output.say(`${SCHEDULE_ID} is gone; runs that it has started go on`);
}

/** `llma schedule trigger`. */
export async function triggerSchedule(context: Context): Promise<void> {
  const { settings, output } = context;
  await withSchedule(context, async (handle, temporal) => {
    const before = await startedIds(handle);
    await handle.trigger(ScheduleOverlapPolicy.ALLOW_ALL);
    const workflowId = await newId(handle, before);
    const url = workflowId === undefined ? undefined : await uiLink(settings, temporal, workflowId);
    output.json({ scheduleId: SCHEDULE_ID, workflowId, url });
    output.say(
      workflowId === undefined
        ? `${SCHEDULE_ID} was triggered; "llma schedule describe" shows the run`
        : `${workflowId} started: "llma progress ${workflowId} --wait" shows it until it ends`,
    );
    if (url) output.say(output.style('dim', url));
  });
}

async function startedIds(handle: ScheduleHandle): Promise<Set<string>> {
  const { info } = await scheduleNow(handle);
  return new Set(info.recentActions.map(({ action }) => action.workflow.workflowId));
}

/** The id of the run that was triggered, as soon as the schedule knows it. */
async function newId(handle: ScheduleHandle, before: ReadonlySet<string>): Promise<string | undefined> {
  for (let tries = 0; tries < 20; tries++) {
    for (const id of await startedIds(handle)) if (!before.has(id)) return id;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return undefined;
}
