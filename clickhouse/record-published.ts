import { TupleParam } from '@clickhouse/client';
import type { Partition } from '../config/partition.js';
import type { CurrentRun, SaidOfDay } from './current.js';
import type { Database } from './database.js';

/** What the ledger says of a computation, and which runs it made: of each of its templates one. */
export interface Computation {
  readonly day: Partition;
  readonly made: readonly string[];
  /** Of the template of each run. */
  readonly hashes: readonly string[];
  readonly workflow_id: string;
  readonly workflow_run_id: string;
  readonly token: string;
  readonly version: string;
  readonly source_rows: string;
  readonly source_fingerprint: string;
  readonly duplicates: string;
  readonly late_rows: string;
  readonly source_max_ingested_at: string | null;
  readonly snapshot_at: string | null;
  readonly query_id: string;
  readonly read_rows: string;
  readonly read_bytes: string;
  readonly elapsed_ms: string;
  readonly teams: string;
  readonly not_understood: string;
  readonly audits: readonly { readonly audit: string; readonly level: string; readonly message: string }[];
  readonly reason: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** The computations that made some runs, from the earliest on. */
export async function computationsOf(database: Database, runs: readonly CurrentRun[]): Promise<Computation[]> {
  if (runs.length === 0) return [];
  const params = { days: [...new Set(runs.map(({ date }) => date))], runs: runs.map(({ run }) => run) };
  return await database.select<Computation>(database.statement('pipeline/computations.sql'), { params });
}

/** Of a run whose computation the ledger doesn't have. */
const UNKNOWN: Computation = {
  day: '' as Partition,
  made: [],
  hashes: [],
  ...{ workflow_id: '', workflow_run_id: '', token: '', version: '0' },
  ...{ source_rows: '0', source_fingerprint: '0', duplicates: '0', late_rows: '0' },
  ...{ source_max_ingested_at: null, snapshot_at: null },
  ...{ query_id: '', read_rows: '0', read_bytes: '0', elapsed_ms: '0' },
  ...{ teams: '0', not_understood: '0', audits: [], reason: '', settings: {} },
};

/**
 * The ledger's rows of days that have become visible, as record-published.sql takes them: everything about their source from the oldest
 * computation whose rows are visible, what audits found and the reasons of whoever overrode something from all of them, the rest from
 * the latest one, and of each template the hash with which its visible rows were computed.
 * @param runs that are visible now, of all of these days
 */
export function publishedRows(
  runs: readonly CurrentRun[],
  computations: readonly Computation[],
  said: readonly SaidOfDay[],
): TupleParam[] {
  return [...new Set(runs.map(({ date }) => date))].map((day) => {
    const ofDay = runs.filter(({ date }) => date === day);
    const { next = '1970-01-01 00:00:00' } = said.find(({ date }) => date === day) ?? {};
    return new TupleParam([next, publishedRow(day, ofDay, computations)]);
  });
}

function publishedRow(
  day: Partition,
  visible: readonly CurrentRun[],
  computations: readonly Computation[],
): TupleParam {
  const runs = new Set(visible.map(({ run }) => String(run)));
  const made = computations.filter((one) => one.day === day && one.made.some((run) => runs.has(run)));
  const hashes = new Map(made.flatMap((one) => one.made.map((run, i) => [run, one.hashes[i] ?? ''] as const)));
  // A run without a hash only closed a template that is gone.
  const templates = visible.flatMap(({ template, run, rows }) => {
    const hash = hashes.get(String(run));
    return hash === undefined ? [] : [{ template, hash, rows }];
  });
  const [latest = UNKNOWN, oldest = UNKNOWN] = [made.at(-1), made[0]];
  const findings = made.flatMap(({ audits }) => audits.map(({ audit, level, message }) => [audit, level, message]));
  return new TupleParam([
    day,
    visible.map(({ run }) => run).sort((a, b) => (a < b ? -1 : 1)),
    visible.reduce((sum, { rows }) => sum + rows, 0),
    new Map(templates.map(({ template, hash }) => [template, hash])),
    new Map(templates.map(({ template, rows }) => [template, rows])),
    distinct(findings).map((finding) => new TupleParam(finding)),
    distinct(made.map(({ reason }) => reason).filter((reason) => reason !== '')).join('; '),
    ...[latest.workflow_id, latest.workflow_run_id, latest.token, BigInt(latest.version), latest.query_id],
    ...[BigInt(latest.read_rows), BigInt(latest.read_bytes), BigInt(latest.elapsed_ms)],
    new Map(Object.entries(latest.settings)),
    // What the day's source was when its oldest visible rows were computed: events since then are not in all of them.
    ...[BigInt(oldest.source_rows), BigInt(oldest.source_fingerprint), BigInt(oldest.duplicates)],
    ...[BigInt(oldest.late_rows), oldest.source_max_ingested_at, oldest.snapshot_at],
    ...[BigInt(oldest.teams), BigInt(oldest.not_understood)],
  ]);
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
