import { nextDay, type Partition } from '../config/partition.js';
import { type Catalogue, type MetricTemplate, type TemplateFile } from './catalogue.js';
import { clauseOfAllDays } from './clauses-of-all-days.js';
import { type Describe } from './describe-piece.js';
import { madeUpEvents } from './made-up-events.js';
import { mentionedIn } from './mentioned.js';
import { BOUND_DAYS, llmEventsRelation } from './relation.js';
import { renderTemplate } from './render.js';
import { UndescribedError } from './errors.js';
import { isRefusal } from './server-message.js';

export interface CheckByDateOptions {
  readonly catalogue: Catalogue;
  readonly eventTypes: readonly string[];
  /** The first of the two days that the made-up events are of. */
  readonly samplePartition: Partition;
  readonly describe: Describe;
}

/** Variables that are one day's. */
export const OF_ONE_DAY = ['partition', 'date_start', 'date_end'];

/**
 * Why a template is not by date although its header says so; undefined when it is, or doesn't say so. It is read for clauses that are
 * of all days, which a thousand events may be too few for, and run on made-up events of two days, together and alone: a group of both
 * days gives other rows then.
 */
export async function byDateProblem(
  options: CheckByDateOptions,
  template: MetricTemplate,
): Promise<string | undefined> {
  if (!template.byDate) return undefined;
  const used = OF_ONE_DAY.filter((name) => template.names.has(name)).map((name) => `{{ ${name} }}`);
  if (used.length > 0) return problem(`it uses ${used.join(' and ')}, which is one day’s`);
  if (!template.names.has('llm_events')) return problem('it has no {{ llm_events }}');
  const found = clauseOfAllDays(writtenSql(options, template));
  if (found) return problem(`${found.clause} is of all days together`, `make it ${found.ofEachDay}`);
  const [difference] = await differences(options, (days) => rowsOf(options, template, days));
  return difference && problem(`of made-up events of two days ${difference.name} is ${difference.type}`, SAME_ROWS);
}

/** What a day's rows need to be the same beside other days, and from one query to the next. */
const SAME_ROWS = 'group by the events’ column date (the day in UTC), let the same events always give the same rows';

function problem(why: string, remedy = 'group by date'): string {
  return `"-- metrics, by date:" is for templates that select from {{ llm_events }} alone and group by date, but ${why}; ${remedy}, or write "-- metrics:"`;
}

/**
 * A row that two days together have and neither of them alone, or the other way round.
 * @param rows a SELECT of date, team_id, metric_name and metric_value of made-up events of some days
 */
export async function differences(options: CheckByDateOptions, rows: (days: readonly Partition[]) => string) {
  const { samplePartition: first, describe } = options;
  const second = nextDay(first);
  const together = rows([first, second]);
  const alone = [rows([first]), rows([second])];
  const signed = (rows: string, sign: number) => `SELECT *, ${sign} AS sign FROM (${rows})`;
  const all = [signed(together, 1), ...alone.map((rows) => signed(rows, -1))].join(' UNION ALL ');
  const name = `concat('metric "', metric_name, '" of team ', toString(team_id), ' on ', toString(date))`;
  const values = (sign: number) =>
    `arrayStringConcat(arraySort(groupArrayIf(toString(metric_value), sign = ${sign})), ' and ')`;
  const said = (text: string) => `if(${text} = '', 'nothing', ${text})`;
  const statement =
    `SELECT ${name} AS name, concat(${said('together')}, ' when both are computed at once, but ', ${said('alone')}, ' alone') AS type ` +
    `FROM (SELECT date, team_id, metric_name, ${values(1)} AS together, ${values(-1)} AS alone FROM (${all}) GROUP BY date, team_id, metric_name) ` +
    `WHERE together != alone ORDER BY name LIMIT 1`;
  try {
    return await describe(statement);
  } catch (error) {
    // What the server refuses of made-up events it says of real ones too, or it is these that are to blame.
    if (isRefusal(error) || error instanceof UndescribedError) return [];
    throw error;
  }
}

function rowsOf(options: CheckByDateOptions, template: MetricTemplate, days: readonly Partition[]): string {
  return `SELECT date, team_id, metric_name, metric_value FROM (\n${ofMadeUp(options, template, days)}\n)`;
}

/** A template's SELECT over made-up events of some days. Some have the values that it mentions: a filter finds them. */
export function ofMadeUp(options: CheckByDateOptions, template: TemplateFile, days: readonly Partition[]): string {
  const mentioned = mentionedIn(writtenSql(options, template));
  const llmEvents = madeUpEvents({ eventTypes: options.eventTypes, days, mentioned });
  const dates = `[${days.map((day) => `toDate('${day}')`).join(', ')}]`;
  return rendered(options, template, llmEvents).replaceAll(BOUND_DAYS, dates);
}

/** A template's SELECT from a table `llm_events`: nothing but what its author wrote. */
export function writtenSql(options: CheckByDateOptions, template: TemplateFile): string {
  const { catalogue, eventTypes, samplePartition } = options;
  const range = { eventTypes, dateStart: samplePartition, dateEnd: nextDay(samplePartition), bound: true };
  const relation = llmEventsRelation(catalogue, range, 'llm_events');
  return rendered(options, template, 'llm_events').replaceAll(relation, 'llm_events');
}

function rendered(options: CheckByDateOptions, template: TemplateFile, llmEvents: string): string {
  const { catalogue, eventTypes, samplePartition: partition } = options;
  const { statement } = renderTemplate(catalogue, template, { eventTypes, partition, llmEvents, bound: true });
  return statement?.sql ?? '';
}
