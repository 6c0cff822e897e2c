import { CatalogueError } from './errors.js';

/** An event type that templates may put between quotes of SQL. The configuration allows less; this is the last guard. */
const FORBIDDEN = /['"`\\\p{Cc}\u2028\u2029]/u;

/** @throws CatalogueError unless every event type can stand between quotes in SQL. */
export function assertEventTypes(eventTypes: readonly string[]): void {
  if (eventTypes.length === 0)
    throw new CatalogueError(['there are no event types to compute metrics of; set LLMA_EVENT_TYPES']);
  const wrong = eventTypes.filter((eventType) => eventType === '' || FORBIDDEN.test(eventType));
  if (wrong.length === 0) return;
  const names = wrong.map((eventType) => JSON.stringify(eventType)).join(', ');
  const remedy = 'quotes, backslashes and control characters can’t stand in SQL; see LLMA_EVENT_TYPES';
  throw new CatalogueError([`event type ${names}: ${remedy}`]);
}
