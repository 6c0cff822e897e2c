import { TupleParam } from '@clickhouse/client';
import type { Month, Partition } from '../config/partition.js';
import { candidateStates } from '../clickhouse/names.js';
import type { ActivityDeps } from './deps.js';
import { isLater, latestVersions, type Latest, type Opened } from './latest-versions.js';

/** A day that must not be accepted: one of its metrics, or states, belongs to a template that was not computed with it. */
export interface Conflict {
  readonly partition: Partition;
  readonly message: string;
}

/** A template whose metrics of the day now come from others: from that computation on it has no rows. */
export interface Closed extends Opened {
  readonly partition: Partition;
  readonly template: string;
}

/** A computed template whose metrics a later computation has under another name; and what that one was opened with. */
export interface Overtaken extends Opened {
  readonly partition: Partition;
  readonly template: string;
}

export interface Ownership {
  readonly conflicts: readonly Conflict[];
  readonly closed: readonly Closed[];
  readonly overtaken: readonly Overtaken[];
}

interface OwnerRow {
  day: Partition;
  template: string;
  names: string[];
  /** Metric name and the computed templates that return it. */
  taken: [string, string[]][];
}

interface Input {
  readonly month: Month;
  readonly candidates: string;
  readonly days: readonly (Opened & {
    readonly partition: Partition;
    readonly token: string;
    readonly templates: Readonly<Record<string, string>>;
    readonly stateRows?: Readonly<Record<string, number>>;
  })[];
}

const NONE: Ownership = { conflicts: [], closed: [], overtaken: [] };

/**
 * Finds metrics and states that the days' candidates have and that another template, not computed now, has on the same day.
 * @param latest what is accepted of these days
 */
export async function ownership(deps: ActivityDeps, input: Input, latest: readonly Latest[]): Promise<Ownership> {
  const { days } = input;
  // Of each day its own: workers with other files may have computed the others.
  const computed = days.flatMap(({ partition, templates }) =>
    Object.keys(templates).map((of) => [partition, of] as const),
  );
  const isComputed = (of: Latest) => computed.some(([day, template]) => day === of.date && template === of.template);
  // Mostly all templates are computed together, and none is left whose metrics could be taken.
  if (!latest.some((of) => of.rows > 0 && !isComputed(of))) return NONE;
  const [metrics, states] = await owners(deps, input, computed);
  if (metrics.length + states.length === 0) return NONE;
  const known = new Set(deps.catalogue().templates.map(({ name }) => name));
  // After them: an owner's version is at least the one whose rows were found.
  const now = await latestVersions(deps, days);
  const overtaken = overtakenTemplates([...metrics, ...states], days, { known, latest: now });
  const left = (row: OwnerRow) => withoutOvertaken(row, overtaken);
  const conflicts: Conflict[] = [];
  const closed: Closed[] = [];
  for (const row of metrics.flatMap(left)) {
    const { day: partition, template, names, taken } = row;
    const renamed = !known.has(template) && names.length === taken.length;
    const day = days.find((of) => of.partition === partition);
    // It is gone, and all its metrics of the day come from this one.
    if (renamed && day) closed.push({ partition, template, version: day.version, snapshot: day.snapshot });
    else conflicts.push({ partition, message: sentence('metric', row) });
  }
  for (const row of states.flatMap(left)) {
    // States of a template go with it.
    if (closed.some(({ partition, template }) => partition === row.day && template === row.template)) continue;
    conflicts.push({ partition: row.day, message: sentence('state', row) });
  }
  return {
    conflicts,
    overtaken,
    closed: [
      // What this computation itself has accepted of them before: whoever overtook it did not see it.
      ...overtaken.filter((of) => now.some((accepted) => isOwn(accepted, of, days))),
      // A day is accepted wholly or not at all.
      ...closed.filter((of) => !conflicts.some(({ partition }) => partition === of.partition)),
    ],
  };
}

/** Whose the metrics, and the states, are that candidates have and that are not their own. */
async function owners(
  { database }: ActivityDeps,
  { candidates, days }: Input,
  computed: readonly (readonly [Partition, string])[],
): Promise<[OwnerRow[], OwnerRow[]]> {
  const params = {
    days: days.map(({ partition }) => partition),
    tokens: days.map(({ token }) => token),
    computed: computed.map((of) => new TupleParam([...of])),
  };
  const ownersOf = (accepted: string, table: string) => {
    const names = { accepted, candidates: database.temporary(table) };
    return database.select<OwnerRow>(database.statement('pipeline/current-owners.sql', names), { params });
  };
  const haveStates = days.some(({ stateRows = {} }) => Object.values(stateRows).some((rows) => rows > 0));
  return await Promise.all([
    ownersOf(database.tables.versions, candidates),
    haveStates ? ownersOf(database.tables.state_versions, candidateStates(candidates)) : [],
  ]);
}

/**
 * The computed templates that a later computation has overtaken under another name: its rows stay, and a marker of ours, which is earlier,
 * could not close it. Where both names are known they are two templates, and no other name of one.
 */
function overtakenTemplates(
  rows: readonly OwnerRow[],
  days: Input['days'],
  { known, latest }: { readonly known: ReadonlySet<string>; readonly latest: readonly Latest[] },
): Overtaken[] {
  return rows.flatMap(({ day: partition, template: owner, taken }) => {
    const accepted = latest.find((of) => of.date === partition && of.template === owner);
    const day = days.find((of) => of.partition === partition);
    if (!accepted || !day || !isLater(accepted, day)) return [];
    const templates = new Set(taken.flatMap(([, of]) => of));
    return [...templates]
      .filter((template) => !(known.has(owner) && known.has(template)))
      .map((template) => ({ partition, template, version: accepted.version, snapshot: accepted.snapshot }));
  });
}

/** Whether what is accepted of an overtaken template is of the computation that was overtaken. */
function isOwn(accepted: Latest, { partition, template }: Overtaken, days: Input['days']): boolean {
  const day = days.find((of) => of.partition === partition);
  return (
    day !== undefined &&
    accepted.date === partition &&
    accepted.template === template &&
    !isLater(accepted, day) &&
    !isLater(day, accepted)
  );
}

/** What is taken by the templates that are accepted; nothing where there is none. */
function withoutOvertaken(row: OwnerRow, overtaken: readonly Overtaken[]): OwnerRow[] {
  const isLeft = (template: string) => !overtaken.some((of) => of.partition === row.day && of.template === template);
  const taken = row.taken.flatMap(([name, of]): OwnerRow['taken'] => {
    const left = of.filter(isLeft);
    return left.length > 0 ? [[name, left]] : [];
  });
  return taken.length > 0 ? [{ ...row, taken }] : [];
}

function sentence(what: 'metric' | 'state', { day, template: owner, taken }: OwnerRow): string {
  const [of, whose] = what === 'metric' ? ['', ''] : ['states/', 'the state '];
  const shown = taken.slice(0, 5).map(([name, [template]]) => `${whose}"${name}" of sql/${of}${template}.sql`);
  return (
    `partition ${day} was not accepted: ${shown.join(', ')} belongs to the template ${owner}: ` +
    `give the ${what} another name, or compute both templates together once the other no longer returns it`
  );
}
