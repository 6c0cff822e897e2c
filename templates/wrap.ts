import { type RenderedTemplate } from './render.js';

/** One of the columns: what it is cast to, what it must be in words, and a value of its type that is never used. */
interface Column {
  readonly name: string;
  readonly cast: (given: string) => string;
  readonly wanted: string;
  readonly unused: string;
}

/** The columns that every row of ours is found by. */
export const KEY_COLUMNS: readonly Column[] = [
  {
    name: 'date',
    cast: (given) => `accurateCastOrNull(${given}, 'Date')`,
    wanted: 'a date that is not NULL',
    unused: 'toDate(0)',
  },
  {
    name: 'team_id',
    cast: (given) => `accurateCastOrNull(${given}, 'UInt64')`,
    wanted: 'a whole number that is neither NULL nor negative',
    unused: 'toUInt64(0)',
  },
  {
    name: 'metric_name',
    cast: (given) => `accurateCastOrNull(${given}, 'String')`,
    wanted: 'a name that is not NULL',
    unused: "''",
  },
];

const COLUMNS: readonly Column[] = [
  ...KEY_COLUMNS,
  {
    // Not accurately: a count beyond 2^53 has no Float64 of its own, and its nearest is good enough.
    name: 'metric_value',
    cast: (given) => `CAST(${given}, 'Nullable(Float64)')`,
    wanted: 'a number that is not NULL',
    unused: 'toFloat64(0)',
  },
];

/**
 * Makes a template's SELECT fit for a UNION ALL with others: its four columns by name and in our types, and its own name as
 * `template`. Without the casts an Int64 and a UInt64 `team_id` would have no common type. A NULL, and a negative team,
 * fail the query (code 395, FUNCTION_THROW_IF_VALUE_IS_NON_ZERO) with a message that names template and column.
 */
export function wrapTemplate({ name, sql }: Pick<RenderedTemplate, 'name' | 'sql'>): string {
  const columns = COLUMNS.map((column) => `    ${checked(column, name)} AS ${column.name},`);
  // On a line of its own, so that a comment at the end of the template can't swallow the bracket.
  return ['SELECT', ...columns, `    '${name}' AS template`, `FROM (\n${sql}\n) AS llma_rows`].join('\n');
}

/**
 * Checked in the SELECT list: ClickHouse moves a condition of WHERE into the subquery, to rows that the template itself leaves out.
 * Qualified, because an unqualified name would mean our own alias.
 */
export function checked({ name, cast, wanted, unused }: Column, template: string): string {
  const value = cast(`llma_rows.${name}`);
  return `if(throwIf(isNull(${value}), 'template ${template}: ${name} must be ${wanted}') = 0, assumeNotNull(${value}), ${unused})`;
}

/** One query of all wrapped templates. */
export function unionOf(wrapped: readonly string[]): string {
  return wrapped.join('\nUNION ALL\n');
}
