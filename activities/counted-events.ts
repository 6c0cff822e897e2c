import type { Database } from '../clickhouse/database.js';
import { nextDay, type Partition } from '../config/partition.js';
import { countedSliceRelation } from '../templates/relation.js';

/** Where a partition's events are: in a slice, or else in the relation of its sources. */
export interface CountedEvents {
  readonly partition: Partition;
  /** The slice that has them. */
  readonly table?: string | undefined;
  /** Of the slice: the days of the bound parameter `dates`, instead of the partition. */
  readonly byDate?: boolean | undefined;
  readonly llmEvents?: string | undefined;
}

/** The relation of a partition's LLM events, with those that templates don't see. */
export function countedEvents(
  database: Database,
  { partition, table, byDate = false, llmEvents }: CountedEvents,
): string {
  if (table === undefined) return llmEvents ?? '';
  return countedSliceRelation(
    { dateStart: partition, dateEnd: nextDay(partition), bound: byDate },
    database.temporary(table),
  );
}
