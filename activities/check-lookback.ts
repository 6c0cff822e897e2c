import { addDays, nextDay, type Partition } from '../config/partition.js';
import { newToken, QUERY_PREFIX } from '../clickhouse/names.js';
import { selectKillable } from '../clickhouse/run-query.js';
import { CatalogueError, TemplateError } from '../templates/errors.js';
import { llmEventsRelation } from '../templates/relation.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { caller, logComment, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { leftOut } from './expired-days.js';
import { permanent, toFailure } from './failure.js';
import { limitSettings } from './insert-settings.js';
import type { RunSettings } from './read-settings.js';

export interface CheckLookbackInput {
  /** The day after the last one that is looked at. */
  readonly partition: Partition;
  readonly settings: RunSettings;
}

export interface CheckLookbackOutput {
  /** Days that were never published, or whose source rows are no longer those of their ledger row. */
  readonly days: readonly Partition[];
}

interface Row {
  date: Partition;
  rows: string;
  fingerprint: string;
}

/**
 * Compares the days of the look-back with the ledger, by count and fingerprint of their event ids. A day whose source rows have expired
 * is found once: when the ledger says so, it is left out for as long as it is true.
 */
export function checkLookback(deps: ActivityDeps) {
  const { database, catalogue } = deps;
  const left = leftOut(deps);
  return async ({ partition, settings }: CheckLookbackInput): Promise<CheckLookbackOutput> => {
    const { eventTypes, lookbackDays, partitionStartDate, maxExecutionSeconds } = settings;
    const earliest = addDays(partition, -lookbackDays);
    const from = earliest < partitionStartDate ? partitionStartDate : earliest;
    const days = Array.from({ length: lookbackDays }, (_, index) => addDays(partition, index - lookbackDays)).filter(
      (day) => day >= from,
    );
    if (days.length === 0) return { days: [] };
    const params = { from, to: partition };
    return await withHeartbeats(async (signal) => {
      try {
        const now: Row[] = [];
        for (const day of days) {
          // Day by day: what fits when a day is computed fits here too.
          const range = { eventTypes, dateStart: day, dateEnd: nextDay(day) };
          const llm_events = llmEventsRelation(catalogue(), range);
          const sql = database.statement('pipeline/source-by-day.sql', { llm_events });
          const rows = await selectKillable<Row>(database, sql, {
            signal,
            queryId: `${QUERY_PREFIX}lookback-${newToken()}`,
            settings: {
              max_execution_time: maxExecutionSeconds,
              log_comment: logComment({ lookback: day }),
              ...(await limitSettings(deps)),
            },
          });
          now.push(...rows);
        }
        const then = await database.select<Row>(database.statement('pipeline/published-sources.sql'), {
          params,
          signal,
        });
        const key = (rows: readonly Row[], day: Partition) => {
          const row = rows.find(({ date }) => date === day);
          return row && `${row.rows} ${row.fingerprint}`;
        };
        const dirty = days.filter((day) => (key(now, day) ?? '0 0') !== key(then, day));
        const expired = await left(dirty, settings);
        return { days: dirty.filter((day) => !expired.has(day)) };
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TemplateError || error instanceof CatalogueError) {
          throw permanent(FAILURE.template, error.message);
        }
        throw toFailure(error, {
          type: FAILURE.clickhouse,
          what: `the look-back of ${partition}`,
          attempt: caller().attempt,
        });
      }
    });
  };
}
