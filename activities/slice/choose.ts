import { nextDay, type Partition } from '../../config/partition.js';
import { countedEventsRelation, type EventRange } from '../../templates/relation.js';
import type { Catalogue } from '../../templates/catalogue.js';
import { toRanges } from '../../workflows/plan/chunks.js';
import { estimateRows } from '../estimate.js';
import type { SourceFacts } from '../retention/guard.js';
import { rowsWithin, takeDays, type Chosen } from './room.js';
import { askedBy, selectRows, type Attempt } from './statements.js';

interface Question {
  readonly catalogue: Catalogue;
  readonly eventTypes: readonly string[];
  readonly days: readonly Partition[];
  readonly facts: SourceFacts;
}

/** The relation of some days' events as they are decoded and counted, with all columns unless it is narrow. */
export function eventsOf({
  catalogue,
  eventTypes,
  days,
  narrow = false,
}: Omit<Question, 'facts'> & { readonly narrow?: boolean }): string {
  const ranges = toRanges(days).map(({ from, to }): EventRange => ({
    eventTypes,
    dateStart: from,
    dateEnd: nextDay(to),
    narrow,
  }));
  return countedEventsRelation(catalogue, ...ranges);
}

/**
 * The days that are decoded together: all, when the indexes say that they fit into the memory that a slice may take. Those know granules
 * alone, and of tables without one nothing: where they don't say so, the rows of each day are counted.
 */
export async function chooseDays(attempt: Attempt, question: Question): Promise<Chosen> {
  const { database, settings } = attempt.deps;
  const { days, facts } = question;
  const room = rowsWithin(settings.sliceMemoryMb);
  const llm_events = eventsOf(question);
  const all: Chosen = { days, engine: 'Memory', counted: false };
  const { unknown, unindexed, rows: most } = facts.tables;
  // What has no index may be read more than once.
  const isKnown = unknown.length === 0 && (unindexed === 0 || most < Infinity);
  // What fits with all its days needs no estimate: to plan the sources' SELECT takes the server longer than to look at its tables.
  if (isKnown && !facts.tables.remote && mostRows(facts) <= room) return all;
  const estimate = isKnown ? await estimateRows(askedBy(attempt), `SELECT date FROM ${llm_events}`, facts) : undefined;
  if (estimate !== undefined && estimate <= room) return all;
  const rows = await selectRows<{ date: string; rows: string }>(
    attempt,
    database.statement('pipeline/events-by-day.sql', { llm_events }),
  );
  return { ...takeDays(days, new Map(rows.map(({ date, rows: n }) => [date, Number(n)])), room), counted: true };
}

/** Rows that the sources' SELECT reads at most: all of their tables. Infinite where nothing says it. */
function mostRows({ tables }: SourceFacts): number {
  return tables.tables.length === 0 && tables.unindexed === 0 ? Infinity : tables.rows;
}
