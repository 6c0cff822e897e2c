import { type Partition } from '../config/partition.js';
import { SLICE_COLUMNS, type CanonicalColumn } from './canonical.js';
import { type Mentioned } from './mentioned.js';

/**
 * Events of each day in teams of 1, 2, 4 … 512: whatever number up to a thousand a template counts to, some team gets there on two
 * days together and on neither alone. The others are of the teams that the template mentions.
 */
const TEAMS = 10;
const IN_TEAMS = 2 ** TEAMS - 1;
const EVENTS = IN_TEAMS + 257;

/** Up to here sums are exact: values are quarters, of which some are multiplied by 1000. */
const LARGEST = 2 ** 40;

type Column = CanonicalColumn & { readonly index: number };

/** A value for what is not read. */
const defaultOf = ({ type }: Column) => `defaultValueOfTypeName('${type}')`;

export interface MadeUp {
  readonly eventTypes: readonly string[];
  readonly days: readonly Partition[];
  /** Values that some of the events have, for a filter to find them. */
  readonly mentioned: Mentioned;
}

/** Events with the columns of a slice, the same of a day alone and beside others, to stand after FROM. */
export function madeUpEvents({ eventTypes, days, mentioned }: MadeUp): string {
  const hash = (name: string) => `cityHash64(n, '${name}')`;
  const oneOf = (values: string, name: string) => `arrayElement(${values}, 1 + ${hash(name)} % length(${values}))`;
  const orMentioned = (values: string, { name, index }: Column, other: string) =>
    `if(bitTest(mentioned, ${index}), ${oneOf(values, name)}, ${other})`;
  const text = (column: Column) =>
    orMentioned('texts', column, `concat('${column.name} ', toString(${hash(column.name)} % different))`);
  const orNull = (name: string, value: string) => `if(${hash(`no ${name}`)} % 4 = 0, NULL, ${value})`;
  const number = (column: Column) => orMentioned('numbers', column, `${hash(column.name)} % 100 / 4`);
  const byType: Readonly<Record<string, (column: Column) => string>> = {
    String: text,
    'LowCardinality(String)': (column) => `toLowCardinality(${text(column)})`,
    'Nullable(UInt64)': (column) => orNull(column.name, `toUInt64(${number(column)})`),
    'Nullable(Float64)': (column) => orNull(column.name, number(column)),
    Bool: ({ name }) => `(${hash(name)} % 5 = 0)::Bool`,
    'Array(String)': (column) => `[${text(column)}]`,
  };
  const events = eventTypes.map((event) => `'${event}'`).join(', ');
  const own: Readonly<Record<string, string>> = {
    date: 'day',
    timestamp: `toDateTime64(day, 6, 'UTC') + ${hash('timestamp')} % ${86_400}`,
    ingested_at: `toDateTime64(day, 6, 'UTC') + 86400`,
    event: `toLowCardinality(arrayElement([${events}], 1 + ${hash('event')} % ${eventTypes.length}))`,
    event_id: 'toString(n)',
    // Half more than a whole number: its logarithm is rounded down to the same one on every machine.
    team_id: `if(number < ${IN_TEAMS}, 1 + toUInt64(floor(log2(number + 1.5))), ${oneOf('teams', 'team_id')})`,
    left_out: 'false',
  };
  const value = (column: Column) =>
    // Planning takes most of the time: what isn't read is nothing.
    own[column.name] ??
    (mentioned.mayRead(column.name) ? byType[column.type]?.(column) : undefined) ??
    defaultOf(column);
  const columns = SLICE_COLUMNS.map((column, index) => `${value({ ...column, index })} AS ${column.name}`);
  const dates = days.map((day) => `toDate('${day}')`).join(', ');
  const perEvent = [
    // A number of its own: events of a day are the same with the other day and alone.
    `number + ${EVENTS} * toUInt64(day) AS n`,
    // Which columns have a value that the template mentions: all, as several filters at once want, none, or some.
    `arrayElement([18446744073709551615, 0, ${hash('mentioned')}], 1 + ${hash('how many mentioned')} % 3) AS mentioned`,
    // Few values that many events have, and many that one has alone: a day's are not those of the other day.
    `bitShiftLeft(toUInt64(1), ${hash('different')} % 11) AS different`,
  ];
  const numbered = `SELECT arrayJoin([${dates}]) AS day, number, ${[...perEvent, ...valuesOf(mentioned)].join(', ')} FROM numbers(${EVENTS})`;
  return `(SELECT ${columns.join(', ')} FROM (${numbered}))`;
}

function valuesOf({ texts, numbers }: Mentioned): string[] {
  // As they are, and as milliseconds of seconds; and what is a bit less or more.
  const quarters = numbers.flatMap((number) => [number, 1000 * number]).map((number) => Math.floor(4 * number) / 4);
  const near = quarters.flatMap((number) => [-1, -0.25, 0, 0.25, 1].map((by) => number + by));
  const values = [0, ...near.filter((number) => number > 0 && number < LARGEST)];
  // Smaller ones are teams anyway.
  const teams = numbers.filter((number) => number > TEAMS && Number.isSafeInteger(number));
  const list = (of: readonly (string | number)[], type: string) =>
    `CAST([${[...new Set(of)].join(', ')}], 'Array(${type})')`;
  return [
    `${list(["''", ...texts], 'String')} AS texts`,
    `${list(values, 'Float64')} AS numbers`,
    `${list([TEAMS + 1, ...teams], 'UInt64')} AS teams`,
  ];
}
