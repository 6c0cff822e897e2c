import type { ClickHouseSettings } from '@clickhouse/client';
import type { Database, Params, Summary } from '../../clickhouse/database.js';
import { literal, newToken, slicePrefix } from '../../clickhouse/names.js';
import { runQuery, selectKillable } from '../../clickhouse/run-query.js';
import type { CanonicalColumn } from '../../templates/canonical.js';
import { caller, insertPrefix } from '../context.js';
import type { ActivityDeps } from '../deps.js';
import type { Slice } from './slice.js';

/** How an attempt talks to ClickHouse: its queries are found by their ids, and killed when it is cancelled. */
export interface Attempt {
  readonly deps: ActivityDeps;
  readonly chunk: number;
  /** Of statements that read the source or a slice. */
  readonly settings: ClickHouseSettings;
  readonly signal: AbortSignal;
  readonly report: (details: unknown) => void;
  /** Tables that it has made: nobody else knows of those of one that goes on after its run has cleaned up. */
  readonly made: string[];
}

/** Creates an empty slice whose comment names the workflow. @returns its name */
export async function createSlice(
  { deps, chunk, signal, made }: Attempt,
  { engine, columns }: { readonly engine: Slice['engine']; readonly columns: readonly CanonicalColumn[] },
): Promise<string> {
  const { database } = deps;
  const { workflowId, runId } = caller();
  const table = `${slicePrefix(workflowId, runId, chunk)}${newToken()}`;
  const names = {
    slice: database.temporary(table),
    columns: columns.map(({ name, type }) => `    ${name} ${type}`).join(',\n'),
    engine: engine === 'Memory' ? 'Memory' : 'MergeTree ORDER BY (date, team_id, event)',
    comment: literal(workflowId),
  };
  signal.throwIfAborted();
  made.push(table);
  await database.command(database.statement('pipeline/create-slice.sql', names));
  return table;
}

/** Drops every slice of the chunk, whichever attempt made it: a predecessor that still fills one fails. */
export async function dropSlices({ database }: ActivityDeps, chunk: number): Promise<void> {
  const { workflowId, runId } = caller();
  const tables = await database.select<{ name: string }>(database.statement('pipeline/temporary-of-chunk.sql'), {
    params: { database: database.settings.database, prefixes: [slicePrefix(workflowId, runId, chunk)] },
  });
  for (const { name } of tables) await dropSlice({ deps: { database } }, name);
}

/** Drops what an attempt has made that was cancelled, or given up: its run may have cleaned up before. What can't be dropped now is swept later. */
export async function dropMade({ deps, made }: Pick<Attempt, 'deps' | 'made'>): Promise<void> {
  await Promise.allSettled(made.map((table) => dropSlice({ deps }, table)));
}

export async function dropSlice({ deps }: { deps: Pick<ActivityDeps, 'database'> }, table: string): Promise<void> {
  await deps.database.command(`DROP TABLE IF EXISTS ${deps.database.temporary(table)} SYNC`);
}

/** What a slice is filled with: a statement of `sql/pipeline/`. */
export interface Filling {
  readonly file: string;
  readonly names: Readonly<Record<string, string>>;
  readonly params?: Params;
}

/** Fills `slice` with what a statement of `sql/pipeline/` selects. */
export async function insertSlice(
  { deps: { database }, chunk, settings, signal, report }: Attempt,
  slice: string,
  { file, names, params = {} }: Filling,
): Promise<Summary> {
  return await runQuery(database, {
    sql: database.statement(file, { ...names, slice: database.temporary(slice) }),
    params,
    settings,
    queryId: `${insertPrefix(chunk)}${newToken()}`,
    signal,
    onProgress: report,
  });
}

/** What of an attempt a statement needs that writes nothing. */
export type Asking = Pick<Attempt, 'deps' | 'chunk' | 'settings' | 'signal'>;

/** Rows of a SELECT over the source or a slice, or of what the server says of one. */
export async function selectRows<Row>(
  { deps, chunk, settings, signal }: Asking,
  sql: string,
  params: Params = {},
): Promise<Row[]> {
  const queryId = `${insertPrefix(chunk)}${newToken()}`;
  return await selectKillable<Row>(deps.database, sql, { params, settings, signal, queryId });
}

/** The database as an attempt asks it. */
export function askedBy(asking: Asking): Pick<Database, 'select' | 'statement'> {
  const select = <Row>(sql: string, { params }: { readonly params?: Params } = {}) =>
    selectRows<Row>(asking, sql, params);
  return { statement: (file, names) => asking.deps.database.statement(file, names), select };
}
