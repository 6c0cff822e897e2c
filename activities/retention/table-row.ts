import { tokenize } from '../../templates/sql-text.js';

/** A row of `system.tables`. */
export interface Row {
  database: string;
  name: string;
  engine: string;
  engine_full: string;
  create_table_query: string;
  as_select: string;
  uuid: string;
  total_rows: string | null;
  /** Of a cluster: which of its servers has it. */
  server: number;
}

/** Whether a name as it is written can mean the table. */
export function isNamed({ database, name }: Row, written: string): boolean {
  return written === name || written === `${database}.${name}`;
}

/** Databases and tables that a name as it is written can mean: it comes without its quotes. */
export function placesOf(name: string, byDefault: string): [database: string, table: string][] {
  const dots = [...name.matchAll(/\./g)].map(({ index }) => index);
  return [[byDefault, name], ...dots.map((dot): [string, string] => [name.slice(0, dot), name.slice(dot + 1)])];
}

/** The arguments of an engine, without their quotes. */
export function argumentsOf(engineFull: string): string[] {
  const [, list = ''] = /^\w+\((.*?)\)(?:\s|$)/s.exec(engineFull) ?? [];
  const words = tokenize(list).filter(({ kind }) => kind === 'quoted' || kind === 'word');
  return words.map(({ text }) => unquoted(text)).filter((word) => word !== 'REGEXP');
}

function unquoted(text: string): string {
  return /^['"`]/.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : text;
}

/** Where a materialized view keeps its rows: `TO database.table`, or a table of its own. */
export function targetOf(row: Row): { database: string; table: string } {
  const [, database, table] =
    /^CREATE MATERIALIZED VIEW .*? TO (`[^`]+`|\w+)\.(`[^`]+`|\w+)/s.exec(
      row.create_table_query.split(' AS ')[0] ?? '',
    ) ?? [];
  if (database !== undefined && table !== undefined) return { database: unquoted(database), table: unquoted(table) };
  const named = /^0{8}-/.test(row.uuid) ? `.inner.${row.name}` : `.inner_id.${row.uuid}`;
  return { database: row.database, table: named };
}
