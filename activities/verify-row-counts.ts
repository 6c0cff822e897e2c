import type { Partition } from '../config/partition.js';
import type { Database } from '../clickhouse/database.js';
import { runAudits, type AuditFinding } from '../clickhouse/audits.js';
import { matchesDeclared } from '../templates/header.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { candidatesLost } from './candidates-lost.js';
import { caller, withHeartbeats } from './context.js';
import type { ActivityDeps } from './deps.js';
import { permanent, toFailure } from './failure.js';
import { ONE_SNAPSHOT } from './insert-settings.js';
import { lateRows } from './late-rows.js';

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
}

/** The source's own numbers of a partition. */
export interface SourceCounts {
  /** Distinct event ids. */
  readonly rows: number;
  /** Sum of cityHash64(event_id) over distinct ids, as digits; `0` where it isn't known. */
  readonly fingerprint: string;
  /** Deliveries beyond the first of each event id. */
  readonly duplicates: number;
  /** Teams that had events. */
  readonly teams: number;
  /** Events with a property that the source could not read. */
  readonly notUnderstood: number;
  /** `'YYYY-MM-DD hh:mm:ss.ffffff'` in UTC; undefined without events. */
  readonly maxIngestedAt?: string;
}

export interface VerifyRowCountsOutput {
  readonly rows: number;
  readonly templateRows: Readonly<Record<string, number>>;
  readonly source: SourceCounts;
  /** Events that arrived while the partition was computed: what a live recount finds beyond the metrics. */
  readonly lateRows: number;
  /** What audits found that does not stop the day. */
  readonly findings: readonly AuditFinding[];
}

interface CountRow {
  template: string;
  rows: string;
  names: string[];
  source_rows: string;
  source_duplicates: string;
  source_fingerprint: string;
  source_max_ingested_at: string;
  source_teams: string;
  source_not_understood: string;
}

/**
 * Holds one execution's candidates against what must be true of them.
 * @throws CandidatesLost when rows are missing, VerificationFailed with what each audit found.
 */
export function verifyRowCounts({ database }: ActivityDeps) {
  return async (input: VerifyRowCountsInput): Promise<VerifyRowCountsOutput> => {
    const { attempt } = caller();
    return await withHeartbeats(async (signal) => {
      try {
        const counts = await countCandidates(database, input);
        await audit(database, input);
        const late = await lateRows(database, input, signal);
        return { ...counts, source: await trusted(database, counts.source, late), lateRows: late, findings: [] };
      } catch (error) {
        const lost = { candidates: input.candidates, what: `partition ${input.partition}` };
        const what = `verification of partition ${input.partition}`;
        throw (
          (await candidatesLost(database, lost, error)) ?? toFailure(error, { type: FAILURE.clickhouse, what, attempt })
        );
      }
    });
  };
}

/**
 * The counts as the look-back may compare them. Where metrics and recount may have seen different states of the source, no
 * fingerprint is known: 0 is nobody's, and the look-back computes the day again.
 */
async function trusted(database: Database, source: SourceCounts, late: number): Promise<SourceCounts> {
  const oneSnapshot = Object.keys(await database.supported(ONE_SNAPSHOT)).length > 0;
  return late === 0 && (oneSnapshot || source.rows === 0) ? source : { ...source, fingerprint: '0' };
}

async function countCandidates(database: Database, input: VerifyRowCountsInput) {
  const sql = database.statement('pipeline/count-candidates.sql', { candidates: database.temporary(input.candidates) });
  const rows = await database.select<CountRow>(sql, { params: { token: input.token } });
  const found = rows.reduce((sum, row) => sum + Number(row.rows), 0);
  if (found !== input.writtenRows) {
    const message = `partition ${input.partition}: ${input.writtenRows} rows were written, ${found} are there; ClickHouse restarted, or the insert was cut`;
    throw permanent(FAILURE.candidatesLost, message);
  }
  for (const row of rows) checkDeclared(input, row);
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

/** A template owns the metric names that its rows show; a header says which these may be. */
function checkDeclared({ declared, partition }: VerifyRowCountsInput, { template, names }: CountRow): void {
  const patterns = declared[template];
  if (!patterns) return;
  const others = names.filter((name) => !matchesDeclared(name, patterns)).slice(0, 5);
  if (others.length === 0) return;
  const message =
    `partition ${partition} was not accepted: sql/${template}.sql returns ${others.map((name) => `"${name}"`).join(', ')}, ` +
    `which its header "-- metrics: ${patterns.join(', ')}" does not name: add the name there, or change the template`;
  throw permanent(FAILURE.verification, message);
}

async function audit(database: Database, input: VerifyRowCountsInput): Promise<void> {
  const findings = await runAudits(database, input);
  if (findings.length === 0) return;
  const shown = findings.map(({ audit: name, message }) => `${name}: ${message}`);
  throw permanent(FAILURE.verification, `partition ${input.partition} was not accepted:\n${shown.join('\n')}`, [
    findings,
  ]);
}
