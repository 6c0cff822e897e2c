import type { Partition } from '../config/partition.js';
import type { Database } from '../clickhouse/database.js';

/** What audits may know of other days, and of a day's other templates: read once for a chunk. */
export interface AuditHistory {
  /** Current runs of the chunk's days and of the eight weeks before. */
  readonly runs: readonly { readonly date: Partition; readonly template: string; readonly run: string }[];
  /** Published days among those. */
  readonly published: readonly PublishedDay[];
}

export interface PublishedDay {
  readonly date: Partition;
  readonly rows: string;
  readonly source_rows: string;
  readonly teams: string;
}

/** Chunks whose history is remembered: a worker rarely computes more at once. */
const REMEMBERED = 32;

/**
 * Reads the history of a chunk once, however many of its days are verified: the days before it don't change with them.
 * @returns a function that reads, or remembers.
 */
export function auditHistories(database: Database) {
  const histories = new Map<string, Promise<AuditHistory>>();
  return (candidates: string, days: { readonly from: Partition; readonly to: Partition }): Promise<AuditHistory> => {
    const key = `${candidates} ${days.from} ${days.to}`;
    const known = histories.get(key);
    if (known) return known;
    const reading = read(database, days);
    // What failed is read again.
    reading.catch(() => histories.delete(key));
    histories.set(key, reading);
    for (const oldest of histories.keys()) {
      if (histories.size <= REMEMBERED) break;
      histories.delete(oldest);
    }
    return reading;
  };
}

async function read(database: Database, days: { readonly from: Partition; readonly to: Partition }) {
  const params = { from: days.from, to: days.to };
  const [runs, published] = await Promise.all([
    database.select<AuditHistory['runs'][number]>(database.statement('pipeline/audit-history.sql'), { params }),
    database.select<PublishedDay>(database.statement('pipeline/audit-published.sql'), { params }),
  ]);
  return { runs, published };
}
