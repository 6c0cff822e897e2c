import type { Database } from '../clickhouse/database.js';
import { classify } from '../clickhouse/errors.js';
import { CANDIDATES_PREFIX, SLICE_PREFIX, TABLES } from '../clickhouse/names.js';
import { memo } from './retention/memo.js';
import { readsOf } from './retention/reads.js';
import { namesOfWith } from './retention/with-names.js';

/** Our tables that an audit is handed, as parts of its relations. */
export type OwnTable = 'candidates' | 'versions' | 'slice';

/** What an audit reads. */
export interface AuditReads {
  /** Whether it reads anything but the metrics that it audits: events, for all that is known. No shipped one does. */
  readonly events: boolean;
  /** How often it reads our tables at most. */
  readonly own: Readonly<Record<OwnTable, number>>;
}

const NOTHING: AuditReads = { events: false, own: { candidates: 0, versions: 0, slice: 0 } };

/** What differs between renderings of an audit that read the same: the tables of a chunk, and days. */
const OF_CHUNK = new RegExp(`(${CANDIDATES_PREFIX}|${SLICE_PREFIX})\\w+`, 'g');
const DAY = /\b\d{4}-\d\d-\d\d\b/g;

/**
 * What rendered audits read, by the syntax tree that the server makes of them: each is asked about once, not in each chunk.
 * @returns a function that says it. What can't be parsed reads nothing: whoever runs it is told why.
 */
export function auditReads(database: Database): (sql: string) => Promise<AuditReads> {
  const ask = memo((sql: string) => readTables(database, sql));
  return async (sql) => {
    try {
      return await ask(sql.replaceAll(OF_CHUNK, '$1').replaceAll(DAY, '2000-01-01'));
    } catch (error) {
      if (classify(error) === 'permanent') return NOTHING;
      throw error;
    }
  };
}

async function readTables(database: Database, sql: string): Promise<AuditReads> {
  const { from, functions } = await readsOf(database, sql);
  const withs = namesOfWith(sql);
  const named = from.filter((name) => withs.has(name));
  const tables = from.filter((name) => !withs.has(name)).map((name) => ownTable(database, name));
  // The server reads what a name of WITH stands for as often as it is named, and that by names in it again.
  const times = [...withs].reduce((all, name) => all * Math.max(1, named.filter((one) => one === name).length), 1);
  const count = (table: OwnTable) => times * tables.filter((one) => one === table).length;
  return {
    events: functions.length > 0 || tables.some((table) => table === undefined || table === 'slice'),
    own: { candidates: count('candidates'), versions: count('versions'), slice: count('slice') },
  };
}

/** Which of our tables a name means that stands in an audit; undefined for any other. */
export function ownTable({ settings }: Pick<Database, 'settings'>, name: string): OwnTable | undefined {
  const { database, sourceDatabase } = settings;
  const isBare = database === sourceDatabase && !name.includes('.');
  const table = name.startsWith(`${database}.`) ? name.slice(database.length + 1) : isBare ? name : '';
  if (table === TABLES.versions) return 'versions';
  if (table.startsWith(CANDIDATES_PREFIX)) return 'candidates';
  return table.startsWith(SLICE_PREFIX) ? 'slice' : undefined;
}
