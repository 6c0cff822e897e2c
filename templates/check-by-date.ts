import { nextDay, type Partition } from '../config/partition.js';
import { SLICE_COLUMNS } from './canonical.js';
import { type Catalogue, type MetricTemplate, type TemplateFile } from './catalogue.js';
import { isRefusal } from './server-message.js';
import { type Describe } from './describe-piece.js';
import { BOUND_DAYS } from './relation.js';
import { renderTemplate } from './render.js';

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
 * Why a template is not by date although its header says so; undefined when it is, or doesn't say so. It is run on made-up events of two
 * days, together and alone: a LIMIT, or a group of both days, gives other rows then.
 */
export async function byDateProblem(
  options: CheckByDateOptions,
  template: MetricTemplate,
): Promise<string | undefined> {
  if (!template.byDate) return undefined;
  const used = OF_ONE_DAY.filter((name) => template.names.has(name)).map((name) => `{{ ${name} }}`);
  if (used.length > 0) return problem(`it uses ${used.join(' and ')}, which is one day’s`);
  if (!template.names.has('llm_events')) return problem('it has no {{ llm_events }}');
  const [difference] = await differences(options, (days) => rowsOf(options, template, days));
  return difference && problem(`of made-up events of two days ${difference.name} is ${difference.type}`);
}

function problem(why: string): string {
  return `"-- metrics, by date:" is for templates that select from {{ llm_events }} alone and group by date, but ${why}; group by date, or write "-- metrics:"`;
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
    if (isRefusal(error)) return [];
    throw error;
  }
}

function rowsOf(options: CheckByDateOptions, template: MetricTemplate, days: readonly Partition[]): string {
  return `SELECT date, team_id, metric_name, metric_value FROM (\n${ofMadeUp(options, template, days)}\n)`;
}

/** A template's SELECT over made-up events of some days. */
export function ofMadeUp(
  { catalogue, eventTypes }: CheckByDateOptions,
  template: TemplateFile,
  days: readonly Partition[],
): string {
  const [partition] = days as readonly [Partition];
  const options = { eventTypes, partition, llmEvents: madeUp(eventTypes, days), bound: true };
  const sql = renderTemplate(catalogue, template, options).statement?.sql ?? '';
  const dates = `[${days.map((day) => `toDate('${day}')`).join(', ')}]`;
  return sql.replaceAll(BOUND_DAYS, dates);
}

/** So many events of each day, with few different values: groups of several. Values are quarters, of which every sum is exact. */
const EVENTS = 64;

function madeUp(eventTypes: readonly string[], days: readonly Partition[]): string {
  const random = (name: string, below: number) => `cityHash64(n, '${name}') % ${below}`;
  const byType: Readonly<Record<string, (name: string) => string>> = {
    UInt64: (name) => `1 + ${random(name, 3)}`,
    String: (name) => `concat('${name} ', toString(${random(name, 4)}))`,
    'LowCardinality(String)': (name) => `toLowCardinality(concat('${name} ', toString(${random(name, 3)})))`,
    'Nullable(UInt64)': (name) => `if(${random(`no ${name}`, 4)} = 0, NULL, toUInt64(${random(name, 100)}))`,
    'Nullable(Float64)': (name) => `if(${random(`no ${name}`, 4)} = 0, NULL, toFloat64(${random(name, 100)}) / 4)`,
    Bool: (name) => `(${random(name, 5)} = 0)::Bool`,
    'Array(String)': (name) => `[toString(${random(name, 3)})]`,
  };
  const events = eventTypes.map((event) => `'${event}'`).join(', ');
  const own: Readonly<Record<string, string>> = {
    date: 'day',
    timestamp: `toDateTime64(day, 6, 'UTC') + ${random('timestamp', 86_400)}`,
    ingested_at: `toDateTime64(day, 6, 'UTC') + 86400`,
    event: `toLowCardinality(arrayElement([${events}], 1 + ${random('event', eventTypes.length)}))`,
    event_id: 'toString(n)',
    left_out: 'false',
  };
  const columns = SLICE_COLUMNS.map(({ name, type }) => `${own[name] ?? byType[type]?.(name) ?? 'NULL'} AS ${name}`);
  const dates = days.map((day) => `toDate('${day}')`).join(', ');
  // A number of its own for each event: those of a day are the same with the other day and alone.
  const numbered = `SELECT arrayJoin([${dates}]) AS day, number + ${EVENTS} * toUInt64(day) AS n FROM numbers(${EVENTS})`;
  return `(SELECT ${columns.join(', ')} FROM (${numbered}))`;
}
