import { ScheduleAlreadyRunning, type ScheduleDescription, type ScheduleHandle } from '@temporalio/client';
import type { Settings } from '../../config/settings.js';
import { SCHEDULE_ID } from '../../workflows/plan/names.js';
import { withTemporal, type Temporal } from '../connect.js';
import type { Context } from '../context.js';
import { requireSearchAttributes } from '../start-backfill.js';
import { dailySchedule, differences, type Difference } from './daily.js';
import { scheduleNow, isNotFound } from './handle.js';
import { instant, neverRuns, pauseOf } from './words.js';

export interface Applied {
  readonly what: 'created' | 'updated' | 'unchanged';
  readonly changes: readonly Difference[];
  /** As it is now. */
  readonly schedule: ScheduleDescription;
}

/** Creates the schedule, or makes it what it should be. Run twice, the second time does nothing. */
export async function ensureSchedule({ client }: Temporal, settings: Settings): Promise<Applied> {
  const handle = client.schedule.getHandle(SCHEDULE_ID);
  const found = await describeIfThere(handle);
  if (!found) {
    try {
      await client.schedule.create({ scheduleId: SCHEDULE_ID, ...dailySchedule(settings) });
      return { what: 'created', changes: [], schedule: await scheduleNow(handle) };
    } catch (error) {
      // Somebody else has created it in between.
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
  }
  const before = found ?? (await scheduleNow(handle));
  const changes = differences(before, settings);
  if (changes.length === 0) return { what: 'unchanged', changes, schedule: before };
  // Whatever isn't handed back is gone: the state holds the operator's pause and its note.
  await handle.update(({ state, typedSearchAttributes }) => ({
    ...dailySchedule(settings),
    state,
    ...(typedSearchAttributes ? { typedSearchAttributes } : {}),
  }));
  return { what: 'updated', changes, schedule: await scheduleNow(handle) };
}

async function describeIfThere(handle: ScheduleHandle): Promise<ScheduleDescription | undefined> {
  try {
    return await scheduleNow(handle);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** `llma schedule apply`. */
export async function applySchedule({ settings, output }: Context): Promise<void> {
  const { what, changes, schedule } = await withTemporal(settings, async (temporal) => {
    await requireSearchAttributes(temporal);
    return await ensureSchedule(temporal, settings);
  });
  const { state, info } = schedule;
  const [next] = info.nextActionTimes;
  output.json({ scheduleId: SCHEDULE_ID, what, changes, paused: state.paused, note: state.note, next });
  output.say(`${signs(output)[what]} ${SCHEDULE_ID} ${what}`);
  for (const { what: name, old, new: now } of changes) output.say(`    ${name}: ${old} → ${now}`);
  if (state.paused) output.say(`    ${pauseOf(schedule)}: "llma schedule resume" lets it go on`);
  else if (next) output.say(`    runs at ${settings.cronSchedule} (UTC), next ${instant(next)}`);
  else output.warn(neverRuns(settings.cronSchedule));
}

function signs(output: Context['output']): Record<Applied['what'], string> {
  return {
    created: output.style('green', '+'),
    updated: output.style('yellow', '✎'),
    unchanged: output.style('green', '✓'),
  };
}
