import { anyIdentifier, literal } from '../../clickhouse/names.js';
import type { Database } from '../../clickhouse/database.js';
import { classify, errorCode } from '../../clickhouse/errors.js';
import type { Partition } from '../../config/partition.js';
import { columnsOf, type Column } from './columns.js';
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

const TIME = /^(?:(?:Nullable|LowCardinality)\()*(?:Date|Date32|DateTime|DateTime64)\b/;

/**
 * Has ClickHouse evaluate a TTL for the rows of a partition. A column that is a time is taken to hold the event's own time, which is
 * the earliest that an ingestion time can be; one that is computed from others is computed from them.
 * @throws UnknownTtlError when it depends on anything else, or can't be understood.
 */
export async function earliestExpiry(database: Database, { table, ttl, partition }: ExpiryQuestion): Promise<Expiry> {
  const by = describe(table, ttl);
  if (ttl.expression === '') throw new UnknownTtlError(`${by}can't be understood`);
  try {
    const columns = await timesOf(database, table, ttl, by);
    const sql = database.statement('pipeline/earliest-expiry.sql', { expression: ttl.expression, columns });
    // As the server itself does: a Date expires at its own midnight, which need not be ours.
    const settings = { session_timezone: '' };
    const [row] = await database.select<{ at: string }>(sql, { params: { partition }, settings });
    return { at: Number(row?.at), by };
  } catch (error) {
    if (errorCode(error) === undefined || classify(error) !== 'permanent') throw error;
    throw new UnknownTtlError(`${by}, which can't be evaluated for a day (ClickHouse ${errorCode(error)})`);
  }
}

function describe({ name }: SourceTable, { kind, column, expression }: Ttl): string {
  return kind === 'column' ? `column ${column} of ${name} has TTL ${expression}` : `${name} has TTL ${expression}`;
}

/** SQL of the columns that the TTL names, from the instant `llma_instant`. */
async function timesOf(database: Database, table: SourceTable, ttl: Ttl, by: string): Promise<string> {
  const all = columnsOf(table.create);
  const selected: string[] = [];
  const done = new Set<Column>();
  const add = async (expression: string): Promise<void> => {
    const { columns } = await readsOf(database, `SELECT ${expression}`);
    for (const column of all) {
      const { name, type, computed } = column;
      if (!columns.has(name) || done.has(column)) continue;
      done.add(column);
      if (computed && computed.kind !== 'DEFAULT') {
        await add(computed.expression);
        selected.push(`CAST(${computed.expression}, ${literal(type)}) AS ${anyIdentifier(name)}`);
      } else if (TIME.test(type)) {
        selected.push(`CAST(llma_instant, ${literal(type)}) AS ${anyIdentifier(name)}`);
      } else {
        throw new UnknownTtlError(`${by}, which depends on ${name}: that is no time`);
      }
    }
  };
  await add(ttl.expression);
  return selected.length > 0 ? selected.join(', ') : 'llma_instant';
}
