import { llmEventsRelation } from '../../templates/relation.js';
import { DAY, EVENT_TYPES, shippedCatalogue, type GivenEvent, type SqlHarness } from './harness.js';

/** The shipped sources' events of {@link DAY}. */
export const relation = llmEventsRelation(shippedCatalogue(), {
  eventTypes: EVENT_TYPES,
  dateStart: DAY,
  dateEnd: '2025-03-11',
});

/** Inserts one event for each of `given`, and selects `columns` of each, in their order. */
export async function decoded(
  sql: SqlHarness,
  given: readonly GivenEvent['properties'][],
  columns: string,
): Promise<unknown[]> {
  const uuid = (index: number) => `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`;
  await sql.insert(
    given.map((properties, index) => ({ uuid: uuid(index), ...(properties !== undefined && { properties }) })),
  );
  return sql.select(`SELECT ${columns} FROM ${relation} ORDER BY event_id`);
}
