import { CANONICAL_COLUMNS, CANONICAL_NAMES, METRIC_COLUMNS, OPTIONAL_COLUMNS, namesToTellApart } from './canonical.js';
import { type Catalogue, type TemplateFile } from './catalogue.js';
import { CatalogueError, TemplateError } from './errors.js';
import { assertEventTypes } from './event-types.js';
import { readRendered } from './rendered.js';
import { compact, type Statement } from './sql-text.js';
import { traceLines } from './trace.js';

/** Which events: of these types, from the day `dateStart` to before the day `dateEnd`, both `'YYYY-MM-DD'` in UTC. */
export interface EventRange {
  readonly eventTypes: readonly string[];
  readonly dateStart: string;
  readonly dateEnd: string;
  /** Of a slice: the days of the bound parameter `dates`, instead of these. */
  readonly bound?: boolean;
  /** Of sources: {@link METRIC_COLUMNS} alone. */
  readonly narrow?: boolean;
}

/** A source rendered for a range. */
export interface RenderedSource {
  readonly name: string;
  readonly file: string;
  /** A SELECT of the canonical columns, in their order, of the range alone whatever the source's own WHERE says. */
  readonly sql: string;
  /** The same, or of a narrow range fewer columns, with {@link OPTIONAL_COLUMNS}, and with the events that are left out of `sql`. */
  readonly counted: string;
}

/**
 * The sources of `catalogue`, rendered.
 * @throws TemplateError, or CatalogueError for event types that can't stand in SQL and for a catalogue without sources.
 */
export function renderSources(catalogue: Catalogue, range: EventRange): RenderedSource[] {
  if (catalogue.sources.length === 0) {
    throw new CatalogueError([
      `there are no sources to read events from: looked for *.sql in ${catalogue.sourceFiles.directory}`,
    ]);
  }
  return catalogue.sources.map((source) => {
    const { statement } = renderSource(catalogue, source, range);
    const text = compact(statement.sql);
    return {
      name: source.name,
      file: source.file,
      sql: `${restricted(selected(CANONICAL_COLUMNS, source), text, range)} AND ${KEPT}`,
      counted: restricted(`${selected(columnsOf(range), source)}, ${OPTIONAL}`, text, range),
    };
  });
}

/** One source as its file says it. */
export function renderSource(catalogue: Catalogue, source: TemplateFile, range: EventRange) {
  assertEventTypes(range.eventTypes);
  const given = (): Readonly<Record<string, unknown>> => ({
    event_types: [...range.eventTypes],
    date_start: range.dateStart,
    date_end: range.dateEnd,
    columns: columnsOf(range).map(({ name }) => name),
  });
  const file = `${source.name}.sql`;
  const variables = given();
  const text = catalogue.sourceEnvironment.render(file, variables);
  const trace = () => traceLines(catalogue.sourceFiles, { file, variables: given(), rendered: text });
  const statement: Statement | undefined = readRendered(source, text, trace);
  if (statement === undefined) {
    throw new TemplateError(
      { file: source.file },
      'it renders to nothing; expected a SELECT of the columns of an LLM event',
    );
  }
  return { variables, trace, statement };
}

const columnsOf = ({ narrow = false }: EventRange) => (narrow ? METRIC_COLUMNS : CANONICAL_COLUMNS);
const namesOf = (columns: readonly { readonly name: string }[]): string => columns.map(({ name }) => name).join(', ');

/** Columns of a source. Its events' day and source are what they are, whatever its file says: a day of another time zone would lose some. */
function selected(columns: readonly { readonly name: string }[], { name: source }: TemplateFile): string {
  const facts: Readonly<Record<string, string>> = {
    date: "toDate(timestamp, 'UTC') AS date",
    source: `toLowCardinality('${source}') AS source`,
  };
  return columns.map(({ name }) => facts[name] ?? name).join(', ');
}

/** A column that a source may have: where it has none, its COLUMNS(…) is no argument at all, and the answer is false. */
const flag = (name: string): string => `coalesce(COLUMNS('^${name}$'), false)::Bool`;
const OPTIONAL = OPTIONAL_COLUMNS.map(({ name }) => `${flag(name)} AS ${name}`).join(', ');
const OPTIONAL_NAMES = namesOf(OPTIONAL_COLUMNS);
const KEPT = `NOT ${flag('left_out')}`;

/** `sql` without the words that look for optional columns: for whoever asks which columns a query reads. */
export function withoutOptionalColumns(sql: string): string {
  return OPTIONAL_COLUMNS.reduce((text, { name }) => text.replaceAll(flag(name), 'false'), sql);
}

function restricted(columns: string, source: string, { eventTypes, dateStart, dateEnd }: EventRange): string {
  const events = eventTypes.map((eventType) => `'${eventType}'`).join(', ');
  return [
    `SELECT ${columns} FROM (\n${source}\n)`,
    `WHERE timestamp >= toDateTime64('${dateStart} 00:00:00', 6, 'UTC')`,
    `AND timestamp < toDateTime64('${dateEnd} 00:00:00', 6, 'UTC') AND event IN (${events})`,
  ].join(' ');
}

/**
 * `llm_events`: the relation that metric templates select from, to be used after FROM.
 * @param slice a slice, of which the range is taken; without it the sources, decoded on the fly.
 */
export function llmEventsRelation(catalogue: Catalogue, range: EventRange, slice?: string): string {
  if (slice !== undefined)
    return `(SELECT * EXCEPT (${OPTIONAL_NAMES}) FROM ${slice} WHERE ${within(range)} AND NOT left_out)`;
  return unionAll(renderSources(catalogue, range).map(({ sql }) => sql));
}

/** The same without a slice: of an event that was delivered several times the delivery that was ingested last, as in deduplicate-slice.sql. */
export function distinctEventsRelation(catalogue: Catalogue, range: EventRange): string {
  const latest = `ORDER BY ingested_at DESC, is_error DESC, not_understood DESC, toString(tuple(${namesToTellApart(CANONICAL_COLUMNS)})) LIMIT 1 BY date, team_id, event, event_id`;
  return `(SELECT ${CANONICAL_NAMES} FROM ${countedEventsRelation(catalogue, range)} WHERE NOT left_out ${latest})`;
}

/** The events of some ranges and those that {@link llmEventsRelation} leaves out, all with {@link OPTIONAL_COLUMNS}: what is counted. */
export function countedEventsRelation(catalogue: Catalogue, ...ranges: readonly EventRange[]): string {
  return unionAll(ranges.flatMap((range) => renderSources(catalogue, range).map(({ counted }) => counted)));
}

/** Those of a slice, which has exactly these columns. */
export function countedSliceRelation(range: Omit<EventRange, 'eventTypes'>, slice: string): string {
  return `(SELECT * FROM ${slice} WHERE ${within(range)})`;
}

/** The days that a query by date is asked for, as it names them. */
export const BOUND_DAYS = '{dates:Array(Date)}';

function within({ dateStart, dateEnd, bound }: Omit<EventRange, 'eventTypes'>): string {
  // Not with IN: whoever asks what a query reads would take it for a table's.
  if (bound) return `has(${BOUND_DAYS}, date)`;
  return `date >= toDate('${dateStart}') AND date < toDate('${dateEnd}')`;
}

function unionAll(selects: readonly string[]): string {
  return `(\n${selects.join('\nUNION ALL\n')}\n)`;
}
