import type { Database } from '../clickhouse/database.js';
import { SLICE_PREFIX, TABLES } from '../clickhouse/names.js';
import { ownTable, type AuditReads } from './audit-reads.js';
import type { AuditedDays } from './audit-relations.js';
import type { ActivityDeps } from './deps.js';
import { readLimit } from './read-limit.js';
import type { SourceFacts } from './retention/guard.js';
import { eventsOf } from './slice/choose.js';

/** An audit that reads events. */
interface Reading {
  readonly sql: string;
  readonly reads: AuditReads;
}

interface Asked {
  readonly days: AuditedDays;
  /** How the server is asked. */
  readonly database: Pick<Database, 'select' | 'statement'>;
  /** What their queries read. */
  readonly facts: SourceFacts;
  readonly audits: readonly Reading[];
}

/**
 * Rows that audits of these days which read events may read together: of events as many as their INSERTs may, of our own tables all,
 * as often as they name them. Undefined where there is no limit.
 */
export async function auditLimit(
  deps: ActivityDeps,
  { days, database, facts, audits }: Asked,
): Promise<string | undefined> {
  const [{ partition, eventTypes, candidates }] = days;
  const dates = days.map((day) => day.partition).sort();
  const llmEvents = eventsOf({ catalogue: deps.catalogue(), eventTypes, days: dates });
  const limit = await readLimit({ ...deps, database }, facts, { partition, llmEvents });
  if (limit === undefined) return undefined;
  return String(limit.rows + (await rowsOfOurs(deps, database, { candidates, audits })));
}

/** All rows of our tables, for each read: a slice, and candidates, have no index; which of the versions are read is the audit's to say. */
async function rowsOfOurs(
  deps: ActivityDeps,
  database: Asked['database'],
  { candidates, audits }: Pick<Asked, 'audits'> & { readonly candidates: string },
): Promise<number> {
  const slices = audits.flatMap(({ sql }) => sql.match(new RegExp(`${SLICE_PREFIX}\\w+`, 'g')) ?? []);
  const names = [candidates, TABLES.versions, ...new Set(slices)];
  const found = await database.select<{ name: string; rows: string | null }>(
    'SELECT name, total_rows AS rows FROM system.tables WHERE database = {database:String} AND has({names:Array(String)}, name)',
    { params: { database: deps.database.settings.database, names } },
  );
  return found.reduce((sum, { name, rows }) => {
    const table = ownTable(deps.database, `${deps.database.settings.database}.${name}`);
    const times = audits.reduce((all, { reads }) => all + (table ? reads.own[table] : 0), 0);
    return sum + times * Number(rows ?? 0);
  }, 0);
}
