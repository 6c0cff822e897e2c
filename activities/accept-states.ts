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
  const markers = days.flatMap(({ partition, version, stateRows = {} }) =>
    Object.entries(stateRows).flatMap(([template, rows]) =>
      rows > 0 ? [new TupleParam([partition, template, version, rows])] : [],
    ),
  );
  if (markers.length === 0) return;
  // Watched, and never cancelled, as the rows' own INSERT.
  await runQuery(database, {
    sql: database.statement('pipeline/accept-states.sql', {
      candidate_states: database.temporary(candidateStates(candidates)),
    }),
    queryId: `${QUERY_PREFIX}accept-${newToken()}`,
    signal: new AbortController().signal,
    params: {
      token,
      markers,
      overtaken: overtaken.map(({ partition, template }) => new TupleParam([partition, template])),
      days: days.map(({ partition }) => partition),
      tokens: days.map((day) => day.token),
      versions: days.map(({ version }) => version),
    },
    settings: {
      max_execution_time: MOST_SECONDS,
      log_comment: logComment({ accept: days.map(({ partition }) => partition) }),
    },
  });
}
