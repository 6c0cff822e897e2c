/** How much Temporal keeps of runs: events and bytes of their histories. */
import type { Client } from '@temporalio/client';

export interface HistorySize {
  /** Runs of the workflow, continued ones among them. */
  readonly runs: number;
  readonly events: number;
  readonly bytes: number;
}

/** What all runs that began since then have, by workflow type. */
export async function historiesSince(client: Client, since: Date): Promise<ReadonlyMap<string, HistorySize>> {
  const found = new Map<string, HistorySize>();
  const query = `StartTime >= '${since.toISOString()}'`;
  for await (const run of client.workflow.list({ query, pageSize: 1000 })) {
    const before = found.get(run.type) ?? { runs: 0, events: 0, bytes: 0 };
    found.set(run.type, {
      runs: before.runs + 1,
      events: before.events + run.historyLength,
      bytes: before.bytes + (run.historySize ?? 0),
    });
  }
  return found;
}

/** When events of a workflow's history happened. */
export interface Moments {
  /** Milliseconds from the moment at which an activity was scheduled to its end, of each. */
  readonly activities: ReadonlyMap<string, readonly number[]>;
  /** Milliseconds from the moment at which a child was asked for to its end, of each. */
  readonly children: readonly number[];
}

/** What the parts of one run took, as Temporal wrote it down. */
export async function momentsOf(client: Client, workflowId: string): Promise<Moments> {
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const times = new Map((events ?? []).map((event) => [String(event.eventId), millis(event.eventTime)]));
  const activities = new Map<string, number[]>();
  const types = new Map<string, string>();
  const children: number[] = [];
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) types.set(String(event.eventId), scheduled.activityType?.name ?? '');
    const completed = event.activityTaskCompletedEventAttributes;
    const child = event.childWorkflowExecutionCompletedEventAttributes;
    const began = times.get(String(completed?.scheduledEventId ?? child?.initiatedEventId)) ?? NaN;
    const took = millis(event.eventTime) - began;
    if (child) children.push(took);
    if (!completed) continue;
    const type = types.get(String(completed.scheduledEventId)) ?? '';
    activities.set(type, [...(activities.get(type) ?? []), took]);
  }
  return { activities, children };
}

function millis(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? NaN) * 1000 + (time?.nanos ?? 0) / 1e6;
}
