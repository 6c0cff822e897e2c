import { nextDay, type Partition } from '../config/partition.js';
import { TemplateError } from '../templates/errors.js';
import { llmEventsRelation } from '../templates/relation.js';
import { renderPartition } from '../templates/render.js';
import type { ActivityDeps } from './deps.js';
import type { RunSettings } from './read-settings.js';
import { fileOf, sourceGuard, type Queries, type SourceFacts } from './retention/guard.js';
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
      const facts = await factsOf(guard, { partition: date, llmEvents, templates });
      if (await isExpired(facts, date, Number(now))) expired.add(date);
    }
    return expired;
  };
}

/** Of what the day's templates read that can be parsed: what is wrong with another is for its INSERT to say, if the day is tried. */
async function factsOf(guard: ReturnType<typeof sourceGuard>, queries: Queries): Promise<SourceFacts> {
  try {
    return await guard(queries, { fresh: true });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const templates = queries.templates.filter(({ name }) => fileOf(name) !== error.file);
    if (templates.length === queries.templates.length) throw error;
    return await factsOf(guard, { ...queries, templates });
  }
}
