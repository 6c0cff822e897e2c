import { anyIdentifier, literal } from '../../clickhouse/names.js';
import type { Database } from '../../clickhouse/database.js';
import { classify, errorCode } from '../../clickhouse/errors.js';
import type { Partition } from '../../config/partition.js';
import { atInstant, changingCalls } from './clock.js';
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
  /** Where rows with the DEFAULT of a column are kept for longer than ones that were inserted with the event's own time: until when, and what to say. */
  readonly doubt?: { readonly until: number; readonly why: string };
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
 * Whether it has come at a moment, in microseconds since 1970.
 * @throws UnknownTtlError where that depends on what was inserted
 */
export function expires(expiry: Expiry | undefined, moment: number): boolean {
  if (expiry === undefined || expiry.at > moment) return false;
  if (expiry.doubt && expiry.doubt.until > moment) throw new UnknownTtlError(expiry.doubt.why);
  return true;
}

/**
 * Has ClickHouse evaluate a TTL for the rows of a partition. A column that is a time is taken to hold the event's own time, which is
 * the earliest that an ingestion time can be; one that is computed from others is computed from them, and one that is computed from
 * a clock alone as of that time. One that is so by DEFAULT may hold either.
 * @throws UnknownTtlError when it depends on anything else, or can't be understood.
 */
export async function earliestExpiry(database: Database, question: ExpiryQuestion): Promise<Expiry> {
  const { table, ttl } = question;
  const by = describe(table, ttl);
  if (ttl.expression === '') throw new UnknownTtlError(`${by}can't be understood`);
  const own = await evaluate(database, question, false);
  const [column] = own.defaults;
  if (!column?.computed) return { at: own.at, by };
  const { at: until } = await evaluate(database, question, true).catch((error: unknown) => {
    // Of values that are no times nothing is known: then its own are all that there is.
    if (!(error instanceof UnknownTtlError)) throw error;
    return own;
  });
  const why =
    `${by}, and ${column.name} is ${column.computed.expression} by DEFAULT: rows that were inserted with an earlier ` +
    `${column.name} may be gone before those`;
  return { at: Math.min(own.at, until), by, ...(until > own.at && { doubt: { until, why } }) };
}

interface Evaluated {
  readonly at: number;
  /** Columns of the TTL that have a DEFAULT which is computed from others. */
  readonly defaults: readonly Column[];
}

async function evaluate(
  database: Database,
  { table, ttl, partition }: ExpiryQuestion,
  withDefaults: boolean,
): Promise<Evaluated> {
  const by = describe(table, ttl);
  try {
    const { columns, defaults } = await timesOf(database, { all: columnsOf(table.create), ttl, by, withDefaults });
    const sql = database.statement('pipeline/earliest-expiry.sql', { expression: ttl.expression, columns });
    // As the server itself does: a Date expires at its own midnight, which need not be ours.
    const settings = { session_timezone: '' };
    const [row] = await database.select<{ at: string }>(sql, { params: { partition }, settings });
    return { at: Number(row?.at), defaults };
  } catch (error) {
    if (errorCode(error) === undefined || classify(error) !== 'permanent') throw error;
    throw new UnknownTtlError(`${by}, which can't be evaluated for a day (ClickHouse ${errorCode(error)})`);
  }
}

function describe({ name }: SourceTable, { kind, column, expression }: Ttl): string {
  return kind === 'column' ? `column ${column} of ${name} has TTL ${expression}` : `${name} has TTL ${expression}`;
}

interface Times {
  readonly all: readonly Column[];
  readonly ttl: Ttl;
  readonly by: string;
  /** Whether columns hold their DEFAULT, not the event's own time. */
  readonly withDefaults: boolean;
}

/** SQL of the columns that the TTL names, from the instant `llma_instant`. */
async function timesOf(database: Database, times: Times): Promise<{ columns: string; defaults: Column[] }> {
  const { all, ttl, by, withDefaults } = times;
  const selected: string[] = [];
  const defaults: Column[] = [];
  const done = new Set<Column>();
  const namedBy = async (expression: string): Promise<Column[]> => {
    const { columns } = await readsOf(database, `SELECT ${expression}`);
    return all.filter(({ name }) => columns.has(name));
  };
  const add = async (columns: readonly Column[]): Promise<void> => {
    for (const column of columns) {
      const { name, type, computed } = column;
      if (done.has(column)) continue;
      done.add(column);
      const from = computed ? await namedBy(computed.expression) : [];
      const isDefault = computed?.kind === 'DEFAULT' && from.length > 0;
      if (isDefault) defaults.push(column);
      if (computed && (computed.kind !== 'DEFAULT' || (isDefault && withDefaults))) {
        await add(from);
        const value = valueOf({ name, ...computed }, from, times);
        selected.push(`CAST(${value}, ${literal(type)}) AS ${anyIdentifier(name)}`);
      } else if (TIME.test(type)) {
        selected.push(`CAST(llma_instant, ${literal(type)}) AS ${anyIdentifier(name)}`);
      } else {
        throw new UnknownTtlError(`${by}, which depends on ${name}: that is no time`);
      }
    }
  };
  const [call] = changingCalls(ttl.expression, all);
  if (call) throw new UnknownTtlError(`${by}, which calls ${call.name}(): ${NOBODY}`);
  await add(await namedBy(ttl.expression));
  return { columns: selected.join(', ') || 'llma_instant', defaults };
}

const NOBODY = 'what that said when a row was inserted, nobody can tell';

/**
 * What a computed column held when its row was inserted. A clock's time is taken to be the event's own, like that of a column that is
 * a time: evaluated today it would say that no row ever expires. Beside columns (`from`) it may mean anything.
 */
function valueOf(
  { name, kind, expression }: NonNullable<Column['computed']> & { readonly name: string },
  from: readonly Column[],
  { all, by }: Times,
): string {
  const calls = changingCalls(expression, all);
  // Of a DEFAULT the event's own time counts already.
  if (kind === 'DEFAULT' || calls.length === 0) return expression;
  const value = from.length === 0 ? atInstant(expression, calls) : undefined;
  if (value !== undefined) return value;
  throw new UnknownTtlError(`${by}, and ${name} is ${expression}, which calls ${calls[0]?.name}(): ${NOBODY}`);
}
