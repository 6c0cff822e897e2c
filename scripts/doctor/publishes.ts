import type { Database } from '../../clickhouse/database.js';
import { unfinishedMonths } from '../../clickhouse/recovery.js';
import { recoverUnfinished } from '../../activities/recover-months.js';
import { publishId } from '../../workflows/plan/names.js';
import type { Temporal } from '../connect.js';
import { rootOf } from '../watch.js';
import { ok, problem, warning, type Finding } from './finding.js';

const CHECK = 'publishes';
/** Milliseconds that the publishes that were started have. */
const PATIENCE = 30_000;

/** Months whose live rows are not their current ones: they are published, which is safe at any time. */
export async function checkPublishes(database: Database, temporal: Temporal | undefined): Promise<Finding[]> {
  const unfinished = temporal ? await recoverUnfinished(temporal.client, database) : await unfinishedMonths(database);
  if (unfinished.length === 0) return [ok(CHECK, 'every accepted day is visible')];
  if (!temporal) {
    return unfinished.map(({ month, days }) =>
      problem(
        CHECK,
        `month ${month}: ${shown(days)} not as accepted`,
        'llma doctor publishes it when Temporal answers',
      ),
    );
  }
  const { client } = temporal;
  const ends = unfinished.map(({ month }) =>
    client.withDeadline(Date.now() + PATIENCE, () => client.workflow.getHandle(publishId(month)).result()),
  );
  const failures = await Promise.allSettled(ends);
  const still = await unfinishedMonths(database);
  return unfinished.map(({ month }, index) => {
    if (!still.some((other) => other.month === month))
      return ok(CHECK, `month ${month} was unfinished, and is published`);
    const end = failures[index];
    const failed = end?.status === 'rejected' && (end.reason as Error).name === 'WorkflowFailedError';
    if (failed) return problem(CHECK, `month ${month}: ${rootOf(end.reason as Error).message}`);
    return warning(
      CHECK,
      `month ${month}: ${publishId(month)} was started and is not done yet`,
      'a worker does it: llma worker',
    );
  });
}

function shown(days: readonly string[]): string {
  return days.length > 5 ? `${days.slice(0, 5).join(', ')} and ${days.length - 5} more days` : days.join(', ');
}
