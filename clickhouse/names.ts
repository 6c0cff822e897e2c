import { createHash, randomUUID } from 'node:crypto';
import type { Month } from '../config/partition.js';

/** Every table name of ours. Temporary ones are made by the functions below. */
export const TABLES = {
  daily: 'llma_metrics_daily',
  versions: 'llma_metrics_versions',
  states: 'llma_metrics_states',
  state_versions: 'llma_metrics_states_versions',
  daily_state: 'llma_metrics_daily_state',
  daily_by: 'llma_metrics_daily_by',
  weekly: 'llma_metrics_weekly',
  monthly: 'llma_metrics_monthly',
  ledger: 'llma_partition_runs',
  status: 'llma_partition_status',
  migrations: 'llma_schema_migrations',
} as const;

/** What migrations of before call `states`, where a view is now, and `state_versions`: nothing reads or writes these any more. */
export const FORMER_TABLES = {
  states: TABLES.daily_state,
  state_versions: 'llma_metrics_state_versions',
} as const;

export const CANDIDATES_PREFIX = 'llma_cand_';
export const SLICE_PREFIX = 'llma_slice_';
export const STAGING_PREFIX = 'llma_pub_';
/** Prefixes of tables that live as long as one attempt. */
export const TEMPORARY_PREFIXES = [CANDIDATES_PREFIX, SLICE_PREFIX, STAGING_PREFIX] as const;

/** What is created, filled and dropped by name is one of these, whoever says the name. */
export function temporaryName(table: string): string {
  if (TEMPORARY_PREFIXES.some((prefix) => table.startsWith(prefix))) return table;
  throw new Error(`not a temporary table of ours: ${JSON.stringify(table)}`);
}

/** Every query of ours has an id that begins so. */
export const QUERY_PREFIX = 'llma-';

/** What every connection of ours calls itself: two installations may share a server, and their queries are told apart by it. */
export function applicationName(database: string): string {
  return `llma-metrics/${database}`;
}

/** 16 random hex digits: an attempt's own name, never used again. */
export function newToken(): string {
  // Of the digits that are random in a UUID. Node fetches its randomness for many of them at once: each statement needs one or two.
  const uuid = randomUUID();
  return `${uuid.slice(24)}${uuid.slice(0, 4)}`;
}

/** 16 hex digits for texts that users choose (workflow ids), so that none of them reaches a name or an id as it is. */
export function digest(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);
}

/** Candidate tables of one chunk of one run begin so, whichever attempt made them. */
export function candidatesPrefix(workflowId: string, runId: string, chunk: number): string {
  return `${CANDIDATES_PREFIX}${digest(workflowId, runId)}_${chunk}_`;
}

const STATES_SUFFIX = '_states';

/** Where the states of an attempt are, beside its candidates. It is there as soon as there are any. */
export function candidateStates(candidates: string): string {
  return `${candidates}${STATES_SUFFIX}`;
}

/** The name under which a run's history knows a temporary table: that of states goes by its candidates'. */
export function nameInHistory(table: string): string {
  return table.endsWith(STATES_SUFFIX) ? table.slice(0, -STATES_SUFFIX.length) : table;
}

/** Slices of one chunk of one run begin so, whichever attempt made them. */
export function slicePrefix(workflowId: string, runId: string, chunk: number): string {
  return `${SLICE_PREFIX}${digest(workflowId, runId)}_${chunk}_`;
}

/** The digest of the run that a table of candidates, or a slice, was made for; undefined when its name doesn't say. */
export function runDigestOf(table: string): string | undefined {
  return /^llma_(?:cand|slice)_([0-9a-f]{16})_\d+_/.exec(table)?.[1];
}

/** The chunk, of its run, that a table of candidates, or a slice, was made for. */
export function chunkOf(table: string): number {
  return Number(/^llma_(?:cand|slice)_[0-9a-f]{16}_(\d+)_/.exec(table)?.[1] ?? 0);
}

/** The month of a staging table; undefined for any other. */
export function stagingMonthOf(table: string): Month | undefined {
  return /^llma_pub_(\d{6})_/.exec(table)?.[1] as Month | undefined;
}

/** INSERTs of one chunk of one run begin so. */
export function insertQueryPrefix(workflowId: string, runId: string, chunk: number): string {
  return `${QUERY_PREFIX}insert-${digest(workflowId, runId)}-${chunk}-`;
}

/** Staging tables of one month begin so. */
export function stagingPrefix(month: Month): string {
  return `${STAGING_PREFIX}${month}_`;
}

/** Queries of a month's publishers begin so. Of one database: two installations may share a server. */
export function publishQueryPrefix(database: string, month: Month): string {
  return `${QUERY_PREFIX}pub-${month}-${digest(database)}-`;
}

/** A database and table, each an identifier from our own lists or checked configuration, ready to stand in SQL. */
export function qualified(database: string, table: string): string {
  return `${identifier(database)}.${identifier(table)}`;
}

/** An identifier of anybody’s, in backticks. */
export function anyIdentifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function identifier(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`not an identifier of ours: ${JSON.stringify(name)}`);
  return `\`${name}\``;
}

/** A string literal, for the few places of DDL that take no bound parameter (COMMENT). */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
