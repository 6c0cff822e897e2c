import type { Partition } from '../config/partition.js';
import type { Database } from '../clickhouse/database.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { short } from '../workflows/plan/short.js';
import { auditHistories } from './audit-history.js';
import { stopIfBlocked } from './blocked.js';
import { tablesLost } from './tables-lost.js';
import { caller, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { countedEvents } from './counted-events.js';
import { checkCounts, candidateCounts } from './count-candidates.js';
import { describeFindings } from './describe-findings.js';
import { permanent, toFailure } from './failure.js';
import { ONE_SNAPSHOT, verifySettings } from './insert-settings.js';
import { explain } from './recount.js';
import { auditFindings, type AuditFinding } from './run-audits.js';
import type { Verified } from './select-together.js';
import { eventsOf } from './slice/choose.js';
import type { DecodedDay } from './slice/slice.js';
import type { SourceCounts } from './source-counts.js';

export interface VerifyRowCountsInput extends Omit<Verified, 'by' | 'limits'> {
  /** Names of the templates that were computed. */
  readonly templates: readonly string[];
  /** Metric names that templates' headers allow, by template. */
  readonly declared: Readonly<Record<string, readonly string[]>>;
  readonly eventTypes: readonly string[];
  /** The relation of the day's events; undefined where a slice has them. */
  readonly llmEvents?: string;
  /** The slice that has them. */
  readonly slice?: { readonly table: string; readonly byDate?: boolean };
  /** Metrics and recount read the slice and nothing else: the same events. */
  readonly sliceAlone?: true;
  /** First and last day of the chunk, whose history is read once. Default: the partition alone. */
  readonly days?: { readonly from: Partition; readonly to: Partition };
  /** What the slice had of the day when it was decoded; undefined without a slice. */
  readonly decoded?: Pick<DecodedDay, 'rows' | 'checksum' | 'source'>;
  /** Why the day is accepted whatever blocks it; undefined when it isn't. */
  readonly override?: string;
}

export interface VerifyRowCountsOutput {
  readonly rows: number;
  readonly templateRows: Readonly<Record<string, number>>;
  readonly source: SourceCounts;
  /** Events that arrived while the partition was computed, where its metrics are not of a slice alone: what a live recount finds beyond them. */
  readonly lateRows: number;
  /** What audits found and did not stop the day. */
  readonly findings?: readonly AuditFinding[];
  /** The same for people, with the audits' sentences; undefined without any, and from older workers. */
  readonly remarks?: string;
}

/**
 * Holds one execution's candidates against what must be true of them. Planning these queries costs more than running them: days of a
 * chunk that are verified at the same time are asked together, and each has its own answer.
 * @throws CandidatesLost when rows are missing, TemplateError for rows that can't be of this day, VerificationFailed with what
 * each blocking audit found.
 */
export function verifyRowCounts(deps: ActivityDeps) {
  const { database } = deps;
  const countsOf = candidateCounts(database);
  const historyOf = auditHistories(database);
  const findingsOf = auditFindings(deps);
  return async (input: VerifyRowCountsInput): Promise<VerifyRowCountsOutput> => {
    const by = caller();
    const events = countedEvents(database, { ...input, ...input.slice });
    return await withHeartbeats(async (signal) => {
      try {
        const limits = await verifySettings(deps);
        const days = input.days ?? { from: input.partition, to: input.partition };
        const [found, history] = await Promise.all([
          countsOf({ ...input, by, limits }, signal),
          historyOf(input.candidates, days),
        ]);
        const counts = checkCounts(input, found);
        checkSlice(input, counts.source);
        const { differences } = found;
        const llmEvents = differences.length > 0 ? sourceEvents(deps, input, events) : '';
        const { late, unexplained } = await explain(deps, { ...input, llmEvents, differences }, signal);
        const source = input.decoded?.source ?? counts.source;
        const findings = await findingsOf(
          { ...input, llmEvents: events, by, limits, days, recount: unexplained, source, history },
          signal,
        );
        const { audits } = deps.catalogue();
        stopIfBlocked(audits, input, findings);
        const remarks = short(describeFindings(audits, findings).join('\n'));
        return {
          ...counts,
          source: await trusted(database, { source, late, input }),
          lateRows: late,
          findings,
          ...(remarks === '' ? {} : { remarks }),
        };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const lost = { candidates: input.candidates, what: `partition ${input.partition}` };
        const what = `verification of partition ${input.partition}`;
        throw (
          (await tablesLost(database, lost, error)) ??
          toFailure(error, { type: FAILURE.clickhouse, what, attempt: by.attempt })
        );
      }
    });
  };
}

/**
 * The counts as the look-back may compare them. Where metrics and recount may have seen different states of the source, no
 * fingerprint is known: 0 is nobody's, and the look-back computes the day again.
 */
async function trusted(
  database: Database,
  { source, late, input }: { source: SourceCounts; late: number; input: VerifyRowCountsInput },
): Promise<SourceCounts> {
  const oneSnapshot = input.decoded !== undefined || Object.keys(await database.supported(ONE_SNAPSHOT)).length > 0;
  return late === 0 && (oneSnapshot || source.rows === 0) ? source : { ...source, fingerprint: '0' };
}

/** The source's events of the day as they are now, whatever a slice had. */
function sourceEvents(
  { catalogue }: ActivityDeps,
  { decoded, eventTypes, partition }: VerifyRowCountsInput,
  events: string,
) {
  return decoded ? eventsOf({ catalogue: catalogue(), eventTypes, days: [partition] }) : events;
}

/** @throws SliceLost when the INSERT did not find in the slice what was decoded */
function checkSlice({ partition, decoded }: VerifyRowCountsInput, { rows, fingerprint }: SourceCounts): void {
  if (!decoded || (rows === decoded.rows && fingerprint === decoded.checksum)) return;
  const message = `partition ${partition}: ${decoded.rows} events were decoded, ${rows} were found when its metrics were computed; ClickHouse restarted, or somebody changed the slice`;
  throw permanent(FAILURE.sliceLost, message);
}
