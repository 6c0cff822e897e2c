import { TupleParam } from '@clickhouse/client';

/** Bytes of a parameter's text that the server takes for sure: its `http_max_field_value_size` is 128 KiB, and no query can change it. */
const LARGEST = 100_000;

/**
 * A statement and its parameters as the server takes them: an array that is too large for one becomes several, which the statement puts
 * together again: `arrayConcat({runs:Array(UInt64)}, {runs_1:Array(UInt64)})`.
 */
export function withLargeParams<Params extends Readonly<Record<string, unknown>> | undefined>(
  sql: string,
  params: Params,
): { readonly sql: string; readonly params: Params | Readonly<Record<string, unknown>> } {
  const large = Object.entries(params ?? {}).flatMap(([name, value]) =>
    Array.isArray(value) && sizeOf(value) > LARGEST ? [{ name, pieces: piecesOf(value) }] : [],
  );
  if (large.length === 0) return { sql, params };
  const all: Record<string, unknown> = { ...params };
  let whole = sql;
  for (const { name, pieces } of large) {
    const nameOf = (index: number) => (index === 0 ? name : `${name}_${index}`);
    pieces.forEach((piece, index) => (all[nameOf(index)] = piece));
    whole = whole.replace(new RegExp(`\\{${name}:([^{}]*)\\}`, 'g'), (_, type: string) => {
      return `arrayConcat(${pieces.map((_, index) => `{${nameOf(index)}:${type}}`).join(', ')})`;
    });
  }
  return { sql: whole, params: all };
}

function piecesOf(values: readonly unknown[]): unknown[][] {
  const pieces: unknown[][] = [];
  let room = 0;
  for (const value of values) {
    const size = sizeOf(value);
    if (size > room) {
      pieces.push([]);
      room = LARGEST;
    }
    pieces.at(-1)?.push(value);
    room -= size;
  }
  return pieces;
}

/** At most as many bytes as its text has, with all that may be escaped in it. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 2 * Buffer.byteLength(value) + 3;
  if (value instanceof TupleParam) return sizeOf(value.values);
  if (value instanceof Map) return sizeOf([...value].flat());
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + sizeOf(one), 3);
  // A number, a truth value, NULL.
  return 25;
}
