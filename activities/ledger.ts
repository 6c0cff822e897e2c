import type { Partition } from '../config/partition.js';
import type { ComputedDay } from './accept-partitions.js';
import type { Caller } from './context.js';
import type { AuditFinding } from './run-audits.js';

/** An instant as ClickHouse reads it: `'YYYY-MM-DD hh:mm:ss.mmm'` in UTC. */
function instant(microseconds: number): string {
  const text = new Date(Math.floor(microseconds / 1000)).toISOString();
  return `${text.slice(0, -1)}${String(microseconds % 1000).padStart(3, '0')}`.replace('T', ' ');
}

/** The ledger row of a day whose rows are about to be accepted. */
export function computedRow({ workflowId, runId }: Caller, day: ComputedDay, token: string): Record<string, unknown> {
  return {
    date: day.partition,
    status: 'computed',
    workflow_id: workflowId,
    workflow_run_id: runId,
    token,
    version: day.version,
    rows: day.rows,
    source_rows: day.source.rows,
    source_fingerprint: day.source.fingerprint,
    duplicates: day.source.duplicates,
    late_rows: day.lateRows,
    source_max_ingested_at: day.source.maxIngestedAt ?? null,
    snapshot_at: instant(day.snapshot),
    templates: day.templates,
    template_rows: day.templateRows,
    query_id: day.queryId,
    read_rows: day.readRows,
    read_bytes: day.readBytes,
    elapsed_ms: day.elapsedMs,
    teams: day.source.teams,
    not_understood: day.source.notUnderstood,
    audits: day.findings ?? [],
    reason: day.reason ?? '',
    settings: day.settings,
  };
}

/** The ledger row of a day that ended without rows of its own that anybody sees. */
export function endedRow(
  { workflowId, runId }: Caller,
  { partition, status, error, findings = [] }: EndedDay,
): Record<string, unknown> {
  return { date: partition, status, workflow_id: workflowId, workflow_run_id: runId, error, audits: findings };
}

export interface EndedDay {
  readonly partition: Partition;
  readonly status: 'failed' | 'blocked' | 'cancelled' | 'expired' | 'superseded';
  readonly error: string;
  /** What the audits found, of a blocked day. */
  readonly findings?: readonly AuditFinding[];
}
