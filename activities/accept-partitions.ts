import { TupleParam } from '@clickhouse/client';
import type { Month, Partition } from '../config/partition.js';
import { CODE, errorCode } from '../clickhouse/errors.js';
import { newToken, QUERY_PREFIX } from '../clickhouse/names.js';
import { ONE_BLOCK } from '../clickhouse/one-block.js';
import { runQuery } from '../clickhouse/run-query.js';
import { together } from '../clickhouse/together.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { acceptStates, butOvertaken, countsOf, MOST_SECONDS } from './accept-states.js';
import { tablesLost } from './tables-lost.js';
import { caller, logComment, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import type { ExecuteInsertOutput } from './execute-insert.js';
import { permanent, toFailure } from './failure.js';
import { isLater, latestVersions, overtakenDays, type Latest } from './latest-versions.js';
import { computedRow, recordEnded } from './ledger.js';
import { ownership, type Conflict, type Ownership } from './ownership.js';
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
  /**
   * A later snapshot was there before, or at the same moment: these rows will not be visible. Accepted all the same, but for templates
   * whose metrics that one has under another name.
   */
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
        const { conflicts, ...owned } = await ownership(deps, input, latest);
        const able = input.days.filter(({ partition }) => !conflicts.some((c) => c.partition === partition));
        const { days, renamed } = toAccept(able, owned.overtaken);
        await append(deps, { ...input, days }, owned);
        const now = days.length > 0 ? await lookAgain(deps, { ...input, days }, latest) : [];
        const superseded = [...renamed, ...overtakenDays(days, now)].sort();
        await recordSuperseded(deps, superseded);
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

/** The days as they are accepted, and those of which nothing is: a later snapshot has all of their metrics under other names. */
function toAccept(able: readonly ComputedDay[], overtaken: Ownership['overtaken']) {
  const days = able.map((day) => withoutOvertaken(day, overtaken));
  const isLeft = ({ templates }: ComputedDay) => Object.keys(templates).length > 0;
  return {
    days: days.filter(isLeft),
    renamed: days.filter((day) => !isLeft(day)).map(({ partition }) => partition),
  };
}

/** A day as it is accepted: without the templates whose metrics a later snapshot has under another name. */
function withoutOvertaken(day: ComputedDay, overtaken: Ownership['overtaken']): ComputedDay {
  const gone = overtaken.filter(({ partition }) => partition === day.partition).map(({ template }) => template);
  if (gone.length === 0) return day;
  const left = <Value>(of: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(of).filter(([template]) => !gone.includes(template)));
  const templateRows = left(day.templateRows);
  const rows = Object.values(templateRows).reduce((sum, n) => sum + n, 0);
  const states = day.stateRows ? { stateRows: left(day.stateRows) } : {};
  return { ...day, ...states, templates: left(day.templates), templateRows, rows };
}

/** Their ledger ends with that, for no publish has anything to say of them. */
async function recordSuperseded({ database }: ActivityDeps, days: readonly Partition[]): Promise<void> {
  const ended = days.map((partition) => ({ partition, status: 'superseded' as const, error: '' }));
  await recordEnded(database, caller(), ended);
}

async function append(deps: ActivityDeps, input: AcceptPartitionsInput, owned: Owned): Promise<void> {
  const { candidates, days } = input;
  if (days.length + owned.closed.length === 0) return;
  const token = newToken();
  // Before the rows themselves, so that an accepted day is always explained; and states, as the markers of the rows decide about both.
  const explained = days.map((day) => computedRow(caller(), day, token));
  await together([
    ...(explained.length > 0 ? [deps.database.insert(deps.database.tables.ledger, explained)] : []),
    acceptStates(deps, { candidates, days }, { token, ...owned }),
  ]);
  await insertVersions(deps, input, { token, ...owned });
}

/**
 * What is accepted of the days when their rows are there: another computation may have been accepted meanwhile. One that has the same
 * metrics under another name was not to be seen before, and the earlier one of the two is closed: whoever looks last sees both. An attempt
 * that ends before it has looked is made again.
 */
async function lookAgain(
  deps: ActivityDeps,
  input: AcceptPartitionsInput,
  before: readonly Latest[],
): Promise<readonly Latest[]> {
  const now = await latestVersions(deps, input.days);
  const wasThere = (of: Latest) =>
    before.some((was) => was.date === of.date && was.template === of.template && !isLater(of, was));
  const { closed } = await ownership(
    deps,
    input,
    now.filter((of) => !wasThere(of)),
  );
  if (closed.length === 0) return now;
  await append(deps, { ...input, days: [] }, { closed, overtaken: [] });
  return await latestVersions(deps, input.days);
}

type Owned = Pick<Ownership, 'closed' | 'overtaken'>;

async function insertVersions(
  { database }: ActivityDeps,
  { candidates, days }: AcceptPartitionsInput,
  { token, closed, overtaken }: Owned & { readonly token: string },
) {
  const markers = [
    ...days.flatMap(({ templateRows, ...day }) =>
      Object.entries(templateRows).map(([template, rows]) => ({ ...day, template, rows })),
    ),
    ...closed.map((of) => ({ ...of, rows: 0 })),
  ].map(
    ({ partition, template, version, rows, snapshot }) =>
      new TupleParam([partition, template, version, rows, snapshot]),
  );
  const but = butOvertaken(overtaken);
  // Watched, so that a lost answer is noticed; never cancelled: once begun, accepted days become visible.
  await runQuery(database, {
    sql: database.statement('pipeline/accept.sql', { candidates: database.temporary(candidates), ...but.names }),
    queryId: `${QUERY_PREFIX}accept-${newToken()}`,
    signal: new AbortController().signal,
    params: {
      token,
      ...but.params,
      markers,
      counts: countsOf(days.map((day) => ({ ...day, counts: day.templateRows }))),
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
