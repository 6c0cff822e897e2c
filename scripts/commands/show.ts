import type { Command } from 'commander';
import type { Partition } from '../../config/partition.js';
import type { Database } from '../../clickhouse/database.js';
import { loadAudits } from '../../templates/audits.js';
import { openSqlFiles } from '../../templates/files.js';
import { blocksOf, publishable } from '../blocks.js';
import { withDatabase } from '../clickhouse.js';
import type { Context } from '../context.js';
import { remarks, type DayStatus } from '../day-words.js';
import { day, team, withJson } from '../options.js';
import { notComputable } from '../range.js';
import { table } from '../table.js';

export function define(command: Command, context: Context): void {
  withJson(command)
    .argument('<day>', 'a UTC day, like 2026-01-31', day)
    .option('--team <n>', 'only this team', team)
    .action((date: Partition, options: { team?: string }) => run(context, date, options.team));
}

interface Row {
  team_id: string;
  metric_name: string;
  metric_value: number;
}

async function run({ settings, output }: Context, date: Partition, team: string | undefined): Promise<void> {
  const { rows, status, ...ledger } = await withDatabase(
    settings,
    async (database) => ({
      rows: await metrics(database, date, team),
      status: await lastWord(database, date),
      ...(await blocksOf(database, date)),
    }),
    // Only our own tables are read: the sources' database need not be there.
    { database: settings.clickhouse.database },
  );
  const { blocks, gone } = publishable(ledger.blocks, settings.sqlDir);
  const shown = rows.map(({ team_id, ...row }) => ({ team_id: exact(team_id), ...row }));
  output.json({ date, rows: shown, status: status ? withNumbers(status) : null, blocks });
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
  const audits = loadAudits(openSqlFiles(settings.sqlDir), []);
  const facts = {
    date,
    team,
    rows: shown.length,
    status,
    notComputable: notComputable(date, settings),
    blocks,
    gone,
    audits,
  };
  for (const line of remarks(facts)) output.say(line);
}

async function metrics(database: Database, date: Partition, team: string | undefined): Promise<Row[]> {
  return await database.select<Row>(
    `SELECT team_id, metric_name, metric_value FROM ${database.tables.daily} WHERE date = {date:Date}${team === undefined ? '' : ' AND team_id = {team:UInt64}'} ORDER BY team_id, metric_name`,
    { params: { date, ...(team === undefined ? {} : { team }) } },
  );
}

async function lastWord(database: Database, date: Partition): Promise<DayStatus | undefined> {
  const [row] = await database.select<DayStatus>(
    `SELECT status, rows, source_rows, teams, not_understood, templates, audits, reason, published_at, last_attempt_at, last_attempt_status, last_attempt_error FROM ${database.tables.status} WHERE date = {date:Date}`,
    { params: { date } },
  );
  return row;
}

function withNumbers({ rows, source_rows, teams, not_understood, ...rest }: DayStatus): object {
  const numbers = { rows, source_rows, teams, not_understood };
  return { ...rest, ...Object.fromEntries(Object.entries(numbers).map(([name, digits]) => [name, exact(digits)])) };
}

/** A number where JavaScript has it, else its digits. */
function exact(digits: string): number | string {
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : digits;
}

/** Digits as people read them; no precision is lost. */
function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 10 });
}
