import { TupleParam } from '@clickhouse/client';
import type { Client } from '@temporalio/client';
import type { Database } from '../clickhouse/database.js';
import { applicationName, nameInHistory, newToken, QUERY_PREFIX, TEMPORARY_PREFIXES } from '../clickhouse/names.js';
import { isLeftQuery, judgeTable, ownersOf, type OwnedQuery, type TemporaryTable } from './leftovers.js';

/** What runs that are dead have left in ClickHouse. */
export interface Leftovers {
  readonly tables: readonly TemporaryTable[];
  /** Tables of our names that no workflow claims: made by hand. */
  readonly unclaimed: readonly TemporaryTable[];
  readonly queries: readonly OwnedQuery[];
  /** Temporary tables that somebody works with. */
  readonly inUse: number;
}

type Workflows = Pick<Client, 'workflow'>;

/**
 * Finds tables and queries of runs that are not open any more. Lists them first, and only then asks who is open: what appears
 * meanwhile belongs to somebody. Each workflow is described, not searched for: the list of Temporal's visibility is behind.
 * @throws whatever keeps Temporal from answering: then nobody knows whose they are.
 */
export async function findLeftovers(database: Database, client: Workflows): Promise<Leftovers> {
  const tables = await temporaryTables(database);
  const queries = await workflowQueries(database);
  const ids = new Set([...tables.flatMap(ownersOf), ...queries.map(({ workflowId }) => workflowId)]);
  const open = new Map<string, string>();
  for (const id of ids) {
    const runId = await openRun(client, id);
    if (runId !== undefined) open.set(id, runId);
  }
  const judged = tables.map((table) => ({ table, verdict: judgeTable(table, open) }));
  const of = (verdict: string) => judged.filter((each) => each.verdict === verdict).map(({ table }) => table);
  const reset: TemporaryTable[] = [];
  for (const table of of('another run')) if (!(await hasTakenOver(client, table))) reset.push(table);
  const left = [...of('leftover'), ...reset];
  const unclaimed = of('unclaimed');
  return {
    tables: left,
    unclaimed,
    queries: queries.filter((query) => isLeftQuery(query, open)),
    inUse: tables.length - left.length - unclaimed.length,
  };
}

/** Tables of ours that live as long as one attempt. */
export async function temporaryTables(database: Database): Promise<TemporaryTable[]> {
  return await database.select<TemporaryTable>(database.statement('pipeline/temporary-tables.sql'), {
    params: { database: database.settings.database, prefixes: [...TEMPORARY_PREFIXES] },
  });
}

async function workflowQueries(database: Database): Promise<OwnedQuery[]> {
  const rows = await database.select<{ query_id: string; workflow_id: string; run_id: string }>(
    database.statement('pipeline/workflow-queries.sql'),
    { params: { application: applicationName(database.settings.database) } },
  );
  return rows.map((row) => ({ queryId: row.query_id, workflowId: row.workflow_id, runId: row.run_id }));
}

async function openRun({ workflow }: Workflows, id: string): Promise<string | undefined> {
  try {
    const { status, runId } = await workflow.getHandle(id).describe();
    return status.name === 'RUNNING' ? runId : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}

/** Whether the open run works with a table that a run before it opened: a reset keeps the history until then, and its tables. */
async function hasTakenOver({ workflow }: Workflows, { name, comment }: TemporaryTable): Promise<boolean> {
  const { events } = await workflow.getHandle(comment).fetchHistory();
  const text = new TextDecoder();
  const known = `"${nameInHistory(name)}"`;
  return (events ?? []).some((event) => {
    const { result } = event.activityTaskCompletedEventAttributes ?? {};
    return result?.payloads?.some(({ data }) => data && text.decode(data).includes(known));
  });
}

/** Kills the queries, and then drops the tables that nobody writes to any more. Safe to repeat. */
export async function removeLeftovers(database: Database, { tables, queries }: Pick<Leftovers, 'tables' | 'queries'>) {
  if (queries.length > 0) {
    // Of its own run: a publish's swap has an id that a living publisher may have taken up since.
    const run = "JSONExtractString(Settings['log_comment'], 'llma', 'runId')";
    await database.command(`KILL QUERY WHERE has({left:Array(Tuple(String, String))}, (query_id, ${run})) SYNC`, {
      params: { left: queries.map(({ queryId, runId }) => new TupleParam([queryId, runId])) },
      queryId: `${QUERY_PREFIX}kill-${newToken()}`,
    });
  }
  for (const { name } of tables) await database.command(`DROP TABLE IF EXISTS ${database.temporary(name)} SYNC`);
}
