import { countedEventsRelation, llmEventsRelation } from '../../templates/relation.js';
import { DAY, EVENT_TYPES, shippedCatalogue, type GivenEvent, type SqlHarness } from './harness.js';

/** The shipped sources' events of {@link DAY}. */
const range = { eventTypes: EVENT_TYPES, dateStart: DAY, dateEnd: '2025-03-11' };
export const relation = llmEventsRelation(shippedCatalogue(), range);

/** The same as the recount reads them. */
export const counted = countedEventsRelation(shippedCatalogue(), range);

/** Inserts one event for each of `given`, and selects `columns` of each, in their order. */
export async function decoded(
  sql: SqlHarness,
  given: readonly GivenEvent['properties'][],
  columns: string,
  from = relation,
): Promise<unknown[]> {
  const uuid = (index: number) => `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`;
  await sql.insert(
    given.map((properties, index) => ({ uuid: uuid(index), ...(properties !== undefined && { properties }) })),
  );
  return sql.select(`SELECT ${columns} FROM ${from} ORDER BY event_id`);
}
