import { CANONICAL_NAMES } from './canonical.js';
import { type Catalogue } from './catalogue.js';
import { TemplateError } from './errors.js';
import { assertEventTypes } from './event-types.js';
import { SqlTextError, readStatement } from './sql-text.js';

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
  /** A SELECT of the canonical columns, by name in their order, of the range alone whatever the source's own WHERE says. */
  readonly sql: string;
}

/**
 * The sources of `catalogue`, rendered.
 * @throws TemplateError, or Error for event types that can't stand in SQL.
 */
export function renderSources(catalogue: Catalogue, range: EventRange): RenderedSource[] {
  assertEventTypes(range.eventTypes);
  return catalogue.sources.map(({ name, file }) => {
    const rendered = catalogue.sourceEnvironment.render(`${name}.sql`, sourceVariables(range));
    return { name, file, sql: restricted(readSource(rendered, file), range) };
  });
}

/** What a source's template may use. */
export function sourceVariables({ eventTypes, dateStart, dateEnd }: EventRange): Record<string, unknown> {
  return { event_types: [...eventTypes], date_start: dateStart, date_end: dateEnd };
}

function readSource(rendered: string, file: string): string {
  try {
    const statement = readStatement(rendered);
    if (statement) return statement.sql;
  } catch (error) {
    if (!(error instanceof SqlTextError)) throw error;
    throw new TemplateError({ file }, error.message);
  }
  throw new TemplateError({ file }, 'it renders to nothing; expected a SELECT of the canonical columns');
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
 * @param table a table with the canonical columns of these events, such as a slice; without it the sources, decoded on the fly.
 */
export function llmEventsRelation(catalogue: Catalogue, range: EventRange, table?: string): string {
  if (table !== undefined) {
    return `(SELECT * FROM ${table} WHERE date >= toDate('${range.dateStart}') AND date < toDate('${range.dateEnd}'))`;
  }
  if (catalogue.sources.length === 0) {
    throw new Error(`there are no sources to read events from: looked for *.sql in ${catalogue.sourceFiles.directory}`);
  }
  return `(\n${renderSources(catalogue, range)
    .map(({ sql }) => sql)
    .join('\nUNION ALL\n')}\n)`;
}
