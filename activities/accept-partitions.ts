import { TupleParam } from '@clickhouse/client';
import type { Month, Partition } from '../config/partition.js';
import { CODE, errorCode } from '../clickhouse/errors.js';
import { newToken, QUERY_PREFIX } from '../clickhouse/names.js';
import { ONE_BLOCK } from '../clickhouse/one-block.js';
import { runQuery } from '../clickhouse/run-query.js';
import { together } from '../clickhouse/together.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { acceptStates, MOST_SECONDS } from './accept-states.js';
import { tablesLost } from './tables-lost.js';
import { caller, logComment, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import type { ExecuteInsertOutput } from './execute-insert.js';
import { permanent, toFailure } from './failure.js';
import { latestVersions, overtakenDays } from './latest-versions.js';
import { computedRow, recordEnded } from './ledger.js';
import { ownership, type Closed, type Conflict } from './ownership.js';
import type { VerifyRowCountsOutput } from './verify-row-counts.js';

/** A partition whose candidates passed everything, with all that its ledger row says. */
export interface ComputedDay extends ExecuteInsertOutput, VerifyRowCountsOutput {
  readonly partition: Partition;
  /** Name and hash of each template that was computed. */
  readonly templates: Readonly<Record<string, string>>;
  /** Why a guard or an audit was overridden. */
  readonly reason?: string;
}

export interface AcceptPartitionsInput {
  /** All days are of this month. */
  readonly month: Month;
  readonly candidates: string;
  readonly days: readonly ComputedDay[];
}

export interface AcceptPartitionsOutput {
  readonly accepted: readonly Partition[];
  /** Accepted, but a later snapshot was there before, or at the same moment: these rows will not be visible. */
  readonly superseded: readonly Partition[];
  /** Not accepted: a metric belongs to another template. */
  readonly conflicts: readonly Conflict[];
}

/**
 * Appends the days' candidates and their markers to the versions, in one atomic INSERT. Done twice, as after a lost answer,
 * it makes two runs, of which one counts.
 * @throws CandidatesLost when the candidates are no longer what was verified.
 */
export function acceptPartitions(deps: ActivityDeps) {
  const { database } = deps;
  return async (input: AcceptPartitionsInput): Promise<AcceptPartitionsOutput> => {
    const { attempt } = caller();
    return await withHeartbeats(async () => {
      try {
        const latest = await latestVersions(deps, input.days);
        const { conflicts, closed } = await ownership(deps, input, latest);
        const days = input.days.filter(({ partition }) => !conflicts.some((c) => c.partition === partition));
        if (days.length === 0) return { accepted: [], superseded: [], conflicts };
        const token = newToken();
        // Before the rows themselves, so that an accepted day is always explained; and states, as the markers of the rows decide about both.
        const explained = days.map((day) => computedRow(caller(), day, token));
        await together([
          database.insert(database.tables.ledger, explained),
          acceptStates(deps, { candidates: input.candidates, days }, token),
        ]);
        await insertVersions(deps, { ...input, days }, { token, closed });
        const superseded = await recordSuperseded(deps, days);
        return { accepted: days.map(({ partition }) => partition), superseded, conflicts };
      } catch (error) {
        const lost = notVerified(error);
        if (lost) throw permanent(FAILURE.candidatesLost, `month ${input.month}: ${lost}`);
        const tables = { candidates: input.candidates, what: `month ${input.month}` };
        const what = `accepting days of month ${input.month}`;
        throw (
          (await tablesLost(database, tables, error)) ?? toFailure(error, { type: FAILURE.clickhouse, what, attempt })
        );
      }
    });
  };
}

/** What an accept's own check of its candidates says: nothing was accepted, and they have to be computed again. */
function notVerified(error: unknown): string | undefined {
  const code = errorCode(error);
  if (code === CODE.throwIf) return 'the candidates are not what was verified; ClickHouse restarted';
  // Its count of them always has a row, unless something ends the query while it counts.
  if (code === CODE.scalarSubquery) return 'the candidates could not be counted; the query was ended meanwhile';
  return undefined;
}

/**
 * The days that a later snapshot has overtaken: looked at when the rows are there, as it may have been accepted meanwhile. Their ledger
 * ends with that, for no publish has anything to say of them.
 */
async function recordSuperseded(deps: ActivityDeps, days: readonly ComputedDay[]): Promise<Partition[]> {
  const superseded = overtakenDays(days, await latestVersions(deps, days));
  const ended = superseded.map((partition) => ({ partition, status: 'superseded' as const, error: '' }));
  await recordEnded(deps.database, caller(), ended);
  return superseded;
}

interface AcceptOptions {
  readonly token: string;
  readonly closed: readonly Closed[];
}

async function insertVersions(
  { database }: ActivityDeps,
  { candidates, days }: AcceptPartitionsInput,
  { token, closed }: AcceptOptions,
) {
  const markers = days.flatMap(({ partition, version, snapshot, templateRows }) => {
    const gone = closed.filter((of) => of.partition === partition).map(({ template }) => [template, 0] as const);
    return [...Object.entries(templateRows), ...gone].map(
      ([template, rows]) => new TupleParam([partition, template, version, rows, snapshot]),
    );
  });
  // Watched, so that a lost answer is noticed; never cancelled: once begun, accepted days become visible.
  await runQuery(database, {
    sql: database.statement('pipeline/accept.sql', { candidates: database.temporary(candidates) }),
    queryId: `${QUERY_PREFIX}accept-${newToken()}`,
    signal: new AbortController().signal,
    params: {
      token,
      markers,
      days: days.map(({ partition }) => partition),
      tokens: days.map((day) => day.token),
      versions: days.map(({ version }) => version),
    },
    settings: {
      ...ONE_BLOCK,
      max_execution_time: MOST_SECONDS,
      log_comment: logComment({ accept: days.map(({ partition }) => partition) }),
    },
  });
}
