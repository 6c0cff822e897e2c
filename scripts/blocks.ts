import type { Database } from '../clickhouse/database.js';
import type { Partition } from '../config/partition.js';
import type { DayRange } from '../workflows/plan/chunks.js';

/**
 * The templates of a run that an audit has blocked, without those that were accepted since. Empty where the ledger does not say
 * which it had, as of runs of before it did.
 */
export type Block = readonly string[];

/** A row of `sql/pipeline/day-ledger.sql`. */
export interface LedgerRow {
  readonly status: string;
  readonly names: readonly string[];
  readonly own_runs: readonly string[];
  readonly visible_runs: readonly string[];
}

/** A day's blocks that still stand, the latest first, and what was tried last; nothing was where it never was computed. */
export async function blocksOf(
  database: Database,
  date: Partition,
): Promise<{ readonly blocks: Block[]; readonly lastAttempt: string | undefined }> {
  const rows = (await ledgerOf(database, { from: date, to: date })).get(date) ?? [];
  return { blocks: standingBlocks(rows), lastAttempt: rows.at(-1)?.status };
}

/** Days of a range with blocks that still stand, of these templates or, without any, of all. */
export async function blockedDays(
  database: Database,
  range: DayRange,
  templates: readonly string[] | undefined,
): Promise<Partition[]> {
  const days = await ledgerOf(database, range);
  const meant = (block: Block) => !templates || block.length === 0 || block.some((name) => templates.includes(name));
  return [...days].filter(([, rows]) => standingBlocks(rows).some(meant)).map(([day]) => day);
}

async function ledgerOf(database: Database, range: DayRange): Promise<Map<Partition, LedgerRow[]>> {
  const sql = database.statement('pipeline/day-ledger.sql');
  const rows = await database.select<LedgerRow & { day: Partition }>(sql, { params: { ...range } });
  const days = new Map<Partition, LedgerRow[]>();
  for (const row of rows) days.set(row.day, [...(days.get(row.day) ?? []), row]);
  return days;
}

/**
 * The blocks that still stand, of a day's ledger in order. A run of a template is accepted when it first becomes visible, or where the
 * ledger ends with it. That a row is written when a run is computed says nothing: its accept may have failed.
 */
export function standingBlocks(rows: readonly LedgerRow[]): Block[] {
  const templateOf = new Map(
    rows.flatMap(({ names, own_runs }) => own_runs.map((run, at) => [run, names[at]] as const)),
  );
  const accepted = new Set<string>();
  let blocks: Block[] = [];
  for (const row of rows) {
    if (row.status === 'blocked') blocks.unshift(row.names);
    const runs = row.status === 'computed' && row === rows.at(-1) ? row.own_runs : row.visible_runs;
    const news = runs.filter((run) => !accepted.has(run));
    for (const run of news) accepted.add(run);
    if (news.length > 0)
      blocks = blocks.flatMap((block) => without(block, new Set(news.map((run) => templateOf.get(run)))));
  }
  return blocks;
}

/** The block as far as it stands: one whose templates nobody knows ends with anything that is accepted. */
function without(block: Block, accepted: ReadonlySet<string | undefined>): Block[] {
  const rest = block.filter((name) => !accepted.has(name));
  return rest.length > 0 ? [rest] : [];
}
