import { anyIdentifier, literal } from '../../clickhouse/names.js';
import type { Database } from '../../clickhouse/database.js';
import { errorCode } from '../../clickhouse/errors.js';
import type { Partition } from '../../config/partition.js';
import { readsOf } from './reads.js';
import type { SourceTable } from './source-tables.js';
import type { Ttl } from './ttl.js';

/** The first moment at which rows of a partition, or values of them, may be gone. */
export interface Expiry {
  /** Microseconds since 1970. */
  readonly at: number;
  /** What says so: the table and its TTL, or the configuration. */
  readonly by: string;
}

/** A TTL of which nobody can say what it means for a day. The message names table and expression. */
export class UnknownTtlError extends Error {
  override readonly name = 'UnknownTtlError';
}

export interface ExpiryQuestion {
  readonly table: SourceTable;
  readonly ttl: Ttl;
  readonly partition: Partition;
}

interface Column {
  name: string;
  type: string;
  default_kind: string;
  default_expression: string;
}

const TIME = /^(?:(?:Nullable|LowCardinality)\()*(?:Date|Date32|DateTime|DateTime64)\b/;

/**
 * Has ClickHouse evaluate a TTL for the rows of a partition. A column that is a time is taken to hold the event's own time, which is
 * the earliest that an ingestion time can be; one that is computed from others is computed from them.
 * @throws UnknownTtlError when it depends on anything else.
 */
export async function earliestExpiry(database: Database, { table, ttl, partition }: ExpiryQuestion): Promise<Expiry> {
  const by = describe(table, ttl);
  const sql = database.statement('pipeline/earliest-expiry.sql', {
    expression: ttl.expression,
    columns: await columnsOf(database, table, ttl, by),
  });
  try {
    // As the server itself does: a Date expires at its own midnight, which need not be ours.
    const settings = { session_timezone: '' };
    const [row] = await database.select<{ at: string }>(sql, { params: { partition }, settings });
    return { at: Number(row?.at), by };
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new UnknownTtlError(`${by} can't be evaluated for a day (ClickHouse ${errorCode(error)})`);
  }
}

function describe({ name }: SourceTable, { kind, column, expression }: Ttl): string {
  return kind === 'column' ? `column ${column} of ${name} has TTL ${expression}` : `${name} has TTL ${expression}`;
}

/** SQL of the columns that the TTL names, from the instant `llma_instant`. */
async function columnsOf(database: Database, table: SourceTable, ttl: Ttl, by: string): Promise<string> {
  const sql =
    'SELECT name, type, default_kind, default_expression FROM system.columns WHERE database = {database:String} AND table = {table:String}';
  const all = await database.select<Column>(sql, { params: table.columns });
  const selected: string[] = [];
  const done = new Set<string>();
  const add = async (expression: string): Promise<void> => {
    const { columns } = await readsOf(database, `SELECT ${expression}`);
    for (const column of all) {
      if (!columns.has(column.name) || done.has(column.name)) continue;
      done.add(column.name);
      if (['MATERIALIZED', 'ALIAS'].includes(column.default_kind)) {
        await add(column.default_expression);
        selected.push(`CAST(${column.default_expression}, ${literal(column.type)}) AS ${anyIdentifier(column.name)}`);
      } else if (TIME.test(column.type)) {
        selected.push(`CAST(llma_instant, ${literal(column.type)}) AS ${anyIdentifier(column.name)}`);
      } else {
        throw new UnknownTtlError(`${by}, which depends on ${column.name}: that is no time`);
      }
    }
  };
  await add(ttl.expression);
  return selected.length > 0 ? selected.join(', ') : 'llma_instant';
}
