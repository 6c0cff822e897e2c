import type { ClickHouseSettings } from '@clickhouse/client';
import type { Partition } from '../config/partition.js';
import { newToken } from '../clickhouse/names.js';
import { runQuery } from '../clickhouse/run-query.js';
import type { Summary } from '../clickhouse/database.js';
import { unionOf, wrapTemplate } from '../templates/wrap.js';
import { countedEvents } from './counted-events.js';
import type { ActivityDeps } from './deps.js';
import type { ExecuteInsertInput } from './insert-settings.js';

/** Of one day, what its INSERT has in the candidates. */
export interface Written {
  readonly partition: Partition;
  readonly token: string;
  readonly rows: number;
}

export interface InsertOptions {
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
  { partitions, queryId, settings, signal, onProgress }: InsertOptions,
): Promise<{ readonly summary: Summary; readonly written: readonly Written[] }> {
  const tokens = partitions.map(newToken);
  const [token = ''] = tokens;
  const several = partitions.length > 1;
  const summary = await runQuery(deps.database, {
    sql: statementOf(deps, input),
    params: { dates: partitions, tokens, elsewhere: several ? '' : token },
    settings,
    queryId,
    signal,
    onProgress,
  });
  if (!several) return { summary, written: [{ partition: partitions[0], token, rows: summary.writtenRows }] };
  const rows = await rowsOf(deps, input.candidates, tokens);
  const written = partitions.map((partition, i) => ({ partition, token: tokens[i] ?? '', rows: rows[i] ?? 0 }));
  const found = written.reduce((sum, day) => sum + day.rows, 0);
  if (found !== summary.writtenRows) {
    throw new RowsElsewhereError(`${summary.writtenRows} rows were written, ${found} are there of the days asked for`);
  }
  return { summary, written };
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
