import { TupleParam } from '@clickhouse/client';
import type { Params } from '../clickhouse/database.js';
import { addDays, nextDay, type Partition } from '../config/partition.js';
import type { AuditVariables } from '../templates/audits.js';
import { declaredExpression } from '../templates/header.js';
import type { AuditHistory } from './audit-history.js';
import type { ActivityDeps } from './deps.js';
import type { Unexplained } from './recount.js';
import type { Verified } from './select-together.js';
import type { SourceCounts } from './source-counts.js';

/** A day that audits are asked about. */
export interface AuditedDay extends Verified {
  /** Names of the templates that were computed. */
  readonly templates: readonly string[];
  /** Metric names that templates' headers allow, by template. */
  readonly declared: Readonly<Record<string, readonly string[]>>;
  readonly eventTypes: readonly string[];
  readonly llmEvents: string;
  /** First and last day of the chunk. */
  readonly days: { readonly from: Partition; readonly to: Partition };
  /** What is known of other days and templates: the chunk's. */
  readonly history: AuditHistory;
  /** Counts that nothing explains. */
  readonly recount: readonly Unexplained[];
  /** The day's events and deliveries, as the ledger will have them. */
  readonly source: Pick<SourceCounts, 'rows' | 'duplicates'>;
}

/** Days of one chunk that are asked about together: what differs is theirs, all else is the first one's. */
export type AuditedDays = readonly [AuditedDay, ...AuditedDay[]];

/** Days before a partition that audits may look at. */
const HISTORY_DAYS = 56;

/** Published days that a team is looked for in. */
const LAST_DAYS = 7;

/** What `by date` audits of these days may select from, each relation with a column `date`. */
export function relationsByDate(deps: ActivityDeps, days: AuditedDays): AuditVariables {
  const { first, last } = spanOf(days);
  return {
    ...relations(deps, days),
    partitions: deps.database.statement('pipeline/audit-partitions.sql').trim(),
    last_days: deps.database.statement('pipeline/audit-last-days.sql').trim(),
    date_start: first,
    date_end: nextDay(last),
  };
}

/** What any other audit of a day may select from: where all rows are the day's, nothing says so. */
export function relationsOf(deps: ActivityDeps, day: AuditedDay): AuditVariables {
  const { partition } = day;
  const { recount, source, deliveries, ...others } = relations(deps, [day]);
  return {
    ...others,
    recount: `(SELECT team_id, metric_name, metric_value, events FROM ${recount})`,
    source: `(SELECT team_id, event, events FROM ${source})`,
    deliveries: `(SELECT events, duplicates FROM ${deliveries})`,
    partition,
    date_start: partition,
    date_end: nextDay(partition),
  };
}

function relations(
  { database, settings }: ActivityDeps,
  days: AuditedDays,
): Omit<AuditVariables, 'date_start' | 'date_end'> {
  const [{ candidates: table, declared, eventTypes }] = days;
  const candidates = database.temporary(table);
  const relation = (name: string) => database.statement(`pipeline/audit-${name}.sql`, { candidates }).trim();
  const events = [...new Set(days.map(({ llmEvents }) => llmEvents))];
  return {
    candidates: relation('candidates'),
    // The candidates alone, unless days have rows of templates that are not computed now.
    day: relation(otherRuns(days).length > 0 ? 'day' : 'candidates'),
    current: relation('current'),
    days: relation('days'),
    recount: relation('recount'),
    declared: relation('declared'),
    source: relation('source'),
    deliveries: relation('deliveries'),
    llm_events:
      events.length === 1 ? events.join() : `(${events.map((one) => `SELECT * FROM ${one}`).join(' UNION ALL ')})`,
    recount_rows: days.reduce((sum, { recount }) => sum + recount.length, 0),
    declared_rows: Object.values(declared).flat().length,
    days_rows: earlierDays(days).length,
    event_types: eventTypes,
    thin_day_percent: settings.thinDayPercent,
  };
}

/** The values of the relations. */
export function relationParams(days: AuditedDays): Params {
  const [{ declared, history }] = days;
  const { first, last } = spanOf(days);
  return {
    tokens: days.map(({ token }) => token),
    partitions: days.map(({ partition }) => partition),
    // Of a slice's relation by date.
    dates: days.map(({ partition }) => partition),
    first,
    last,
    others: otherRuns(days),
    earlier: history.runs.filter(isEarlierThan(days)).map(({ run }) => BigInt(run)),
    published: earlierDays(days).map(
      ({ date, rows, source_rows, teams }) => new TupleParam([date, BigInt(rows), BigInt(source_rows), BigInt(teams)]),
    ),
    last_days: lastDays(days),
    declared: Object.entries(declared).flatMap(([template, patterns]) =>
      patterns.map((pattern) => new TupleParam([template, declaredExpression(pattern), patterns.join(', ')])),
    ),
    deliveries: days.map(
      ({ partition, source }) => new TupleParam([partition, BigInt(source.rows), BigInt(source.duplicates)]),
    ),
    recount: days.flatMap(({ partition, recount }) =>
      recount.map(({ team, metric, counted, events }) => new TupleParam([partition, team, metric, counted, events])),
    ),
  };
}

function spanOf(days: AuditedDays): { readonly first: Partition; readonly last: Partition } {
  const [first, ...others] = days.map(({ partition }) => partition).sort() as [Partition, ...Partition[]];
  return { first, last: others.at(-1) ?? first };
}

/** Before the last of the days, from eight weeks before the first. */
function isEarlierThan(days: AuditedDays): (of: { readonly date: Partition }) => boolean {
  const { first, last } = spanOf(days);
  const earliest = addDays(first, -HISTORY_DAYS);
  return ({ date }) => date >= earliest && date < last;
}

function earlierDays(days: AuditedDays) {
  return days[0].history.published.filter(isEarlierThan(days));
}

/** Of each of the days: it, and its last published days, of the eight weeks before it. */
function lastDays(days: AuditedDays): TupleParam[] {
  const published = earlierDays(days)
    .map(({ date }) => date)
    .sort()
    .reverse();
  return days.map(({ partition }) => {
    const earliest = addDays(partition, -HISTORY_DAYS);
    const before = published.filter((date) => date >= earliest && date < partition);
    return new TupleParam([partition, before.slice(0, LAST_DAYS)]);
  });
}

/** Current runs of the days' templates that are not computed now. */
function otherRuns(days: AuditedDays): bigint[] {
  const [{ history, templates }] = days;
  const dates = new Set(days.map(({ partition }) => partition));
  return history.runs
    .filter(({ date, template }) => dates.has(date) && !templates.includes(template))
    .map(({ run }) => BigInt(run));
}
