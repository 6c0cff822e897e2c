import { parseMonth, PartitionError, type Month } from '../config/partition.js';
import type { Database } from './database.js';
import { TABLES } from './names.js';

/** A month as markers, ledger and parts show it, without a look at its rows. */
export interface MonthLook {
  readonly month: Month;
  /** Whether its live rows or states are not the current ones: too many or too few of them, or runs that the ledger doesn't know as visible. */
  readonly differs: boolean;
  /** Changes with every accept. */
  readonly accepted: string;
  /** Changes with that, and with everything that is done to the live tables' month. */
  readonly signature: string;
}

/** How many there are, or must be. */
interface Counts {
  rows: string;
  states: string;
}

/** Longest time of one look, in seconds. */
const PATIENCE = 30;

/** A cheap look at all months: what it says costs reading the markers, the ledger's published rows and the list of parts. */
export async function lookAtMonths(database: Database, signal?: AbortSignal): Promise<MonthLook[]> {
  const { database: ours } = database.settings;
  const options = { ...(signal ? { signal } : {}), settings: { max_execution_time: PATIENCE } };
  const wanted = await database.select<Counts & { month: string; unpublished: string; current: string }>(
    database.statement('pipeline/look-current.sql'),
    options,
  );
  const { daily, states } = TABLES;
  const live = await database.select<Counts & { month: string; parts: string }>(
    database.statement('pipeline/look-live.sql'),
    { ...options, params: { database: ours, daily, states } },
  );
  const months = new Set([...wanted, ...live].map(({ month }) => month));
  return monthsAmong(months).map((month) => {
    const [now, shown] = [wanted.find((row) => row.month === month), live.find((row) => row.month === month)];
    const other = (['rows', 'states'] as const).some((what) => Number(now?.[what] ?? 0) !== Number(shown?.[what] ?? 0));
    const differs = other || Number(now?.unpublished ?? 0) > 0;
    const accepted = now?.current ?? '';
    return { month, differs, accepted, signature: `${accepted} ${shown?.parts ?? ''}` };
  });
}

/** Partition ids that are no month's, whatever made them, hide nothing of the months: no publish could mend them. */
function monthsAmong(ids: ReadonlySet<string>): Month[] {
  return [...ids].sort().flatMap((id) => {
    try {
      return [parseMonth(id)];
    } catch (error) {
      if (error instanceof PartitionError) return [];
      throw error;
    }
  });
}
