import type { ClickHouseSettings } from '@clickhouse/client';
import type { Partition } from '../config/partition.js';
import { newToken } from '../clickhouse/names.js';
import { killQueries } from '../clickhouse/run-query.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { attributeError } from './attribute-error.js';
import { tablesLost } from './tables-lost.js';
import { caller, insertPrefix, past, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { toFailure } from './failure.js';
import { insertDays } from './insert-days.js';
import { asText, insertSettings, limitSettings, type ExecuteInsertInput } from './insert-settings.js';
import { checkStates, withStates } from './insert-states.js';
import { insertsTogether, type Inserted, type InsertedDay } from './insert-together.js';
import { blameReads, readLimit, type ReadLimit } from './read-limit.js';
import { sourceGuard, type Queries, type SourceFacts } from './retention/guard.js';
import { refuseExpired } from './retention/refuse.js';
import { askedBy, type Asking } from './slice/statements.js';
import { stopIfLost } from './states-lost.js';

/** What one execution wrote, and from which snapshot: of an INSERT of several days, what is this day's. */
export interface ExecuteInsertOutput extends Omit<Inserted, 'states'> {
  /** States that were written beside the rows, by template; undefined when none of the templates has any. */
  readonly stateRows?: Readonly<Record<string, number>>;
  /** Microseconds of the snapshot, or one more than the day's greatest version. */
  readonly version: number;
  /** ClickHouse's clock just before the source was read, in microseconds since 1970. */
  readonly snapshot: number;
  /** Settings of ours with which the query ran, where they shape it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Why the partition was computed although its source rows have expired. */
  readonly reason?: string;
  /** Metrics and recount read a slice and nothing else: the same events. */
  readonly sliceAlone?: true;
}

/**
 * One INSERT of all the partition's templates into candidates of its own; of templates by date together with other days that are
 * inserted at the same time.
 * @throws TemplateError that names the template; PartitionExpired for a partition whose source rows have expired by the time the
 * query has read them, and nobody has given a reason to compute it all the same.
 */
export function executeInsert(deps: ActivityDeps) {
  const { database } = deps;
  const guard = sourceGuard(database, deps.settings);
  const together = insertsTogether(deps);
  return async (input: ExecuteInsertInput): Promise<ExecuteInsertOutput> => {
    const by = caller();
    const context = { type: FAILURE.clickhouse, what: `partition ${input.partition}`, attempt: by.attempt };
    return await withHeartbeats(async (signal, onProgress) => {
      let limit: ReadLimit | undefined;
      let asking: Asking = { deps, chunk: input.chunk, settings: {}, signal };
      try {
        if (by.attempt > 1) await killQueries(database, insertPrefix(input.chunk));
        const facts = await guard(queriesOf(input));
        const limits = await limitSettings(deps);
        asking = { ...asking, settings: await insertSettings(deps, input, limits) };
        limit = await readLimit({ ...deps, database: askedBy(asking) }, facts, input);
        const check = await beginExpiryCheck({ deps, guard, facts }, input);
        const { snapshot, version } = input.slice?.day ?? check;
        const own = { ...limits, ...(limit ? { max_rows_to_read: String(limit.rows) } : {}) };
        const all = { ...asking.settings, ...own };
        const of = isByDate(input, facts)
          ? await together({ by, input, settings: all, onProgress }, signal)
          : await insertAlone(deps, input, { settings: all, signal, onProgress });
        await stopIfLost(deps, input, of);
        const { states, ...inserted } = of;
        const stateRows = states && checkStates(input, states);
        const reason = (await check.end()) ?? input.slice?.day.reason;
        return {
          ...inserted,
          snapshot,
          version,
          settings: shown(own, input),
          ...(stateRows ? { stateRows } : {}),
          ...(reason ? { reason } : {}),
          ...(input.slice && !facts.readsSource ? { sliceAlone: true as const } : {}),
        };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const lost = { ...context, candidates: input.candidates, slice: input.slice?.of.table };
        throw (
          (await tablesLost(database, lost, error)) ??
          (await blameReads(asking, input, { limit, error })) ??
          (await attributeError(asking, input, { limit, error })) ??
          toFailure(error, context)
        );
      }
    });
  };
}

/** Whether its SQL is right for several days: templates by date, which read a slice and nothing else. A gentler attempt goes alone. */
function isByDate(input: ExecuteInsertInput, facts: SourceFacts): input is InsertedDay['input'] {
  return input.byDate === true && input.slice !== undefined && !facts.readsSource && past().overloaded === 0;
}

async function insertAlone(
  deps: ActivityDeps,
  input: ExecuteInsertInput,
  options: { readonly settings: ClickHouseSettings; readonly signal: AbortSignal; onProgress(of: unknown): void },
): Promise<Inserted> {
  const queryId = `${insertPrefix(input.chunk)}${newToken()}`;
  const query = { ...options, by: caller(), partitions: [input.partition] as const, queryId };
  const { summary, written } = await insertDays(deps, input, query);
  const [{ token = '', states } = {}] = written;
  return { token, ...summary, queryId, ...(states ? { states } : {}) };
}

/** What the INSERT reads beside the slice. */
function queriesOf({ partition, templates, llmEvents, slice }: ExecuteInsertInput): Queries {
  return {
    partition,
    templates: withStates({ templates }),
    ...(slice || llmEvents === undefined ? {} : { llmEvents }),
  };
}

/**
 * Refuses a partition whose rows have expired before the source is read, and after: rows may have gone while they were read, and a TTL
 * may have been set. An INSERT that reads a slice alone asks nobody: its rows were there when it was decoded.
 */
async function beginExpiryCheck(
  { deps, guard, facts }: { deps: ActivityDeps; guard: ReturnType<typeof sourceGuard>; facts: SourceFacts },
  input: ExecuteInsertInput,
) {
  if (input.slice && !facts.readsSource) return { ...input.slice.day, end: () => Promise.resolve(undefined) };
  const asked = { partition: input.partition, reason: input.computeExpired, queries: queriesOf(input) };
  const began = performance.now();
  const opened = await openVersion(deps, input.partition);
  await refuseExpired(guard, { ...asked, moment: opened.snapshot, facts });
  // The server's clock when it has ended is at most what has passed here since it said the snapshot.
  const ended = () => opened.snapshot + Math.ceil((performance.now() - began) * 1000);
  return { ...opened, end: () => refuseExpired(guard, { ...asked, moment: ended() }) };
}

/** Settings as the ledger shows them: what its templates read, and how that came about, beside how they ran. */
function shown(own: ClickHouseSettings, { slice }: ExecuteInsertInput): Readonly<Record<string, string>> {
  const of = slice?.of;
  return { ...asText(own), ...(of ? { ...asText(of.settings ?? {}, 'decode.'), slice: of.engine } : {}) };
}

async function openVersion({ database }: ActivityDeps, partition: Partition) {
  const sql = database.statement('pipeline/open-version.sql');
  const [row] = await database.select<{ snapshot: string; version: string }>(sql, { params: { partition } });
  return { snapshot: Number(row?.snapshot), version: Number(row?.version) };
}
