import type { ClickHouseSettings } from '@clickhouse/client';
import type { Partition } from '../config/partition.js';
import { candidateStates, literal } from '../clickhouse/names.js';
import { runQuery } from '../clickhouse/run-query.js';
import { STATE_TYPES, statesName } from '../templates/states.js';
import { wrapStates } from '../templates/wrap-states.js';
import { wrapTemplate } from '../templates/wrap.js';
import { FAILURE } from '../workflows/plan/failures.js';
import type { ActivityDeps } from './deps.js';
import { permanent } from './failure.js';
import type { ExecuteInsertInput } from './insert-settings.js';

/** Days, their tokens, and how their statements run. */
export interface StatesOptions {
  /** Whose the table is. */
  readonly workflowId: string;
  readonly params: {
    readonly dates: readonly Partition[];
    readonly tokens: readonly string[];
    readonly elsewhere: string;
  };
  readonly queryId: string;
  readonly settings: ClickHouseSettings;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: unknown) => void;
}

/** What there is of one execution and template: not yet held against what should be. */
export interface StateCount {
  readonly token: string;
  readonly template: string;
  readonly rows: string;
  readonly nameless: string;
  readonly elsewhere: string;
  readonly other_day: string;
  readonly repeated: string;
  readonly alone: string;
  readonly alone_name: string;
  /** Names that another template has states of, too, of one team. */
  readonly shared: readonly string[];
}

/** As the server counts: with the names of its states. */
type CountedStates = Omit<StateCount, 'shared'> & { readonly names: readonly string[] };

type SharedStates = Pick<StateCount, 'token' | 'template' | 'shared'>;

/** All SELECTs of templates with the names of their files below `sql/`: theirs, and those of their states. */
export function withStates({
  templates,
}: Pick<ExecuteInsertInput, 'templates'>): { readonly name: string; readonly sql: string }[] {
  return templates.flatMap(({ name, sql, states }) => [
    { name, sql },
    ...(states === undefined ? [] : [{ name: statesName(name), sql: states }]),
  ]);
}

/** The same as the INSERTs have them. */
export function wrappedSelects({
  templates,
}: Pick<ExecuteInsertInput, 'templates'>): { readonly name: string; readonly sql: string }[] {
  return templates.flatMap(({ name, sql, states }) => [
    ...(sql === '' ? [] : [{ name, sql: wrapTemplate({ name, sql }) }]),
    ...(states === undefined ? [] : [{ name: statesName(name), sql: wrapStates({ name, sql: states }) }]),
  ]);
}

/** The SELECTs of states that a partition's templates come with. */
export function stateSelects({ templates }: Pick<ExecuteInsertInput, 'templates'>): string[] {
  return templates.flatMap(({ name, states }) => (states === undefined ? [] : [wrapStates({ name, sql: states })]));
}

/**
 * One INSERT of the states of some days. It reads what the metrics are computed of, and goes before them: when a slice was emptied,
 * the recount that comes with the metrics finds nothing in it either.
 * @returns the rows that it wrote.
 */
export async function insertStates(
  { database }: ActivityDeps,
  input: ExecuteInsertInput,
  { workflowId, params, queryId, settings, signal, onProgress }: StatesOptions,
): Promise<number> {
  const names = {
    candidate_states: database.temporary(candidateStates(input.candidates)),
    comment: literal(workflowId),
    ...STATE_TYPES,
    selects: stateSelects(input).join('\nUNION ALL\n'),
  };
  await database.command(database.statement('pipeline/create-states.sql', names));
  const sql = database.statement('pipeline/insert-states.sql', names);
  const { writtenRows } = await runQuery(database, {
    sql,
    params,
    settings,
    queryId: `${queryId}-states`,
    signal,
    onProgress,
  });
  return writtenRows;
}

/** Counts the states of executions, beside the metrics that they have written. */
export async function countStates(
  { database }: ActivityDeps,
  { candidates, templates }: ExecuteInsertInput,
  { dates, tokens }: StatesOptions['params'],
): Promise<StateCount[]> {
  const tables = {
    candidates: database.temporary(candidates),
    candidate_states: database.temporary(candidateStates(candidates)),
  };
  const having = templates.flatMap(({ name, states }) => (states === undefined ? [] : [name]));
  const counted = await database.select<CountedStates>(database.statement('pipeline/count-states.sql', tables), {
    params: { dates, tokens, templates: having },
  });
  const names = namesOfSeveral(counted);
  const taken =
    names.length === 0
      ? []
      : await database.select<SharedStates>(database.statement('pipeline/count-shared-states.sql', tables), {
          params: { tokens, names },
        });
  return counted.map(({ names: _, ...count }) => {
    const own = taken.find(({ token, template }) => token === count.token && template === count.template);
    return { ...count, shared: own?.shared ?? [] };
  });
}

/** Names that several templates have states of in one execution, of whatever teams. */
function namesOfSeveral(counted: readonly CountedStates[]): string[] {
  const seen = new Set<string>();
  const several = new Set<string>();
  for (const { token, names } of counted)
    for (const name of names) {
      const key = JSON.stringify([token, name]);
      if (seen.has(key)) several.add(name);
      seen.add(key);
    }
  return [...several];
}

/** How many states each template has of a partition. @throws TemplateError for states that can't be this day's. */
export function checkStates(
  { partition, templates }: ExecuteInsertInput,
  counts: readonly StateCount[],
): Readonly<Record<string, number>> {
  for (const count of counts) checkCount(partition, count);
  checkShared(partition, counts);
  const having = templates.filter(({ states }) => states !== undefined);
  return Object.fromEntries(
    having.map(({ name }) => [name, Number(counts.find(({ template }) => template === name)?.rows ?? 0)]),
  );
}

function checkShared(partition: Partition, counts: readonly StateCount[]): void {
  const name = counts.flatMap(({ shared }) => shared)[0];
  if (name === undefined) return;
  const files = counts
    .filter(({ shared }) => shared.includes(name))
    .map(({ template }) => `sql/states/${template}.sql`);
  throw permanent(
    FAILURE.template,
    `${files.join(' and ')} for partition ${partition} returned states "${name}" of the same team: give them another name in one of the two, and the metrics that they stand beside`,
  );
}

function checkCount(partition: Partition, count: StateCount): void {
  const { template, nameless, elsewhere, other_day, repeated, alone, alone_name } = count;
  const problems: string[] = [];
  const found = (n: string, what: string) => (Number(n) > 0 ? problems.push(`${n} states ${what}`) : 0);
  found(nameless, 'with an empty metric_name');
  found(elsewhere, `of other days, such as ${other_day}`);
  found(repeated, 'of a team and metric_name that has one already');
  // What was said before is also true of these.
  if (problems.length === 0)
    found(alone, `of no metric that sql/${template}.sql returned for the team, such as "${alone_name}"`);
  if (problems.length === 0) return;
  throw permanent(
    FAILURE.template,
    `sql/states/${template}.sql for partition ${partition} returned ${problems.join(', and ')}; expected one state of a team and metric of that day`,
  );
}
