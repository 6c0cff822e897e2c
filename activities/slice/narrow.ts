import type { Database } from '../../clickhouse/database.js';
import { classify } from '../../clickhouse/errors.js';
import { parsePartition } from '../../config/partition.js';
import type { Catalogue, MetricTemplate, TemplateFile } from '../../templates/catalogue.js';
import { OF_ONE_DAY } from '../../templates/check-by-date.js';
import { TemplateError } from '../../templates/errors.js';
import { renderTemplate } from '../../templates/render.js';
import { NARROW_EVENTS, TYPED_EVENTS } from '../../templates/typed-relation.js';
import { unionOf, wrapTemplate } from '../../templates/wrap.js';
import { wrapStates } from '../../templates/wrap-states.js';
import { kindOf } from '../attempts.js';
import { analysing, sourceSettings } from '../insert-settings.js';
import { FLOOR } from '../read-limit.js';
import { selectRows, type Asking } from './statements.js';

interface Asked {
  readonly catalogue: Catalogue;
  readonly eventTypes: readonly string[];
  /** Template names; undefined means all. */
  readonly metrics?: readonly string[] | undefined;
}

/** Who asks: nobody else's queries, or cancellation, are its own. */
type Asker = Pick<Asking, 'deps' | 'chunk' | 'signal'>;

/** What a slice without the other columns is told by. */
export function narrowHash({ sourcesHash }: Catalogue): string {
  return `${sourcesHash}-narrow`;
}

interface Question {
  readonly answer: Promise<boolean>;
  readonly signal: AbortSignal;
}

const askedOf = new WeakMap<Database, Map<string, Question>>();

/**
 * Whether the selected templates need no other columns than METRIC_COLUMNS. The server says so: it understands them in the same way with and
 * without the others. A name that it doesn't find, a `SELECT *` that has other columns then, and whatever it can't explain needs all of them.
 * It is asked once for each selection.
 */
export async function isNarrow(asker: Asker, asked: Asked): Promise<boolean> {
  const { database } = asker.deps;
  const { catalogue, eventTypes, metrics } = asked;
  if (catalogue.audits.some(mayReadSlice)) return false;
  const known = askedOf.get(database) ?? new Map<string, Question>();
  askedOf.set(database, known);
  const key = JSON.stringify([catalogue.hash, eventTypes, metrics]);
  const ask = (): Question => {
    const question = { answer: needsNoOthers(asker, asked), signal: asker.signal };
    known.set(key, question);
    // What failed is asked again.
    question.answer.catch(() => known.delete(key));
    return question;
  };
  for (;;) {
    const { answer, signal } = known.get(key) ?? ask();
    try {
      return await answer;
    } catch (error) {
      // Another activity asked, and was cancelled: that is not this one's end.
      if (signal.aborted && !asker.signal.aborted) continue;
      // Its scalar subqueries, which run when it is explained, take too much: it needs all of them, until it is asked again.
      if (kindOf(error).atLimit > 0) return false;
      throw error;
    }
  }
}

async function needsNoOthers(asker: Asker, { catalogue, eventTypes, metrics }: Asked): Promise<boolean> {
  const templates = catalogue.templates.filter(({ name }) => metrics?.includes(name) ?? true);
  // Another day may be another text of them.
  if (!templates.every(isOneText)) return false;
  const states = templates.flatMap((template) => template.states ?? []);
  const textOf = (events: string) => {
    const selects = (of: readonly TemplateFile[]) =>
      of.flatMap((template) => {
        const options = { eventTypes, partition: ANY_DAY, llmEvents: events };
        const { statement } = renderTemplate(catalogue, template, options);
        return statement ? [{ name: template.name, sql: statement.sql }] : [];
      });
    return [selects(templates).map(wrapTemplate), selects(states).map(wrapStates)];
  };
  const about = { columns: templates.map(({ name }) => name) };
  const settings = analysing(await sourceSettings(asker.deps, { maxExecutionSeconds: 0, about }), FLOOR);
  const explained = async (sql: string) => await explain({ ...asker, settings }, sql);
  try {
    const [wide, narrow] = [textOf(TYPED_EVENTS), textOf(NARROW_EVENTS)];
    for (const [index, selects] of wide.entries()) {
      if (selects.length === 0) continue;
      const all = await explained(unionOf(selects));
      if (all !== (await explained(unionOf(narrow[index] ?? [])))) return false;
    }
    return true;
  } catch (error) {
    // What is wrong with a template is for its rendering, or its INSERT, to say.
    if (error instanceof TemplateError || classify(error) === 'permanent') return false;
    throw error;
  }
}

const ANY_DAY = parsePartition('2025-01-01');

function isOneText({ byDate, names, states }: MetricTemplate): boolean {
  return byDate && OF_ONE_DAY.every((name) => !names.has(name) && states?.names.has(name) !== true);
}

/** Audits of one's own may select from events too; what they include is not looked into. */
function mayReadSlice({ source }: TemplateFile): boolean {
  return /llm_events|\b(?:include|import|extends)\b/.test(source);
}

/** How the server understands a query: columns that nothing uses are not in it any more. */
async function explain(asking: Asking, sql: string): Promise<string> {
  const rows = await selectRows<{ explain: string }>(asking, `EXPLAIN QUERY TREE\n${sql}`);
  return rows.map(({ explain }) => explain).join('\n');
}
