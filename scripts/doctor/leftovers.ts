import { findLeftovers, removeLeftovers, temporaryTables, type Leftovers } from '../../activities/find-leftovers.js';
import type { Database } from '../../clickhouse/database.js';
import type { Temporal } from '../connect.js';
import { count } from '../output.js';
import { ok, warning, type Finding } from './finding.js';

const CHECK = 'leftovers';
const SHOWN = 10;

/** Temporary tables and running queries whose run has ended; with `fix`, they are removed, as the next run would. */
export async function checkLeftovers(
  database: Database,
  temporal: Temporal | undefined,
  fix: boolean,
): Promise<Finding[]> {
  if (!temporal) {
    const tables = await temporaryTables(database);
    if (tables.length === 0) return [ok(CHECK, 'none')];
    return [warning(CHECK, `${named(namesOf(tables), 'table')}: without Temporal nobody knows whose they are`)];
  }
  const { tables, unclaimed, queries, inUse } = await findLeftovers(database, temporal.client);
  const left = { tables: [...tables, ...unclaimed], queries };
  if (left.tables.length + queries.length === 0) {
    return [ok(CHECK, inUse === 0 ? 'none' : `none; ${count(inUse, 'temporary table')} of runs under way`)];
  }
  const tablesLeft = named(namesOf(left.tables), 'table');
  const queriesLeft = queries.length === 1 ? '1 query' : `${queries.length} queries`;
  if (!fix) {
    const what = [left.tables.length > 0 ? tablesLeft : '', queries.length > 0 ? queriesLeft : ''];
    const found = `${what.filter((part) => part !== '').join(' and ')} of runs that have ended`;
    return [warning(CHECK, found, 'llma doctor --fix removes them; so does the next daily run or backfill')];
  }
  await removeLeftovers(database, left);
  const done = [
    ...(queries.length > 0 ? [`killed ${queriesLeft}`] : []),
    ...(left.tables.length > 0 ? [`dropped ${tablesLeft}`] : []),
  ];
  return [ok(CHECK, `${done.join(' and ')} of runs that have ended`)];
}

const namesOf = (tables: Leftovers['tables']) => tables.map(({ name }) => name).sort();

function named(names: readonly string[], what: string): string {
  return `${count(names.length, what)} (${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ', …' : ''})`;
}
