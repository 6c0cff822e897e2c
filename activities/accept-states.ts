import { TupleParam } from '@clickhouse/client';
import { candidateStates, newToken, QUERY_PREFIX } from '../clickhouse/names.js';
import { runQuery } from '../clickhouse/run-query.js';
import type { AcceptPartitionsInput } from './accept-partitions.js';
import { logComment } from './context.js';
import type { ActivityDeps } from './deps.js';
import type { Overtaken } from './ownership.js';

/** What an INSERT into the versions may take: less than its activity has. */
export const MOST_SECONDS = 480;

/**
 * Appends the days' states to those that were accepted, under the runs that their rows will have. Nobody sees them before
 * the markers of the rows are there: until then, and for ever after a failure in between, they belong to no current run.
 * Days without states cost nothing.
 */
export async function acceptStates(
  { database }: ActivityDeps,
  { candidates, days }: Pick<AcceptPartitionsInput, 'candidates' | 'days'>,
  { token, overtaken }: { readonly token: string; readonly overtaken: readonly Overtaken[] },
): Promise<void> {
  const runs = days.flatMap(({ partition, version, stateRows = {} }) =>
    Object.entries(stateRows).flatMap(([template, rows]) => (rows > 0 ? [{ partition, template, version, rows }] : [])),
  );
  if (runs.length === 0) return;
  const but = butOvertaken(overtaken);
  // Watched, and never cancelled, as the rows' own INSERT.
  await runQuery(database, {
    sql: database.statement('pipeline/accept-states.sql', {
      candidate_states: database.temporary(candidateStates(candidates)),
      ...but.names,
    }),
    queryId: `${QUERY_PREFIX}accept-${newToken()}`,
    signal: new AbortController().signal,
    params: {
      token,
      ...but.params,
      markers: runs.map(
        ({ partition, template, version, rows }) => new TupleParam([partition, template, version, rows]),
      ),
      counts: countsOf(days.map((day) => ({ ...day, counts: day.stateRows ?? {} }))),
      tokens: days.map((day) => day.token),
      versions: days.map(({ version }) => version),
    },
    settings: {
      max_execution_time: MOST_SECONDS,
      log_comment: logComment({ accept: days.map(({ partition }) => partition) }),
    },
  });
}

/** All candidates but those of templates that were overtaken under another name: mostly there are none, and nothing is asked. */
export function butOvertaken(overtaken: readonly Overtaken[]) {
  if (overtaken.length === 0) return { names: { but_overtaken: '' }, params: {} };
  return {
    names: {
      but_overtaken: 'AND (toString(c.date), toString(c.template)) NOT IN ({overtaken:Array(Tuple(String, String))})',
    },
    params: { overtaken: overtaken.map(({ partition, template }) => new TupleParam([partition, template])) },
  };
}

/** What must be there: of each execution's templates that have anything, how much. */
export function countsOf(
  days: readonly { readonly token: string; readonly counts: Readonly<Record<string, number>> }[],
): TupleParam[] {
  return days.flatMap(({ token, counts }) =>
    Object.entries(counts).flatMap(([template, n]) => (n > 0 ? [new TupleParam([token, template, n])] : [])),
  );
}
