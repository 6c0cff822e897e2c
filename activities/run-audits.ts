import { classify, CODE, errorCode, shortMessage } from '../clickhouse/errors.js';
import type { Params } from '../clickhouse/database.js';
import { cutAtWord } from '../config/cut-at-word.js';
import type { Partition } from '../config/partition.js';
import { renderAudit, type Audit, type AuditLevel, type AuditVariables } from '../templates/audits.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { moreRows } from '../workflows/plan/short.js';
import { auditLimit } from './audit-limit.js';
import { auditReads, type AuditReads } from './audit-reads.js';
import { relationParams, relationsByDate, relationsOf, type AuditedDay, type AuditedDays } from './audit-relations.js';
import { coalesce } from './coalesce.js';
import type { ActivityDeps } from './deps.js';
import { permanent } from './failure.js';
import { sourceGuard } from './retention/guard.js';
import { selectTogether, togetherKey, triesAlone } from './select-together.js';

const TOO_MANY = `it would read more rows than the INSERT of its days may (LLMA_MAX_READ_FACTOR), those of metrics not counted: restrict it to its days, like timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}'`;

/** One row of what an audit found. */
export interface AuditFinding {
  /** File name without `.sql`. */
  readonly audit: string;
  readonly level: AuditLevel;
  readonly message: string;
}

interface Row {
  audit: string;
  date: Partition;
  found: string;
  messages: string[];
}

interface AuditDeps extends ActivityDeps {
  readonly guard: ReturnType<typeof sourceGuard>;
  readonly readsOf: ReturnType<typeof auditReads>;
}

/** An audit that is asked, as a SELECT of `audit, date, message`. */
interface Select {
  readonly audit: Audit;
  readonly sql: string;
}

/** One that reads events. */
interface Reading extends Select {
  readonly reads: AuditReads;
}

/** Messages of one audit and day that are shown, and characters of each. There may be more. */
const SHOWN = 5;
const LONGEST = 300;
/** Of what an audit found, and says NULL of. */
const NO_MESSAGE = 'it found something, but its message is NULL';

/**
 * Runs audits over executions' candidates: those that are written by date over all days that are verified at the same time, in one
 * query; the others over each day, in one query.
 * @returns a function that says what they found of a day: nothing when all is well. It throws TemplateError that names the audit
 * which can't be run.
 */
export function auditFindings(of: ActivityDeps) {
  const guard = sourceGuard(of.database, of.settings);
  const deps = { ...of, guard, readsOf: auditReads(of.database) };
  const byDate = coalesce<AuditedDay, Row[]>({
    run: async ([first, ...others], signal) => (first ? await askByDate(deps, [first, ...others], signal) : []),
    nameOf: ({ partition }) => partition,
    alone: triesAlone,
  });
  return async (day: AuditedDay, signal: AbortSignal): Promise<AuditFinding[]> => {
    const { templates, declared, eventTypes, days } = day;
    const rows = await byDate(togetherKey(day, [templates, declared, eventTypes, days, day.limits]), day, signal);
    return findings(deps.catalogue().audits, [...rows, ...(await askOne(deps, day, signal))]);
  };
}

async function askByDate(deps: AuditDeps, days: AuditedDays, signal: AbortSignal): Promise<Row[][]> {
  const audits = deps.catalogue().audits.filter((audit) => audit.byDate);
  const selects = rendered(audits, relationsByDate(deps, days), 'toDate(date)');
  const rows = await ask(deps, days, { selects, signal });
  for (const { audit, date } of rows) {
    if (days.some(({ partition }) => partition === date)) continue;
    const file = audits.find(({ name }) => name === audit)?.file;
    const message = `${file} for partition ${days.map(({ partition }) => partition).join(', ')} returned a message of ${date}; expected days of {{ partitions }} alone`;
    throw permanent(FAILURE.template, message);
  }
  return days.map(({ partition }) => rows.filter(({ date }) => date === partition));
}

/** Audits that know of one day only. */
async function askOne(deps: AuditDeps, day: AuditedDay, signal: AbortSignal): Promise<Row[]> {
  const audits = deps.catalogue().audits.filter((audit) => !audit.byDate);
  if (audits.length === 0) return [];
  const selects = rendered(audits, relationsOf(deps, day), `toDate('${day.partition}')`);
  return await ask(deps, [day], { selects, signal });
}

function rendered(audits: readonly Audit[], variables: AuditVariables, date: string): Select[] {
  return audits.flatMap((audit) => {
    const { statement } = renderAudit(audit, variables);
    if (statement === undefined) return [];
    const columns = `'${audit.name}' AS audit, ${date} AS date, ifNull(toString(message), '${NO_MESSAGE}') AS message`;
    return [{ audit, sql: `SELECT ${columns} FROM (\n${statement.sql}\n)` }];
  });
}

interface Asking {
  readonly selects: readonly Select[];
  readonly signal: AbortSignal;
}

/** Those that read events have a query of their own, with a limit of what it reads. */
async function ask(deps: AuditDeps, days: AuditedDays, { selects, signal }: Asking): Promise<Row[]> {
  const reading: Reading[] = [];
  const others: Select[] = [];
  for (const select of selects) {
    const reads = await deps.readsOf(select.sql);
    if (reads.events) reading.push({ ...select, reads });
    else others.push(select);
  }
  const rows = await run(deps, days, { selects: others, signal });
  if (reading.length === 0) return rows;
  const mostRows = await limitOf(deps, days, { selects: reading, signal });
  return [...rows, ...(await run(deps, days, { selects: reading, mostRows, signal }))];
}

async function limitOf(
  deps: AuditDeps,
  days: AuditedDays,
  { selects, signal }: Asking & { readonly selects: readonly Reading[] },
): Promise<string | undefined> {
  const [{ partition }] = days;
  const facts = await deps.guard({
    partition,
    templates: selects.map(({ audit, sql }) => ({ name: audit.name, sql })),
  });
  const database = {
    statement: (file: string, names?: Readonly<Record<string, string>>) => deps.database.statement(file, names),
    select: <Of>(sql: string, { params = {} }: { readonly params?: Params } = {}) =>
      selectTogether<Of>(deps.database, days, { sql, params, what: 'limit', signal }),
  };
  return await auditLimit(deps, { days, database, facts, audits: selects });
}

async function run(
  deps: AuditDeps,
  days: AuditedDays,
  { selects, mostRows, signal }: Asking & { readonly mostRows?: string | undefined },
): Promise<Row[]> {
  if (selects.length === 0) return [];
  const params = relationParams(days);
  const asked = (some: readonly Select[]) => {
    const union = some.map(({ sql }) => sql).join('\nUNION ALL\n');
    const sql = deps.database.statement('pipeline/audit-findings.sql', { selects: union, shown: String(SHOWN) });
    return selectTogether<Row>(deps.database, days, { sql, params, what: 'audit', mostRows, signal });
  };
  return await asked(selects).catch(async (error: unknown) => {
    // One of them is to blame: alone it fails again, and is named. Of several days each is asked alone first.
    if (days.length === 1)
      for (const select of selects)
        await asked([select]).catch((alone: unknown) => blame(select.audit, days[0], { error: alone, mostRows }));
    throw error;
  });
}

function blame(
  { file }: Audit,
  { partition }: AuditedDay,
  { error, mostRows }: { readonly error: unknown; readonly mostRows: string | undefined },
): never {
  if (classify(error) !== 'permanent') throw error;
  // It may have come to a limit of the server's own, too.
  const why = mostRows !== undefined && errorCode(error) === CODE.tooManyRows ? TOO_MANY : shortMessage(error);
  throw permanent(FAILURE.template, `${file} for partition ${partition}: ${why}`);
}

function findings(audits: readonly Audit[], rows: readonly Row[]): AuditFinding[] {
  return audits.flatMap(({ name: audit, level }) => {
    const row = rows.find((other) => other.audit === audit);
    if (!row) return [];
    const more = Number(row.found) - row.messages.length;
    const messages = row.messages.map((one) => cutAtWord(one, LONGEST));
    if (more > 0) messages.push(moreRows(more));
    return messages.map((message) => ({ audit, level, message }));
  });
}
