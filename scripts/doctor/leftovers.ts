import type { Database } from '../../clickhouse/database.js';
import { TEMPORARY_PREFIXES } from '../../clickhouse/names.js';
import type { Temporal } from '../connect.js';
import { count } from '../output.js';
import { describeRun } from '../runs.js';
import { ok, warning, type Finding } from './finding.js';

const CHECK = 'leftovers';
const SHOWN = 10;

/** Temporary tables whose workflow has ended; with `fix`, they are dropped. */
export async function checkLeftovers(
  database: Database,
  temporal: Temporal | undefined,
  fix: boolean,
): Promise<Finding[]> {
  const tables = await temporaryTables(database);
  if (tables.length === 0) return [ok(CHECK, 'none')];
  if (!temporal) return [warning(CHECK, `${named(tables)}: without Temporal nobody knows whose they are`)];
  // First the tables, then who runs: a table that appears meanwhile belongs to somebody.
  const owners = [...new Set(tables.map(({ comment }) => comment))];
  const open = new Set<string>();
  for (const owner of owners) if ((await runs(temporal, owner)) === true) open.add(owner);
  const left = tables.filter(({ comment }) => !open.has(comment));
  if (left.length === 0) return [ok(CHECK, `none; ${count(tables.length, 'temporary table')} of runs under way`)];
  if (!fix) return [warning(CHECK, `${named(left)} of runs that have ended`, 'llma doctor --fix drops them')];
  for (const { name } of left) await database.command(`DROP TABLE IF EXISTS ${database.temporary(name)} SYNC`);
  return [ok(CHECK, `dropped ${named(left)} of runs that have ended`)];
}

interface TemporaryTable {
  readonly name: string;
  /** The id of its workflow. */
  readonly comment: string;
}

async function temporaryTables(database: Database): Promise<TemporaryTable[]> {
  return await database.select<TemporaryTable>(
    'SELECT name, comment FROM system.tables WHERE database = {database:String} AND arrayExists(prefix -> startsWith(name, prefix), {prefixes:Array(String)}) ORDER BY name',
    { params: { database: database.settings.database, prefixes: [...TEMPORARY_PREFIXES] } },
  );
}

async function runs(temporal: Temporal, workflowId: string): Promise<boolean> {
  return workflowId !== '' && (await describeRun(temporal, workflowId))?.status === 'RUNNING';
}

function named(tables: readonly TemporaryTable[]): string {
  const names = tables.slice(0, SHOWN).map(({ name }) => name);
  return `${count(tables.length, 'table')} (${names.join(', ')}${tables.length > SHOWN ? ', …' : ''})`;
}
