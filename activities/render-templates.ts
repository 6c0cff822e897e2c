import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { classify } from '../clickhouse/errors.js';
import { chunkOf } from '../clickhouse/names.js';
import { nextDay, parsePartition, PartitionError, type Partition } from '../config/partition.js';
import { CatalogueError, TemplateError } from '../templates/errors.js';
import type { Catalogue, MetricTemplate } from '../templates/catalogue.js';
import { countedEventsRelation } from '../templates/relation.js';
import { renderPartition, renderTemplate, type RenderOptions } from '../templates/render.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { caller } from './context.js';
import type { ActivityDeps } from './deps.js';
import { bugOf, permanent, toFailure } from './failure.js';
import { isNarrow, narrowHash } from './slice/narrow.js';

export interface RenderTemplatesInput {
  readonly partition: Partition;
  readonly eventTypes: readonly string[];
  /** Template names; undefined means all. */
  readonly metrics?: readonly string[];
  /** What templates read as `llm_events`: a slice, and the hash of the sources that it was decoded with. */
  readonly slice?: { readonly table: string; readonly sourcesHash: string };
}

/** One template of one partition, as its file says it. */
export interface RenderedTemplate {
  readonly name: string;
  readonly hash: string;
  /** Metric names that its header allows, with `*` for any characters; undefined without a header. */
  readonly declared?: readonly string[];
  /** Empty for a template that rendered to nothing: it has no rows for this partition. */
  readonly sql: string;
  /** Its states, likewise; undefined for a template without any. */
  readonly states?: string;
}

export interface RenderTemplatesOutput {
  readonly partition: Partition;
  readonly templates: readonly RenderedTemplate[];
  /** The relation of the partition's LLM events as the recount reads it, with those that templates don't see; undefined where a slice has them. */
  readonly llmEvents?: string;
  /** The days of all this SQL are those of its bound parameter `dates`: it is the same for every day, and right for several at once. */
  readonly byDate?: boolean;
}

/** How often a worker that has the sources of a slice is looked for. */
const ASKED = 4;

/** Bytes of SQL that one partition may have: all payloads of a workflow task together must stay below gRPC's 4 MB. */
export const MAX_SQL_BYTES = 128 * 1024;

/**
 * Renders the selected templates for a partition: SQL and hashes that belong together.
 * @throws TemplateError, also for a file that was dropped in and that a worker would not start with; CatalogueMismatch when this worker's sources are not those of the slice
 */
export function renderTemplates(deps: ActivityDeps) {
  return async (input: RenderTemplatesInput): Promise<RenderTemplatesOutput> => {
    const { eventTypes, metrics } = input;
    try {
      // Templates put it between quotes: nobody is trusted to have checked it.
      const partition = parsePartition(input.partition);
      const catalogue = selected(deps.catalogue(), metrics);
      await deps.examine?.(catalogue, { eventTypes, partition });
      const slice = await sliceOf(deps, input, catalogue);
      const bound = slice !== undefined && catalogue.templates.every(({ byDate }) => byDate);
      const options = { eventTypes, partition, llmEvents: slice, bound };
      const rendered = renderPartition(catalogue, options);
      const templates = catalogue.templates.map((of) => {
        const { name, hash, declaredMetrics } = of;
        const template = rendered.templates.find((other) => other.name === name);
        const declared = declaredMetrics ? { declared: declaredMetrics } : {};
        return { name, hash, ...declared, sql: template?.sql ?? '', ...statesOf(catalogue, of, options) };
      });
      checkSize(partition, templates);
      const days = { eventTypes, dateStart: partition, dateEnd: nextDay(partition) };
      const source = slice === undefined ? { llmEvents: countedEventsRelation(catalogue, days) } : {};
      return { partition, templates, ...source, ...(bound ? { byDate: true } : {}) };
    } catch (error) {
      if (error instanceof TemplateError || error instanceof CatalogueError)
        throw permanent(FAILURE.template, error.message);
      if (error instanceof PartitionError) throw permanent(FAILURE.invalidInput, error.message);
      const what = `rendering partition ${String(input.partition)}`;
      if (classify(error) === 'bug') throw bugOf(error, what);
      throw toFailure(error, { type: FAILURE.clickhouse, what, attempt: caller().attempt });
    }
  };
}

/** A template's states, rendered; nothing for one that has none. @throws TemplateError */
function statesOf(catalogue: Catalogue, { states }: MetricTemplate, options: RenderOptions) {
  const statement = states && renderTemplate(catalogue, states, options).statement;
  return statement ? { states: statement.sql } : {};
}

/** The qualified name of the slice that templates read. @throws CatalogueMismatch */
async function sliceOf(deps: ActivityDeps, { slice, ...asked }: RenderTemplatesInput, catalogue: Catalogue) {
  if (slice === undefined) return undefined;
  const isOfSources = [catalogue.sourcesHash, narrowHash(catalogue)].includes(slice.sourcesHash);
  // The templates of another worker may need columns that it was decoded without. Whoever decoded it knows that its own don't.
  const hasColumns =
    slice.sourcesHash === catalogue.sourcesHash || (await isNarrow(asker(deps, slice.table), { ...asked, catalogue }));
  if (isOfSources && hasColumns) return deps.database.temporary(slice.table);
  const what = isOfSources
    ? `the templates in ${catalogue.sqlDir} need columns that the events were decoded without`
    : `the sources in ${catalogue.sourceFiles.directory} are not those that the events were decoded with`;
  const message = `${what}: another worker has other files, or they have changed; the days are decoded again`;
  // Another worker may have them: it is asked a few times, before the days are decoded again.
  const type = FAILURE.catalogueMismatch;
  throw caller().attempt < ASKED ? ApplicationFailure.create({ type, message }) : permanent(type, message);
}

/** Who asks for a day of the slice's chunk: what it leaves behind is killed with the chunk's other queries. */
function asker(deps: ActivityDeps, slice: string) {
  return { deps, chunk: chunkOf(slice), signal: cancellationSignal() };
}

/** The catalogue with the templates that a run computes. @throws TemplateError for one that this worker doesn't have */
function selected(catalogue: Catalogue, metrics: readonly string[] | undefined): Catalogue {
  if (metrics === undefined) return catalogue;
  const missing = metrics.filter((metric) => !catalogue.templates.some(({ name }) => name === metric));
  if (missing.length > 0) {
    throw new CatalogueError(
      missing.map((name) => `the run computes sql/${name}.sql, which this worker does not have in ${catalogue.sqlDir}`),
    );
  }
  return { ...catalogue, templates: catalogue.templates.filter(({ name }) => metrics.includes(name)) };
}

function checkSize(partition: Partition, templates: readonly RenderedTemplate[]): void {
  const sizes = templates
    .map(({ name, sql, states = '' }) => ({ name, bytes: Buffer.byteLength(sql + states) }))
    .sort((a, b) => b.bytes - a.bytes);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= MAX_SQL_BYTES) return;
  const largest = sizes.slice(0, 3).map(({ name, bytes }) => `${name} (${Math.ceil(bytes / 1024)} KB)`);
  throw permanent(
    FAILURE.template,
    `partition ${partition}: the rendered templates have ${Math.ceil(total / 1024)} KB, at most ${MAX_SQL_BYTES / 1024} KB fit; ` +
      `the largest are ${largest.join(', ')}: shorten them, for example by GROUP BY event instead of one SELECT per event type`,
  );
}
