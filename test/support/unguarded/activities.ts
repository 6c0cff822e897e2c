import type { ActivityDeps } from '../../../activities/deps.js';
import { createActivities, type Activities } from '../../../activities/index.js';
import type { VerifyRowCountsInput } from '../../../activities/verify-row-counts.js';
import type { Database } from '../../../clickhouse/database.js';
import type { Catalogue } from '../../../templates/catalogue.js';
import type { Off } from './guards.js';
import { unguarded } from './database.js';

/** The product's activities without the guards that are off. In the place of `createActivities`. */
export function unguardedActivities(off: Off): (deps: ActivityDeps) => Activities {
  if (off.size === 0) return createActivities;
  return (deps) => {
    // Each call with a connection of its own, because that one remembers where its publisher is.
    const catalogue = off.has('duplicateAudit') ? () => withoutDuplicateAudit(deps.catalogue()) : deps.catalogue;
    const own = (database = unguarded(deps.database, off)) => createActivities({ ...deps, catalogue, database });
    const names = Object.keys(own()) as (keyof Activities)[];
    const calls = names.map((name) => [name, (input: never) => (own()[name] as (of: unknown) => unknown)(input)]);
    return { ...(Object.fromEntries(calls) as Activities), ...overridden(deps, off, own) };
  };
}

/** @throws Error when the audit is no longer there: it would seem to guard nothing. */
function withoutDuplicateAudit(catalogue: Catalogue): Catalogue {
  const audits = catalogue.audits.filter(({ name }) => name !== 'duplicate_keys');
  if (audits.length === catalogue.audits.length) throw new Error('the guard is no longer there: audit duplicate_keys');
  return { ...catalogue, audits };
}

function overridden(deps: ActivityDeps, off: Off, own: (database?: Database) => Activities): Partial<Activities> {
  return {
    ...(off.has('tokens') && {
      async executeInsert(input) {
        return { ...(await own().executeInsert(input)), token: input.partition };
      },
    }),
    ...(off.has('versionOrder') && {
      acceptPartitions: (input) =>
        own().acceptPartitions({ ...input, days: input.days.map((day) => ({ ...day, version: now() })) }),
    }),
    ...((off.has('verifyCounts') || off.has('sliceCounts')) && {
      verifyRowCounts: (input) => {
        const given = off.has('sliceCounts') ? withoutDecoded(input) : input;
        if (!off.has('verifyCounts')) return own().verifyRowCounts(given);
        return believeCounts(unguarded(deps.database, off), given, own);
      },
    }),
  };
}

/** @throws Error when verification is no longer told what was decoded: it would seem to guard nothing. */
function withoutDecoded({ decoded, ...input }: VerifyRowCountsInput): VerifyRowCountsInput {
  if (!decoded && input.slice) throw new Error('the guard is no longer there: sliceCounts');
  return input;
}

/** Whatever is found is what was written. */
function believeCounts(
  database: Database,
  input: VerifyRowCountsInput,
  own: (database: Database) => Activities,
): ReturnType<Activities['verifyRowCounts']> {
  let found = 0;
  const counting: Database = {
    ...database,
    async select<Row>(...args: Parameters<Database['select']>): Promise<Row[]> {
      const rows = await database.select<Row>(...args);
      if (args[0].includes('AS source_teams'))
        found = rows.reduce((sum, row) => sum + Number((row as { rows: string }).rows), 0);
      return rows;
    },
  };
  return own(counting).verifyRowCounts({
    ...input,
    get writtenRows() {
      return found;
    },
  });
}

let last = 0;

/** Microseconds, later each time: the order of accepts. */
function now(): number {
  last = Math.max(last + 1, Date.now() * 1000);
  return last;
}
