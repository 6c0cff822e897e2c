import type { Database } from '../clickhouse/database.js';
import { SLICE_PREFIX } from '../clickhouse/names.js';
import type { TemplateFile } from '../templates/catalogue.js';
import type { AuditedDays } from './audit-relations.js';
import type { ActivityDeps } from './deps.js';
import { readLimit } from './read-limit.js';
import type { SourceFacts } from './retention/guard.js';
import { eventsOf } from './slice/choose.js';

/** Texts and comments: no names of tables stand there. */
const SAID = /'(?:[^'\\]|\\[^]|'')*'|\{#[^]*?#\}|--[^\n]*|\/\*[^]*?\*\//g;

/** A table that is named after FROM, JOIN or IN, or after a comma of what FROM lists, in a text without brackets. */
const NAMED =
  /\b(?:FROM|JOIN|IN)\s+[\w`"]|\bFROM\s(?:(?!\b(?:PREWHERE|WHERE|GROUP|HAVING|ORDER|LIMIT|SETTINGS|UNION|SELECT)\b)[^])*,\s*[\w`"]/i;
/** Brackets that hold no others. */
const INNERMOST = /\(([^()]*)\)/;

/** Whether an audit may read events: it is handed them, names a table itself, or includes what is not looked into. None that is shipped does. */
export function mayReadEvents({ source }: TemplateFile): boolean {
  let text = source.replaceAll(SAID, '');
  if (/llm_events|\{%-?\s*(?:include|import|extends|from)\b/.test(text)) return true;
  text = text.replaceAll(/\{\{[^]*?\}\}/g, '()');
  // Brackets are looked into one by one: what stands in an inner one is no part of the outer one's list.
  for (let inner = INNERMOST.exec(text); inner; inner = INNERMOST.exec(text)) {
    const [whole, of = ''] = inner;
    if (NAMED.test(of)) return true;
    text = text.slice(0, inner.index) + '\0' + text.slice(inner.index + whole.length);
  }
  return NAMED.test(text);
}

interface Asked {
  readonly days: AuditedDays;
  /** How the server is asked. */
  readonly database: Pick<Database, 'select' | 'statement'>;
  /** What their queries read. */
  readonly facts: SourceFacts;
  readonly sql: string;
}

/** Rows that audits of these days which read events may read together, as their INSERTs may; undefined where there is no limit. */
export async function auditLimit(
  deps: ActivityDeps,
  { days, database, facts, sql }: Asked,
): Promise<string | undefined> {
  const [{ partition, eventTypes }] = days;
  const dates = days.map((day) => day.partition).sort();
  const llmEvents = eventsOf({ catalogue: deps.catalogue(), eventTypes, days: dates });
  const limit = await readLimit({ ...deps, database }, facts, { partition, llmEvents });
  if (limit === undefined) return undefined;
  const slices = facts.sliceScans > 0 ? await rowsOfSlices(deps, database, sql) : 0;
  return String(limit.rows + slices * facts.sliceScans);
}

/** A slice has no index: each read of it goes over all of its days. */
async function rowsOfSlices(deps: ActivityDeps, database: Asked['database'], sql: string): Promise<number> {
  const names = [...new Set(sql.match(new RegExp(`${SLICE_PREFIX}\\w+`, 'g')))];
  const [row] = await database.select<{ rows: string }>(
    'SELECT sum(total_rows) AS rows FROM system.tables WHERE database = {database:String} AND has({names:Array(String)}, name)',
    { params: { database: deps.database.settings.database, names } },
  );
  return Number(row?.rows ?? 0);
}
