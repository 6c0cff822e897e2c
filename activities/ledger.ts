import type { Database } from '../clickhouse/database.js';
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

/**
 * Writes the ledger rows of days that ended without rows of their own that anybody sees. Each is its day's last word, although the
 * clock went back.
 */
export async function recordEnded(
  database: Database,
  { workflowId, runId }: Caller,
  days: readonly EndedDay[],
): Promise<void> {
  if (days.length === 0) return;
  const params = { days: days.map(({ partition }) => partition) };
  const sql = database.statement('pipeline/ledger-ahead.sql');
  const ahead = await database.select<{ date: Partition; next: string }>(sql, { params });
  const rows = days.map(({ partition, status, error, findings = [], templates = {} }) => {
    const next = ahead.find(({ date }) => date === partition)?.next;
    const said = { date: partition, status, error, audits: findings, templates };
    const row = { ...said, workflow_id: workflowId, workflow_run_id: runId };
    return next === undefined ? row : { ...row, recorded_at: next };
  });
  await database.insert(database.tables.ledger, rows);
}

export interface EndedDay {
  readonly partition: Partition;
  readonly status: 'failed' | 'blocked' | 'cancelled' | 'expired' | 'superseded';
  readonly error: string;
  /** What the audits found, of a blocked day. */
  readonly findings?: readonly AuditFinding[];
  /** Name and hash of each template that was computed, of a blocked day: what may be published anyway. */
  readonly templates?: Readonly<Record<string, string>>;
}
