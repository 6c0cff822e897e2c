import { nextDay, type Partition } from '../config/partition.js';
import { type Catalogue, type TemplateFile } from './catalogue.js';
import { LazyValue } from './environment.js';
import { assertEventTypes } from './event-types.js';
import { distinctEventsRelation, llmEventsRelation } from './relation.js';
import { readRendered } from './rendered.js';
import { traceLines } from './trace.js';

export interface RenderOptions {
  readonly eventTypes: readonly string[];
  readonly partition: Partition;
  /** A table with the canonical columns (a slice) to read the day's events from, instead of decoding the sources on the fly. */
  readonly llmEvents?: string | undefined;
  /** Of a slice, the days of the bound parameter `dates`: for templates that are by date. */
  readonly bound?: boolean;
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
 * @throws TemplateError with file and line; CatalogueError for event types that can't stand in SQL.
 */
export function renderPartition(catalogue: Catalogue, options: RenderOptions): RenderedPartition {
  assertEventTypes(options.eventTypes);
  const templates: RenderedTemplate[] = [];
  const blank: string[] = [];
  for (const template of catalogue.templates) {
    const { name, hash } = template;
    const { statement, usesLlmEvents } = renderTemplate(catalogue, template, options);
    if (statement === undefined) blank.push(name);
    else templates.push({ name, hash, sql: statement.sql, usesLlmEvents });
  }
  return { templates, blank };
}

/** Renders one template; `statement` is undefined when nothing comes out of it, `trace` leads from it back to the files. */
export function renderTemplate(catalogue: Catalogue, template: TemplateFile, options: RenderOptions) {
  const { eventTypes, partition, llmEvents, bound = false } = options;
  const dateEnd = nextDay(partition);
  let usesLlmEvents = false;
  // Afresh for each rendering: a template may change the list.
  const given = (): Readonly<Record<string, unknown>> => ({
    event_types: [...eventTypes],
    date_start: partition,
    date_end: dateEnd,
    partition,
    llm_events: new LazyValue(() => {
      usesLlmEvents = true;
      const range = { eventTypes, dateStart: partition, dateEnd, bound };
      return llmEvents === undefined
        ? distinctEventsRelation(catalogue, range)
        : llmEventsRelation(catalogue, range, llmEvents);
    }),
  });
  const file = `${template.name}.sql`;
  const variables = given();
  const text = catalogue.environment.render(file, variables);
  const trace = () => traceLines(catalogue.files, { file, variables: given(), rendered: text });
  return { variables, trace, statement: readRendered(template, text, trace), usesLlmEvents };
}
