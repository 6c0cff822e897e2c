import type { Partition } from '../config/partition.js';
import type { Database } from '../clickhouse/database.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { auditHistories } from './audit-history.js';
import { stopIfBlocked } from './blocked.js';
import { tablesLost } from './tables-lost.js';
import { caller, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { permanent, toFailure } from './failure.js';
import { ONE_SNAPSHOT } from './insert-settings.js';
import { recount } from './recount.js';
import { runAudits, type AuditFinding } from './run-audits.js';
import { eventsOf } from './slice/choose.js';
import type { DecodedDay } from './slice/slice.js';
import type { SourceCounts } from './source-counts.js';

export interface VerifyRowCountsInput {
  /** Of the run, from 0: what clean-up finds the recount's query by. */
  readonly chunk: number;
  readonly maxExecutionSeconds: number;
  readonly partition: Partition;
  readonly candidates: string;
  readonly token: string;
  /** What the INSERT said that it wrote. */
  readonly writtenRows: number;
  /** Names of the templates that were computed. */
  readonly templates: readonly string[];
  /** Metric names that templates' headers allow, by template. */
  readonly declared: Readonly<Record<string, readonly string[]>>;
  readonly eventTypes: readonly string[];
  readonly llmEvents: string;
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
  /** Events that arrived while the partition was computed: what a live recount finds beyond the metrics. */
  readonly lateRows: number;
  /** What audits found and did not stop the day. */
  readonly findings?: readonly AuditFinding[];
}

interface CountRow {
  template: string;
  rows: string;
  nameless: string;
  elsewhere: string;
  other_day: string;
  source_rows: string;
  source_duplicates: string;
  source_fingerprint: string;
  source_max_ingested_at: string;
  source_teams: string;
  source_not_understood: string;
}

/**
 * Holds one execution's candidates against what must be true of them.
 * @throws CandidatesLost when rows are missing, TemplateError for rows that can't be of this day, VerificationFailed with what
 * each blocking audit found.
 */
export function verifyRowCounts(deps: ActivityDeps) {
  const { database } = deps;
  const historyOf = auditHistories(database);
  return async (input: VerifyRowCountsInput): Promise<VerifyRowCountsOutput> => {
    const { attempt } = caller();
    return await withHeartbeats(async (signal) => {
      try {
        const counts = await countCandidates(database, input);
        checkSlice(input, counts.source);
        const { late, unexplained } = await recount(
          database,
          { ...input, llmEvents: sourceEvents(deps, input) },
          signal,
        );
        const { from, to } = input.days ?? { from: input.partition, to: input.partition };
        const history = await historyOf(input.candidates, { from, to });
        const findings = await runAudits(deps, { ...input, recount: unexplained, history, signal });
        stopIfBlocked(deps.catalogue().audits, input, findings);
        const source = input.decoded?.source ?? counts.source;
        return { ...counts, source: await trusted(database, { source, late, input }), lateRows: late, findings };
      } catch (error) {
        const lost = { candidates: input.candidates, what: `partition ${input.partition}` };
        const what = `verification of partition ${input.partition}`;
        throw (
          (await tablesLost(database, lost, error)) ?? toFailure(error, { type: FAILURE.clickhouse, what, attempt })
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
  { decoded, eventTypes, partition, llmEvents }: VerifyRowCountsInput,
) {
  return decoded ? eventsOf({ catalogue: catalogue(), eventTypes, days: [partition] }) : llmEvents;
}

/** @throws SliceLost when the INSERT did not find in the slice what was decoded */
function checkSlice({ partition, decoded }: VerifyRowCountsInput, { rows, fingerprint }: SourceCounts): void {
  if (!decoded || (rows === decoded.rows && fingerprint === decoded.checksum)) return;
  const message = `partition ${partition}: ${decoded.rows} events were decoded, ${rows} were found when its metrics were computed; ClickHouse restarted, or somebody changed the slice`;
  throw permanent(FAILURE.sliceLost, message);
}

async function countCandidates(database: Database, input: VerifyRowCountsInput) {
  const sql = database.statement('pipeline/count-candidates.sql', { candidates: database.temporary(input.candidates) });
  const rows = await database.select<CountRow>(sql, { params: { token: input.token, partition: input.partition } });
  const found = rows.reduce((sum, row) => sum + Number(row.rows), 0);
  if (found !== input.writtenRows) {
    const message = `partition ${input.partition}: ${input.writtenRows} rows were written, ${found} are there; ClickHouse restarted, or the insert was cut`;
    throw permanent(FAILURE.candidatesLost, message);
  }
  for (const row of rows) checkRows(input, row);
  const recount = rows.find(({ template }) => template === '');
  const templateRows = Object.fromEntries(input.templates.map((name) => [name, 0]));
  for (const row of rows) if (row.template !== '') templateRows[row.template] = Number(row.rows);
  return {
    rows: Object.values(templateRows).reduce((sum, n) => sum + n, 0),
    templateRows,
    source: {
      rows: Number(recount?.source_rows ?? 0),
      fingerprint: recount?.source_fingerprint ?? '0',
      duplicates: Number(recount?.source_duplicates ?? 0),
      teams: Number(recount?.source_teams ?? 0),
      notUnderstood: Number(recount?.source_not_understood ?? 0),
      ...(recount ? { maxIngestedAt: recount.source_max_ingested_at } : {}),
    },
  };
}

/** What no override accepts: rows of another day would be another day's, and a row without a name is a marker. */
function checkRows({ partition }: VerifyRowCountsInput, { template, nameless, elsewhere, other_day }: CountRow): void {
  const problems: string[] = [];
  if (Number(nameless) > 0 && template !== '') problems.push(`${nameless} rows with an empty metric_name`);
  if (Number(elsewhere) > 0) problems.push(`${elsewhere} rows of other days, such as ${other_day}`);
  if (problems.length === 0) return;
  throw permanent(
    FAILURE.template,
    `sql/${template}.sql for partition ${partition} returned ${problems.join(', and ')}; expected named metrics of that day alone`,
  );
}
