import type { World } from './world.js';

/** What the installation did meanwhile, from the histories of its workflows and the ledger. */
export interface Statistics {
  /** Runs of workflows, by type and how they ended. */
  readonly runs: Readonly<Record<string, number>>;
  /** Runs of `publishMonth` that ended well. */
  readonly publishes: number;
  /** Activities that were done, and attempts beyond the first. */
  readonly activities: number;
  readonly retries: number;
  /** Accepted days, and those of them that a later snapshot had overtaken. */
  readonly accepted: number;
  readonly superseded: number;
  /** Ledger rows of days that failed, by what they say. */
  readonly failures: Readonly<Record<string, number>>;
}

type History = Awaited<ReturnType<ReturnType<World['temporal']['client']['workflow']['getHandle']>['fetchHistory']>>;

/** Reads the histories of all runs that there were. */
export async function gather(world: World): Promise<Statistics> {
  const { workflow } = world.temporal.client;
  const runs: Record<string, number> = {};
  const sums = { activities: 0, retries: 0, accepted: 0, superseded: 0 };
  const fetching = new Set<Promise<void>>();
  for await (const { workflowId, runId, type, status } of workflow.list()) {
    const name = `${type} ${status.name.toLowerCase()}`;
    runs[name] = (runs[name] ?? 0) + 1;
    const one = workflow
      .getHandle(workflowId, runId)
      .fetchHistory()
      .then((history) => addUp(history, sums))
      .finally(() => fetching.delete(one));
    fetching.add(one);
    if (fetching.size >= 8) await Promise.race(fetching);
  }
  await Promise.all(fetching);
  const publishes = runs['publishMonth completed'] ?? 0;
  return { runs, publishes, ...sums, failures: await failures(world) };
}

function addUp(
  { events }: History,
  sums: { activities: number; retries: number; accepted: number; superseded: number },
) {
  const types = new Map<string, string>();
  for (const event of events ?? []) {
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskStartedEventAttributes: started } = event;
    if (scheduled) types.set(String(event.eventId), scheduled.activityType?.name ?? '');
    if (started) {
      sums.activities += 1;
      sums.retries += Math.max(0, (started.attempt ?? 1) - 1);
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed && types.get(String(completed.scheduledEventId)) === 'acceptPartitions') {
      const data = completed.result?.payloads?.[0]?.data;
      const { accepted, superseded } = JSON.parse(Buffer.from(data ?? []).toString()) as Record<string, unknown[]>;
      sums.accepted += accepted?.length ?? 0;
      sums.superseded += superseded?.length ?? 0;
    }
  }
}

async function failures({ select }: World): Promise<Record<string, number>> {
  const rows = await select<{ why: string; n: number }>(
    `SELECT concat(status, ': ', replaceRegexpAll(left(error, 160), '[0-9a-f]{16}|\\\\d{4}-\\\\d{2}-\\\\d{2}', '…')) AS why, toUInt32(count()) AS n
     FROM llma_partition_runs WHERE status NOT IN ('computed', 'published') GROUP BY why ORDER BY n DESC LIMIT 30`,
  );
  return Object.fromEntries(rows.map(({ why, n }) => [why, n]));
}
