import { TupleParam } from '@clickhouse/client';
import type { Month, Partition } from '../config/partition.js';
import type { ActivityDeps } from './deps.js';
import type { Latest } from './latest-versions.js';

/** A day that must not be accepted: one of its metrics belongs to a template that was not computed with it. */
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
  readonly days: readonly { partition: Partition; token: string; templates: Readonly<Record<string, string>> }[];
}

/**
 * Finds metrics that the days' candidates have and that another template, not computed now, has on the same day.
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
  const rows = await database.select<OwnerRow>(
    database.statement('pipeline/current-owners.sql', { candidates: database.temporary(candidates) }),
    {
      params: {
        days: days.map(({ partition }) => partition),
        tokens: days.map(({ token }) => token),
        computed: computed.map((of) => new TupleParam(of)),
      },
    },
  );
  if (rows.length === 0) return { conflicts: [], closed: [] };
  const known = new Set(catalogue().templates.map(({ name }) => name));
  const conflicts: Conflict[] = [];
  const closed: Closed[] = [];
  for (const { day: partition, template, names, taken } of rows) {
    const renamed = !known.has(template) && names.length === taken.length;
    if (renamed) closed.push({ partition, template });
    else conflicts.push({ partition, message: sentence(partition, template, taken) });
  }
  return { conflicts, closed };
}

function sentence(partition: Partition, owner: string, taken: OwnerRow['taken']): string {
  const shown = taken.slice(0, 5).map(([metric, template]) => `"${metric}" of sql/${template}.sql`);
  return (
    `partition ${partition} was not accepted: ${shown.join(', ')} belongs to the template ${owner}: ` +
    `give the metric another name, or compute both templates together once the other no longer returns it`
  );
}
