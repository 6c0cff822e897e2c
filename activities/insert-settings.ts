import type { ClickHouseSettings } from '@clickhouse/client';
import type { ActivityDeps } from './deps.js';
import { logComment, past } from './context.js';
import { gentler } from './gentler.js';
import type { RenderTemplatesOutput } from './render-templates.js';
import type { DecodedDay, Slice } from './slice/slice.js';

export interface ExecuteInsertInput extends RenderTemplatesOutput {
  readonly chunk: number;
  readonly candidates: string;
  /** What its templates read as `llm_events`, and what it has of the partition; undefined when no template of the run asks for it. */
  readonly slice?: { readonly of: Slice; readonly day: DecodedDay; readonly eventTypes: readonly string[] };
  readonly maxExecutionSeconds: number;
  /** Why a partition whose source rows have expired is computed from what is left. */
  readonly computeExpired?: string;
}

/** All branches of a UNION read one snapshot of a table, so that the recount counts what the metrics counted. */
export const ONE_SNAPSHOT = { enable_shared_storage_snapshot_in_query: 1 } as const;

/**
 * What a query that reads the source may take: configuration, less where the server was overloaded. Settings of 0 are the server's; of
 * its threads half, while other users are at work.
 */
export async function limitSettings(deps: ActivityDeps): Promise<ClickHouseSettings> {
  const { makeWay, maxThreads } = deps.settings.limits;
  const half = makeWay ? await deps.database.threadsBesideOthers() : undefined;
  return await configured(deps, maxThreads || (half ?? 0));
}

/** What a query of a verification may take. Mostly it has one thread, so nobody looks for other users. */
export async function verifySettings(deps: ActivityDeps): Promise<ClickHouseSettings> {
  return await configured(deps, deps.settings.limits.maxThreads);
}

async function configured({ database, settings }: ActivityDeps, maxThreads: number): Promise<ClickHouseSettings> {
  const { maxMemoryMb, priority, nice } = settings.limits;
  const wanted = {
    ...(maxMemoryMb > 0 ? { max_memory_usage: String(maxMemoryMb * 1_000_000) } : {}),
    ...(maxThreads > 0 ? { max_threads: maxThreads } : {}),
    ...(priority > 0 ? { priority: String(priority) } : {}),
    ...(nice > 0 ? { os_threads_nice_value_query: nice } : {}),
    ...gentler({ maxMemoryMb: maxMemoryMb || (await memoryMbOfProfile(database)) }, past().overloaded),
  };
  return await database.supported(wanted);
}

/** 0 where the profile of our user has no limit. */
async function memoryMbOfProfile(database: ActivityDeps['database']): Promise<number> {
  return Number((await database.profileSetting('max_memory_usage')) ?? 0) / 1_000_000;
}

/** Seconds that a statement has which is analysed and not run: four of them end within the time that a rendering has. */
const ANALYSIS_SECONDS = 5;

/**
 * Of a statement that is explained, estimated or described: the server runs its scalar subqueries all the same, and builds its sets.
 * They are refused before they read more than so many rows.
 */
export function analysing(settings: ClickHouseSettings, mostRows: number): ClickHouseSettings {
  return { ...settings, max_rows_to_read: String(mostRows), max_execution_time: ANALYSIS_SECONDS };
}

/** Settings as the ledger shows them. */
export function asText(settings: Readonly<Record<string, unknown>>, prefix = ''): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${prefix}${name}`, String(value)]));
}

/** Settings of a partition's INSERT, and of the queries that look for the template to blame. */
export async function insertSettings(
  deps: ActivityDeps,
  { partition, templates, maxExecutionSeconds }: ExecuteInsertInput,
  limits?: ClickHouseSettings,
): Promise<ClickHouseSettings> {
  const about = { partitions: [partition], templates: templateHashes({ templates }) };
  return await sourceSettings(deps, { maxExecutionSeconds, about, limits });
}

/** Hashes of templates by their names. */
export function templateHashes({ templates }: Pick<ExecuteInsertInput, 'templates'>): Readonly<Record<string, string>> {
  return Object.fromEntries(templates.map(({ name, hash }) => [name, hash]));
}

interface Statement {
  readonly maxExecutionSeconds: number;
  /** What `system.query_log` says of it. */
  readonly about: Readonly<Record<string, unknown>>;
  /** Default: those of now. */
  readonly limits?: ClickHouseSettings | undefined;
}

/** Settings of a statement that reads the source, or a slice of it. */
export async function sourceSettings(
  deps: ActivityDeps,
  { maxExecutionSeconds, about, limits }: Statement,
): Promise<ClickHouseSettings> {
  return {
    log_comment: logComment(about),
    max_execution_time: maxExecutionSeconds,
    ...(await deps.database.supported(ONE_SNAPSHOT)),
    ...(limits ?? (await limitSettings(deps))),
  };
}
