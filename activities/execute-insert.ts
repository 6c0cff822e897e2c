import type { Partition } from '../config/partition.js';
import { newToken } from '../clickhouse/names.js';
import { killQueries, runQuery } from '../clickhouse/run-query.js';
import { unionOf } from '../templates/wrap.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { attributeError } from './attribute-error.js';
import { candidatesLost } from './candidates-lost.js';
import { caller, insertPrefix, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { toFailure } from './failure.js';
import { insertSettings, type ExecuteInsertInput } from './insert-settings.js';

/** What one execution wrote, and from which snapshot. */
export interface ExecuteInsertOutput {
  /** Of this execution: its rows in the candidates table. */
  readonly token: string;
  /** Rows of metrics and of the recount together. */
  readonly writtenRows: number;
  /** Microseconds of the snapshot, or one more than the day's greatest version. */
  readonly version: number;
  /** ClickHouse's clock just before the source was read, in microseconds since 1970. */
  readonly snapshot: number;
  readonly queryId: string;
  readonly readRows: number;
  readonly readBytes: number;
  readonly elapsedMs: number;
  /** Settings of ours with which the query ran, where they shape it. */
  readonly settings: Readonly<Record<string, string>>;
}

/** One INSERT of all the partition's templates into candidates of its own. @throws TemplateError that names the template */
export function executeInsert(deps: ActivityDeps) {
  const { database } = deps;
  return async (input: ExecuteInsertInput): Promise<ExecuteInsertOutput> => {
    const { attempt } = caller();
    const prefix = insertPrefix(input.chunk);
    const context = { type: FAILURE.clickhouse, what: `partition ${input.partition}`, attempt };
    return await withHeartbeats(async (signal, report) => {
      try {
        if (attempt > 1) await killQueries(database, prefix);
        const snapshot = await openVersion(deps, input.partition);
        const execution = { token: newToken(), queryId: `${prefix}${newToken()}` };
        const summary = await runQuery(database, {
          sql: insertStatement(deps, input),
          params: { token: execution.token, partition: input.partition },
          settings: await insertSettings(database, input),
          queryId: execution.queryId,
          signal,
          onProgress: report,
        });
        return { ...execution, ...snapshot, ...summary, settings: {} };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw (
          (await candidatesLost(database, { ...context, candidates: input.candidates }, error)) ??
          (await attributeError(deps, input, error, signal)) ??
          toFailure(error, context)
        );
      }
    });
  };
}

function insertStatement({ database }: ActivityDeps, { candidates, templates, llmEvents }: ExecuteInsertInput): string {
  const selects = templates.filter(({ sql }) => sql !== '').map(({ sql }) => sql);
  const metrics = selects.length > 0 ? unionOf(selects) : database.statement('pipeline/no-metrics.sql');
  const names = { candidates: database.temporary(candidates), metrics, llm_events: llmEvents };
  return database.statement('pipeline/insert-candidates.sql', names);
}

async function openVersion({ database }: ActivityDeps, partition: Partition) {
  const sql = database.statement('pipeline/open-version.sql');
  const [row] = await database.select<{ snapshot: string; version: string }>(sql, { params: { partition } });
  return { snapshot: Number(row?.snapshot), version: Number(row?.version) };
}
