import { TupleParam } from '@clickhouse/client';
import { addDays, nextDay, type Partition } from '../config/partition.js';
import { classify, shortMessage } from '../clickhouse/errors.js';
import { newToken } from '../clickhouse/names.js';
import { selectKillable } from '../clickhouse/run-query.js';
import { renderAudit, type Audit, type AuditLevel, type AuditVariables } from '../templates/audits.js';
import { declaredExpression } from '../templates/header.js';
import { FAILURE } from '../workflows/plan/failures.js';
import type { AuditHistory } from './audit-history.js';
import { insertPrefix, logComment } from './context.js';
import type { ActivityDeps } from './deps.js';
import { permanent } from './failure.js';
import type { Unexplained } from './recount.js';

/** One row of what an audit found. */
export interface AuditFinding {
  /** File name without `.sql`. */
  readonly audit: string;
  readonly level: AuditLevel;
  readonly message: string;
}

export interface AuditInput {
  readonly chunk: number;
  readonly maxExecutionSeconds: number;
  readonly signal: AbortSignal;
  readonly partition: Partition;
  readonly candidates: string;
  readonly token: string;
  /** Names of the templates that were computed. */
  readonly templates: readonly string[];
  /** Metric names that templates' headers allow, by template. */
  readonly declared: Readonly<Record<string, readonly string[]>>;
  readonly eventTypes: readonly string[];
  readonly llmEvents: string;
  /** What is known of other days and templates. */
  readonly history: AuditHistory;
  /** Counts that nothing explains. */
  readonly recount: readonly Unexplained[];
}

interface Row {
  audit: string;
  message: string;
  found: string;
}

/** Days before the partition that audits may look at. */
const HISTORY_DAYS = 56;

/** Rows of one audit that are shown, and characters of each. There may be more. */
const SHOWN = 5;
const LONGEST = 300;

/**
 * Runs every audit over one execution's candidates, all in one query.
 * @returns what they found: nothing when all is well.
 * @throws TemplateError that names the audit which can't be run.
 */
export async function runAudits(deps: ActivityDeps, input: AuditInput): Promise<AuditFinding[]> {
  const { audits } = deps.catalogue();
  const selects = audits.flatMap((audit) => {
    const { statement } = renderAudit(audit, variables(deps, input));
    return statement === undefined ? [] : [{ audit, sql: counted(audit, statement.sql) }];
  });
  if (selects.length === 0) return [];
  const { partition, chunk, signal, maxExecutionSeconds } = input;
  const settings = { max_execution_time: maxExecutionSeconds, log_comment: logComment({ audit: partition }) };
  const run = (sql: string) =>
    selectKillable<Row>(deps.database, sql, {
      params: params(input),
      settings,
      signal,
      queryId: `${insertPrefix(chunk)}${newToken()}`,
    });
  const rows = await run(
    `SELECT * FROM (\n${selects.map(({ sql }) => sql).join('\nUNION ALL\n')}\n) ORDER BY audit, message`,
  ).catch(async (error: unknown) => {
    // One of them is to blame: alone it fails again, and is named.
    for (const { audit, sql } of selects) await run(sql).catch((alone: unknown) => blame(audit, input, alone));
    throw error;
  });
  return findings(audits, rows);
}

function blame({ file }: Audit, { partition }: AuditInput, error: unknown): never {
  if (classify(error) !== 'permanent') throw error;
  throw permanent(FAILURE.template, `${file} for partition ${partition}: ${shortMessage(error)}`);
}

function counted({ name }: Audit, sql: string): string {
  return `SELECT '${name}' AS audit, toString(message) AS message, count() OVER () AS found FROM (\n${sql}\n) LIMIT ${SHOWN}`;
}

function findings(audits: readonly Audit[], rows: readonly Row[]): AuditFinding[] {
  return audits.flatMap(({ name: audit, level }) => {
    const own = rows.filter((row) => row.audit === audit);
    const more = Number(own[0]?.found ?? 0) - own.length;
    const messages = own.map(({ message }) => (message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message));
    if (more > 0) messages.push(`and ${more} more`);
    return messages.map((message) => ({ audit, level, message }));
  });
}

function variables({ database, settings }: ActivityDeps, input: AuditInput): AuditVariables {
  const { partition, llmEvents, eventTypes } = input;
  const candidates = database.temporary(input.candidates);
  const relation = (name: string) => database.statement(`pipeline/audit-${name}.sql`, { candidates }).trim();
  return {
    candidates: relation('candidates'),
    day: relation(dayRelation(input)),
    current: relation('current'),
    days: relation('days'),
    recount: relation('recount'),
    declared: relation('declared'),
    source: relation('source'),
    llm_events: llmEvents,
    event_types: eventTypes,
    partition,
    date_start: partition,
    date_end: nextDay(partition),
    thin_day_percent: settings.thinDayPercent,
  };
}

function params(input: AuditInput): Record<string, unknown> {
  const { token, partition, templates, declared, recount, history } = input;
  const earliest = addDays(partition, -HISTORY_DAYS);
  const isEarlier = ({ date }: { date: Partition }) => date >= earliest && date < partition;
  const others = history.runs.filter(({ date, template }) => date === partition && !templates.includes(template));
  return {
    token,
    partition,
    others: others.map(({ run }) => BigInt(run)),
    earlier: history.runs.filter(isEarlier).map(({ run }) => BigInt(run)),
    published: history.published
      .filter(isEarlier)
      .map(
        ({ date, rows, source_rows, teams }) =>
          new TupleParam([date, BigInt(rows), BigInt(source_rows), BigInt(teams)]),
      ),
    declared: Object.entries(declared).flatMap(([template, patterns]) =>
      patterns.map((pattern) => new TupleParam([template, declaredExpression(pattern), patterns.join(', ')])),
    ),
    recount: recount.map(({ team, metric, counted, events }) => new TupleParam([team, metric, counted, events])),
  };
}

/** The relation of the candidates alone, unless the day has rows of templates that are not computed now. */
function dayRelation(input: AuditInput): 'day' | 'candidates' {
  const { partition, templates, history } = input;
  const others = history.runs.some(({ date, template }) => date === partition && !templates.includes(template));
  return others ? 'day' : 'candidates';
}
