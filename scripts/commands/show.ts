import type { Command } from 'commander';
import type { Partition } from '../../config/partition.js';
import type { Database } from '../../clickhouse/database.js';
import { withDatabase } from '../clickhouse.js';
import type { Context } from '../context.js';
import { day, wholeNumber, withJson } from '../options.js';
import { count } from '../output.js';
import { table } from '../table.js';

export function define(command: Command, context: Context): void {
  withJson(command)
    .argument('<day>', 'a UTC day, like 2026-01-31', day)
    .option('--team <n>', 'only this team', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .action((date: Partition, options: { team?: number }) => run(context, date, options.team));
}

interface Row {
  team_id: string;
  metric_name: string;
  metric_value: number;
}

interface Status {
  status: string;
  rows: string;
  published_at: string | null;
  last_attempt_at: string;
  last_attempt_status: string;
  last_attempt_error: string;
  not_understood: string;
}

async function run({ settings, output }: Context, date: Partition, team: number | undefined): Promise<void> {
  const { rows, status } = await withDatabase(
    settings,
    async (database) => ({ rows: await metrics(database, date, team), status: await lastWord(database, date) }),
    // Only our own tables are read: the sources' database need not be there.
    { database: settings.clickhouse.database },
  );
  const shown = rows.map(({ team_id, ...row }) => ({ team_id: exact(team_id), ...row }));
  output.json({ date, rows: shown, status: status ?? null });
  if (shown.length > 0) {
    const columns = [{ head: 'team', align: 'right' }, { head: 'metric' }, { head: 'value', align: 'right' }] as const;
    output.say(
      table(
        output,
        columns,
        shown.map((row) => [String(row.team_id), row.metric_name, number(row.metric_value)]),
      ),
    );
  }
  for (const line of remarks({ date, team, rows: shown.length, status })) output.say(line);
}

async function metrics(database: Database, date: Partition, team: number | undefined): Promise<Row[]> {
  return await database.select<Row>(
    `SELECT team_id, metric_name, metric_value FROM ${database.tables.daily} WHERE date = {date:Date}${team === undefined ? '' : ' AND team_id = {team:UInt64}'} ORDER BY team_id, metric_name`,
    { params: { date, ...(team === undefined ? {} : { team }) } },
  );
}

async function lastWord(database: Database, date: Partition): Promise<Status | undefined> {
  const [row] = await database.select<Status>(
    `SELECT status, rows, published_at, last_attempt_at, last_attempt_status, last_attempt_error, not_understood FROM ${database.tables.status} WHERE date = {date:Date}`,
    { params: { date } },
  );
  return row;
}

interface Shown {
  readonly date: Partition;
  readonly team: number | undefined;
  readonly rows: number;
  readonly status: Status | undefined;
}

/** What the table alone doesn't tell. */
function remarks({ date, team, rows, status }: Shown): string[] {
  if (!status) {
    return rows > 0 ? [] : [`${date} was never computed: "llma backfill --from ${date} --to ${date}" computes it`];
  }
  const lines: string[] = [];
  const published = status.status === 'published';
  if (rows === 0 && published && Number(status.rows) > 0 && team !== undefined) {
    lines.push(`${date} has ${count(Number(status.rows), 'row')}, none of team ${team}`);
  } else if (rows === 0 && published) {
    lines.push(`${date} was computed, and has no rows: there were no events`);
  }
  const unread = Number(status.not_understood);
  if (unread > 0) {
    lines.push(
      `${count(unread, 'event')} of ${date} ${unread === 1 ? 'was' : 'were'} not understood, in part or wholly; what that means: docs/metrics.md#what-is-not-understood`,
    );
  }
  if (status.last_attempt_status === 'computed') {
    lines.push(`${date} is accepted, and not visible yet: if nothing runs, "llma doctor --fix" publishes it`);
  }
  if (['failed', 'blocked', 'expired', 'cancelled'].includes(status.last_attempt_status)) {
    const what = published ? 'these are its rows from before' : 'it has never been published';
    const why = status.last_attempt_error === '' ? '' : `: ${status.last_attempt_error}`;
    lines.push(`the last attempt at ${date} ${attempt(status.last_attempt_status)}${why}`, what);
  }
  return lines;
}

function attempt(status: string): string {
  return status === 'failed' || status === 'expired' ? status : `was ${status}`;
}

/** A number where JavaScript has it, else its digits. */
function exact(digits: string): number | string {
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : digits;
}

/** Digits as people read them; no precision is lost. */
function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 10 });
}
