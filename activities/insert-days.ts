import type { ClickHouseSettings } from '@clickhouse/client';
import type { Partition } from '../config/partition.js';
import { newToken } from '../clickhouse/names.js';
import { runQuery } from '../clickhouse/run-query.js';
import type { Summary } from '../clickhouse/database.js';
import { unionOf, wrapTemplate } from '../templates/wrap.js';
import { FAILURE } from '../workflows/plan/failures.js';
import type { Caller } from './context.js';
import { countedEvents } from './counted-events.js';
import type { ActivityDeps } from './deps.js';
import { permanent } from './failure.js';
import type { ExecuteInsertInput } from './insert-settings.js';
import { countStates, insertStates, stateSelects, type StateCount, type StatesOptions } from './insert-states.js';

/** Of one day, what its INSERT has in the candidates. */
export interface Written {
  readonly partition: Partition;
  readonly token: string;
  readonly rows: number;
  /** States beside them; undefined when none of the templates has any. */
  readonly states?: readonly StateCount[];
}

export interface InsertOptions {
  /** Who began it. */
  readonly by: Caller;
  /** Days whose SQL is the same; of several, templates by date. */
  readonly partitions: readonly [Partition, ...Partition[]];
  readonly queryId: string;
  readonly settings: ClickHouseSettings;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: unknown) => void;
}

/** Rows that are not of the days that were asked for, or rows that are gone: no day can be told its number of rows. */
export class RowsElsewhereError extends Error {
  override readonly name = 'RowsElsewhereError';
}

/**
 * One INSERT of all templates of some days, and of the recount of what they read. Each day has a token of its own.
 * @throws RowsElsewhereError when the days' rows are not all that was written: only of several days, one keeps what is not its own.
 */
export async function insertDays(
  deps: ActivityDeps,
  input: ExecuteInsertInput,
  { partitions, by, ...query }: InsertOptions,
): Promise<{ readonly summary: Summary; readonly written: readonly Written[] }> {
  const tokens = partitions.map(newToken);
  const [token = ''] = tokens;
  const several = partitions.length > 1;
  const params = { dates: partitions, tokens, elsewhere: several ? '' : token };
  const hasStates = stateSelects(input).length > 0;
  const states = { ...query, workflowId: by.workflowId, params };
  const writtenStates = hasStates ? await insertStates(deps, input, states) : 0;
  const summary = await runQuery(deps.database, { sql: statementOf(deps, input), params, ...query });
  const counts = hasStates ? await countedStates(deps, input, { ...states, written: writtenStates }) : undefined;
  const statesOf = (of: string) => (counts ? { states: counts.filter((count) => count.token === of) } : {});
  if (!several) {
    return { summary, written: [{ partition: partitions[0], token, rows: summary.writtenRows, ...statesOf(token) }] };
  }
  const rows = await rowsOf(deps, input.candidates, tokens);
  const written = partitions.map((partition, i) => {
    const own = tokens[i] ?? '';
    return { partition, token: own, rows: rows[i] ?? 0, ...statesOf(own) };
  });
  const found = written.reduce((sum, day) => sum + day.rows, 0);
  if (found !== summary.writtenRows) {
    throw new RowsElsewhereError(`${summary.writtenRows} rows were written, ${found} are there of the days asked for`);
  }
  return { summary, written };
}

/** The states that were written, counted. @throws RowsElsewhereError, or CandidatesLost of one day, when they are not all that was written. */
async function countedStates(
  deps: ActivityDeps,
  input: ExecuteInsertInput,
  { params, written }: StatesOptions & { readonly written: number },
): Promise<readonly StateCount[]> {
  const counts = await countStates(deps, input, params);
  const found = counts.reduce((sum, { rows }) => sum + Number(rows), 0);
  if (found === written) return counts;
  const message = `${written} states were written, ${found} are there of the days asked for`;
  if (params.dates.length > 1) throw new RowsElsewhereError(message);
  throw permanent(FAILURE.candidatesLost, `partition ${String(params.dates[0])}: ${message}; ClickHouse restarted`);
}

/** Rows of each token. */
async function rowsOf({ database }: ActivityDeps, candidates: string, tokens: readonly string[]): Promise<number[]> {
  const sql = database.statement('pipeline/count-inserted.sql', { candidates: database.temporary(candidates) });
  const found = await database.select<{ token: string; rows: string }>(sql, { params: { tokens } });
  return tokens.map((token) => Number(found.find((row) => row.token === token)?.rows ?? 0));
}

function statementOf({ database }: ActivityDeps, input: ExecuteInsertInput): string {
  const { candidates, templates, slice } = input;
  const selects = templates.filter(({ sql }) => sql !== '').map(wrapTemplate);
  const metrics = selects.length > 0 ? unionOf(selects) : database.statement('pipeline/no-metrics.sql');
  const events = countedEvents(database, { ...input, table: slice?.of.table });
  const recount = database.statement(`pipeline/recount-${slice ? 'slice' : 'source'}.sql`, { llm_events: events });
  const names = { candidates: database.temporary(candidates), metrics, recount };
  return database.statement('pipeline/insert-candidates.sql', names);
}
