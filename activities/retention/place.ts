import type { Database } from '../../clickhouse/database.js';
import { literal } from '../../clickhouse/names.js';
import type { Row } from './table-row.js';

/** Where tables are looked up: on this server, or on those of a cluster, all of them if it doesn't say which. */
export interface Place {
  readonly cluster?: string;
  readonly servers?: readonly number[];
}

/** The tables that `where` holds for. */
export async function lookUp(
  database: Database,
  { cluster, servers }: Place,
  { where, params }: { readonly where: string; readonly params: Record<string, unknown> },
): Promise<Row[]> {
  const [from, server] =
    cluster === undefined
      ? ['system.tables', '0']
      : [`clusterAllReplicas(${literal(cluster)}, system.tables)`, 'toUInt32(shardNum())'];
  const sql = `SELECT database, name, engine, engine_full, create_table_query, as_select, uuid, total_rows, ${server} AS server FROM ${from} WHERE ${where} SETTINGS skip_unavailable_shards = 0`;
  const rows = await database.select<Row>(sql, { params });
  return servers === undefined ? rows : rows.filter((row) => servers.includes(row.server));
}

/** Whether each server that is asked has it: what one of them does not show us is not known by what others do. */
export function isEverywhere(rows: readonly Row[], { servers = [0] }: Place): boolean {
  return servers.every((server) => rows.some((row) => row.server === server));
}

/** Of tables that several servers have, each definition once, with the servers that have it and the rows of all of them. */
export function definitionsOf(rows: readonly Row[], { cluster }: Place): { row: Row; place: Place }[] {
  const found = new Map<string, { row: Row; servers: number[] }>();
  for (const row of rows) {
    // Where a materialized view keeps rows of its own is named by its id.
    const id = row.engine === 'MaterializedView' ? row.uuid : '';
    const key = JSON.stringify([row.database, row.name, row.create_table_query, id]);
    const same = found.get(key);
    if (!same) found.set(key, { row: { ...row }, servers: [row.server] });
    else {
      same.servers.push(row.server);
      same.row.total_rows = String(totalOf(same.row) + totalOf(row));
    }
  }
  return [...found.values()].map(({ row, servers }) => ({
    row,
    place: cluster === undefined ? {} : { cluster, servers },
  }));
}

/** Infinite where the table doesn't say. */
export function totalOf({ total_rows: rows }: Row): number {
  return Number(rows ?? Infinity);
}
