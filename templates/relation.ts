import { CANONICAL_NAMES } from './canonical.js';
import { type Catalogue, type TemplateFile } from './catalogue.js';
import { CatalogueError, TemplateError } from './errors.js';
import { assertEventTypes } from './event-types.js';
import { readRendered } from './rendered.js';
import { compact, type Statement } from './sql-text.js';

/** Which events: of these types, from the day `dateStart` to before the day `dateEnd`, both `'YYYY-MM-DD'` in UTC. */
export interface EventRange {
  readonly eventTypes: readonly string[];
  readonly dateStart: string;
  readonly dateEnd: string;
}

/** A source rendered for a range. */
export interface RenderedSource {
  readonly name: string;
  readonly file: string;
  /** A SELECT of the canonical columns, in their order, of the range alone whatever the source's own WHERE says. */
  readonly sql: string;
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
    return { name: source.name, file: source.file, sql: restricted(compact(statement.sql), range) };
  });
}

/** One source as its file says it. */
export function renderSource(catalogue: Catalogue, source: TemplateFile, range: EventRange) {
  assertEventTypes(range.eventTypes);
  const variables: Readonly<Record<string, unknown>> = {
    event_types: [...range.eventTypes],
    date_start: range.dateStart,
    date_end: range.dateEnd,
  };
  const text = catalogue.sourceEnvironment.render(`${source.name}.sql`, variables);
  const statement: Statement | undefined = readRendered(source, text);
  if (statement === undefined) {
    throw new TemplateError(
      { file: source.file },
      'it renders to nothing; expected a SELECT of the columns of an LLM event',
    );
  }
  return { variables, text, statement };
}

function restricted(source: string, { eventTypes, dateStart, dateEnd }: EventRange): string {
  const events = eventTypes.map((eventType) => `'${eventType}'`).join(', ');
  return [
    `SELECT ${CANONICAL_NAMES} FROM (\n${source}\n)`,
    `WHERE timestamp >= toDateTime64('${dateStart} 00:00:00', 6, 'UTC')`,
    `AND timestamp < toDateTime64('${dateEnd} 00:00:00', 6, 'UTC') AND event IN (${events})`,
  ].join(' ');
}

/**
 * `llm_events`: the relation that metric templates select from, to be used after FROM.
 * @param table a table or subquery with the canonical columns, such as a slice, of which the range is taken; without it the
 * sources, decoded on the fly.
 */
export function llmEventsRelation(catalogue: Catalogue, range: EventRange, table?: string): string {
  if (table !== undefined) {
    return `(SELECT * FROM ${table} WHERE date >= toDate('${range.dateStart}') AND date < toDate('${range.dateEnd}'))`;
  }
  const sources = renderSources(catalogue, range).map(({ sql }) => sql);
  return `(\n${sources.join('\nUNION ALL\n')}\n)`;
}
