import { nextDay, type Partition } from '../config/partition.js';
import { type Catalogue, type MetricTemplate } from './catalogue.js';
import { LazyValue } from './environment.js';
import { TemplateError } from './errors.js';
import { assertEventTypes } from './event-types.js';
import { llmEventsRelation, type EventRange } from './relation.js';
import { SqlTextError, lineAt, readStatement, type Statement } from './sql-text.js';

export interface RenderOptions {
  readonly eventTypes: readonly string[];
  readonly partition: Partition;
  /** A table with the canonical columns (a slice) to read events from, instead of decoding the sources on the fly. */
  readonly llmEvents?: string | undefined;
}

/** A template's SELECT for one partition, without a semicolon at its end. */
export interface RenderedTemplate {
  readonly name: string;
  readonly hash: string;
  readonly sql: string;
  /** Whether it asked for `llm_events`. */
  readonly usesLlmEvents: boolean;
}

export interface RenderedPartition {
  readonly templates: readonly RenderedTemplate[];
  /** Names of templates that rendered to nothing, such as a file with only macros. */
  readonly blank: readonly string[];
}

/**
 * Renders every template of `catalogue` for one partition.
 * @throws TemplateError with file and line; Error for event types that can't stand in SQL.
 */
export function renderPartition(catalogue: Catalogue, options: RenderOptions): RenderedPartition {
  assertEventTypes(options.eventTypes);
  const templates: RenderedTemplate[] = [];
  const blank: string[] = [];
  for (const template of catalogue.templates) {
    const { variables, used } = templateVariables(catalogue, options);
    const text = catalogue.environment.render(`${template.name}.sql`, variables);
    const statement = readRendered(template, text);
    if (statement === undefined) blank.push(template.name);
    else templates.push({ name: template.name, hash: template.hash, sql: statement.sql, usesLlmEvents: used() });
  }
  return { templates, blank };
}

/** The variables of one rendering, and whether `llm_events` was asked for so far. */
export function templateVariables(catalogue: Catalogue, { eventTypes, partition, llmEvents }: RenderOptions) {
  const range: EventRange = { eventTypes, dateStart: partition, dateEnd: nextDay(partition) };
  let used = false;
  const relation = new LazyValue(() => {
    used = true;
    return llmEventsRelation(catalogue, range, llmEvents);
  });
  const variables: Readonly<Record<string, unknown>> = {
    event_types: [...eventTypes],
    date_start: range.dateStart,
    date_end: range.dateEnd,
    partition,
    llm_events: relation,
  };
  return { variables, used: () => used };
}

/** @throws TemplateError when `text` can't be one SELECT. */
function readRendered({ file, source }: MetricTemplate, text: string): Statement | undefined {
  try {
    return readStatement(text);
  } catch (error) {
    if (!(error instanceof SqlTextError)) throw error;
    throw new TemplateError({ file, line: lineOfRendered(source, text, error.offset) }, withRemedy(error.message));
  }
}

/** The template's line that says what the rendered text says at `offset`: exact where only one line does. */
function lineOfRendered(source: string, text: string, offset: number): number | undefined {
  const line = text.split('\n')[lineAt(text, offset) - 1]?.trim();
  const lines = source.split('\n');
  const matches = lines.flatMap((other, index) => (other.trim() === line ? [index + 1] : []));
  return matches.length === 1 ? matches[0] : undefined;
}

function withRemedy(message: string): string {
  return message.startsWith('UNION ALL has no SELECT after')
    ? `${message}; put it between {% if not loop.last %} and {% endif %}`
    : message;
}
