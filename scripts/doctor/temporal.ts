import { searchAttributeProblems } from '../../worker/search-attributes.js';
import { SCHEDULE_ID, TASK_QUEUE } from '../../workflows/plan/names.js';
import type { Settings } from '../../config/settings.js';
import type { Temporal } from '../connect.js';
import { count } from '../output.js';
import { pollers } from '../pollers.js';
import { differences } from '../schedule/daily.js';
import { isNotFound } from '../schedule/handle.js';
import { instant, pauseOf } from '../schedule/words.js';
import { guarded, ok, problem, warning, type Finding } from './finding.js';

/** Everything about Temporal. The connection is known to work. */
export async function checkTemporal(settings: Settings, temporal: Temporal): Promise<Finding[]> {
  const found = await Promise.all([
    guarded('Temporal', () => checkServer(temporal)),
    guarded('search attributes', () => checkSearchAttributes(temporal)),
    guarded('worker', () => checkWorker(temporal)),
    guarded('schedule', () => checkSchedule(settings, temporal)),
  ]);
  return found.flat();
}

async function checkServer({ connection, address, namespace }: Temporal): Promise<Finding[]> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  return [ok('Temporal', `${address}, namespace ${namespace}, version ${serverVersion ?? 'unknown'}`)];
}

async function checkSearchAttributes({ connection, namespace }: Temporal): Promise<Finding[]> {
  const check = 'search attributes';
  const problems = await searchAttributeProblems(connection, namespace);
  if (problems.length === 0) return [ok(check, 'registered')];
  return problems.map((text) => {
    const [what = text, command] = text.split(': run ');
    return problem(check, what, command === undefined ? undefined : command.replaceAll('"', ''));
  });
}

/** A worker asks for work once a minute at least. */
const IDLE_MS = 90_000;

async function checkWorker(temporal: Temporal): Promise<Finding[]> {
  const alive = (await pollers(temporal)).filter(({ idleMs }) => idleMs < IDLE_MS);
  if (alive.length === 0) return [problem('worker', `none asks for work on ${TASK_QUEUE}`, 'start one: llma worker')];
  const names = alive.map(({ identity }) => identity).sort();
  return [ok('worker', `${count(alive.length, 'worker')} on ${TASK_QUEUE}: ${names.join(', ')}`)];
}

async function checkSchedule(settings: Settings, { client }: Temporal): Promise<Finding[]> {
  try {
    const schedule = await client.schedule.getHandle(SCHEDULE_ID).describe();
    const changes = differences(schedule, settings).map(({ what }) => what);
    if (changes.length > 0) {
      return [warning('schedule', `not what the configuration says: ${changes.join(', ')}`, 'llma schedule apply')];
    }
    if (schedule.state.paused)
      return [warning('schedule', `${SCHEDULE_ID} is ${pauseOf(schedule)}`, 'llma schedule resume')];
    const [next] = schedule.info.nextActionTimes;
    if (!next)
      return [warning('schedule', `${SCHEDULE_ID} never runs`, 'set LLMA_CRON_SCHEDULE, and llma schedule apply')];
    return [ok('schedule', `${SCHEDULE_ID}, next ${instant(next)}`)];
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return [warning('schedule', `there is no ${SCHEDULE_ID}: no day is computed by itself`, 'llma schedule apply')];
  }
}
