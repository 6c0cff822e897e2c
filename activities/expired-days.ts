import { nextDay, type Partition } from '../config/partition.js';
import { llmEventsRelation } from '../templates/relation.js';
import { renderPartition } from '../templates/render.js';
import type { ActivityDeps } from './deps.js';
import type { RunSettings } from './read-settings.js';
import { sourceGuard } from './retention/guard.js';
import { isExpired } from './retention/refuse.js';

/**
 * Which days need not be tried again: the ledger says that their source rows have expired, and it is still true. A TTL that was lifted,
 * or rows that were restored under another one, are tried.
 */
export function leftOut(deps: ActivityDeps) {
  const { database, catalogue } = deps;
  const guard = sourceGuard(database, deps.settings);
  return async (days: readonly Partition[], run: RunSettings): Promise<ReadonlySet<Partition>> => {
    const expired = new Set<Partition>();
    if (days.length === 0) return expired;
    const sql = database.statement('pipeline/expired-days.sql');
    const recorded = await database.select<{ date: Partition; now: string }>(sql, { params: { days } });
    for (const { date, now } of recorded) {
      const { eventTypes, metrics } = run;
      const llmEvents = llmEventsRelation(catalogue(), { eventTypes, dateStart: date, dateEnd: nextDay(date) });
      const rendered = renderPartition(catalogue(), { eventTypes, partition: date });
      const templates = rendered.templates.filter(({ name }) => metrics?.includes(name) ?? true);
      const facts = await guard({ partition: date, llmEvents, templates }, { fresh: true });
      if (await isExpired(facts, date, Number(now))) expired.add(date);
    }
    return expired;
  };
}
