import type { Partition } from '../config/partition.js';
import type { Database } from '../clickhouse/database.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { coalesce } from './coalesce.js';
import { permanent } from './failure.js';
import { selectTogether, togetherKey, triesAlone, type Verified } from './select-together.js';
import type { SourceCounts } from './source-counts.js';

interface CountRow {
  token: string;
  template: string;
  rows: string;
  nameless: string;
  elsewhere: string;
  other_day: string;
  source_rows: string;
  source_duplicates: string;
  source_fingerprint: string;
  source_max_ingested_at: string;
  source_teams: string;
  source_not_understood: string;
}

/** A count metric that differs from the recount of the same query. */
export interface Difference {
  readonly token: string;
  readonly team_id: string;
  readonly metric_name: string;
  readonly counted: number;
  readonly recounted: string;
}

/** A day whose candidates are counted. */
export interface Counted extends Verified {
  readonly templates: readonly string[];
  readonly eventTypes: readonly string[];
}

/** What is there of one execution: not yet held against what should be. */
export interface Found {
  readonly rows: readonly CountRow[];
  readonly differences: readonly Difference[];
}

/** The shipped template that counts the events of every type. */
const COUNTS = 'event_counts';

/** Counts candidates: of days that are verified at the same time, together. */
export function candidateCounts(database: Database) {
  const counts = coalesce<Counted, Found>({
    run: (days, signal) => count(database, days, signal),
    nameOf: ({ partition }) => partition,
    alone: triesAlone,
  });
  return (day: Counted, signal: AbortSignal): Promise<Found> =>
    counts(togetherKey(day, [day.templates, day.eventTypes, day.limits]), day, signal);
}

async function count(database: Database, days: readonly Counted[], signal: AbortSignal): Promise<Found[]> {
  const { candidates = '', templates = [], eventTypes = [] } = days[0] ?? {};
  const names = eventTypes.map((event) => `${event.slice(1)}_count`);
  const tokens = days.map(({ token }) => token);
  const dates = days.map(({ partition }) => partition);
  const params = { tokens, dates, names, all: templates.includes(COUNTS) };
  const statement = (name: string) =>
    database.statement(`pipeline/${name}.sql`, { candidates: database.temporary(candidates) });
  const options = { params, signal };
  const [rows, differences] = await Promise.all([
    selectTogether<CountRow>(database, days, { ...options, sql: statement('count-candidates'), what: 'count' }),
    selectTogether<Difference>(database, days, { ...options, sql: statement('recount'), what: 'recount' }),
  ]);
  const of = (day: Counted) => (row: { readonly token: string }) => row.token === day.token;
  return days.map((day) => ({ rows: rows.filter(of(day)), differences: differences.filter(of(day)) }));
}

/** What a day's verification says of its rows. */
export interface Counts {
  readonly rows: number;
  readonly templateRows: Readonly<Record<string, number>>;
  readonly source: SourceCounts;
}

/** @throws CandidatesLost when rows are missing, TemplateError for rows that can't be of this day. */
export function checkCounts(day: Omit<Counted, 'by' | 'limits'>, { rows }: Found): Counts {
  const { partition, writtenRows } = day;
  const found = rows.reduce((sum, row) => sum + Number(row.rows), 0);
  if (found !== writtenRows) {
    const message = `partition ${partition}: ${writtenRows} rows were written, ${found} are there; ClickHouse restarted, or the insert was cut`;
    throw permanent(FAILURE.candidatesLost, message);
  }
  for (const row of rows) checkRows(partition, row);
  const recount = rows.find(({ template }) => template === '');
  const templateRows = Object.fromEntries(day.templates.map((name) => [name, 0]));
  for (const row of rows) if (row.template !== '') templateRows[row.template] = Number(row.rows);
  return {
    rows: Object.values(templateRows).reduce((sum, n) => sum + n, 0),
    templateRows,
    source: {
      rows: Number(recount?.source_rows ?? 0),
      fingerprint: recount?.source_fingerprint ?? '0',
      duplicates: Number(recount?.source_duplicates ?? 0),
      teams: Number(recount?.source_teams ?? 0),
      notUnderstood: Number(recount?.source_not_understood ?? 0),
      ...(recount ? { maxIngestedAt: recount.source_max_ingested_at } : {}),
    },
  };
}

/** What no override accepts: rows of another day would be another day's, and a row without a name is a marker. */
function checkRows(partition: Partition, { template, nameless, elsewhere, other_day }: CountRow): void {
  const problems: string[] = [];
  if (Number(nameless) > 0 && template !== '') problems.push(`${nameless} rows with an empty metric_name`);
  if (Number(elsewhere) > 0) problems.push(`${elsewhere} rows of other days, such as ${other_day}`);
  if (problems.length === 0) return;
  const remedy =
    Number(elsewhere) > 0 ? ": restrict timestamp with date_start and date_end, or write toDate(…, 'UTC')" : '';
  throw permanent(
    FAILURE.template,
    `sql/${template}.sql for partition ${partition} returned ${problems.join(', and ')}; expected named metrics of that day alone${remedy}`,
  );
}
