import type { RenderTemplatesOutput } from '../activities/render-templates.js';
import type { Slice } from '../activities/slice/slice.js';
import type { VerifyRowCountsInput } from '../activities/verify-row-counts.js';

/** Where a day's events are: its slice, or the relation of its sources. */
export type DayEvents = Pick<VerifyRowCountsInput, 'llmEvents' | 'slice'>;

/** Where the events are of a day that was rendered, with this slice or without one. */
export function eventsOf({ llmEvents, byDate }: RenderTemplatesOutput, slice?: Slice): DayEvents {
  if (slice) return { slice: { table: slice.table, ...(byDate ? { byDate } : {}) } };
  return llmEvents === undefined ? {} : { llmEvents };
}
