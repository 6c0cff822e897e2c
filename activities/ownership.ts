import { TupleParam } from '@clickhouse/client';
import type { Month, Partition } from '../config/partition.js';
import { candidateStates } from '../clickhouse/names.js';
import type { ActivityDeps } from './deps.js';
import type { Latest } from './latest-versions.js';

/** A day that must not be accepted: one of its metrics, or states, belongs to a template that was not computed with it. */
export interface Conflict {
  readonly partition: Partition;
  readonly message: string;
}

/** A template that was renamed: it is gone, and all its metrics of the day now come from others. */
export interface Closed {
  readonly partition: Partition;
  readonly template: string;
}

interface OwnerRow {
  day: Partition;
  template: string;
  names: string[];
  /** Metric name and the computed template that returns it. */
  taken: [string, string][];
}

interface Input {
  readonly month: Month;
  readonly candidates: string;
  readonly days: readonly {
    readonly partition: Partition;
    readonly token: string;
    readonly templates: Readonly<Record<string, string>>;
    readonly stateRows?: Readonly<Record<string, number>>;
  }[];
}

/**
 * Finds metrics and states that the days' candidates have and that another template, not computed now, has on the same day.
 * @param latest what is accepted of these days
 */
export async function ownership(
  { database, catalogue }: ActivityDeps,
  { candidates, days }: Input,
  latest: readonly Latest[],
): Promise<{ conflicts: Conflict[]; closed: Closed[] }> {
  // Of each day its own: workers with other files may have computed the others.
  const computed = days.flatMap(({ partition, templates }) => Object.keys(templates).map((of) => [partition, of]));
  const isComputed = (of: Latest) => computed.some(([day, template]) => day === of.date && template === of.template);
  // Mostly all templates are computed together, and none is left whose metrics could be taken.
  if (!latest.some((of) => of.rows > 0 && !isComputed(of))) return { conflicts: [], closed: [] };
  const params = {
    days: days.map(({ partition }) => partition),
    tokens: days.map(({ token }) => token),
    computed: computed.map((of) => new TupleParam(of)),
  };
  const ownersOf = (accepted: string, table: string) => {
    const names = { accepted, candidates: database.temporary(table) };
    return database.select<OwnerRow>(database.statement('pipeline/current-owners.sql', names), { params });
  };
  const haveStates = days.some(({ stateRows = {} }) => Object.values(stateRows).some((rows) => rows > 0));
  const [rows, states] = await Promise.all([
    ownersOf(database.tables.versions, candidates),
    haveStates ? ownersOf(database.tables.state_versions, candidateStates(candidates)) : [],
  ]);
  const known = new Set(catalogue().templates.map(({ name }) => name));
  const conflicts: Conflict[] = [];
  const closed: Closed[] = [];
  for (const { day: partition, template, names, taken } of rows) {
    const renamed = !known.has(template) && names.length === taken.length;
    if (renamed) closed.push({ partition, template });
    else conflicts.push({ partition, message: sentence('metric', { day: partition, template, taken }) });
  }
  for (const row of states) {
    // States of a template go with it.
    if (closed.some(({ partition, template }) => partition === row.day && template === row.template)) continue;
    conflicts.push({ partition: row.day, message: sentence('state', row) });
  }
  return { conflicts, closed };
}

function sentence(what: 'metric' | 'state', { day, template: owner, taken }: Omit<OwnerRow, 'names'>): string {
  const [of, whose] = what === 'metric' ? ['', ''] : ['states/', 'the state '];
  const shown = taken.slice(0, 5).map(([name, template]) => `${whose}"${name}" of sql/${of}${template}.sql`);
  return (
    `partition ${day} was not accepted: ${shown.join(', ')} belongs to the template ${owner}: ` +
    `give the ${what} another name, or compute both templates together once the other no longer returns it`
  );
}
