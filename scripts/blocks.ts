import { existsSync } from 'node:fs';
import { join } from 'node:path';
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

/** Days of a range with blocks that still stand, of these templates or, without any, of all that there are. */
export async function blockedDays(
  database: Database,
  range: DayRange,
  { templates, sqlDir }: { readonly templates: readonly string[] | undefined; readonly sqlDir: string },
): Promise<Partition[]> {
  const days = await ledgerOf(database, range);
  const meant = (block: Block) => !templates || block.length === 0 || block.some((name) => templates.includes(name));
  return [...days]
    .filter(([, rows]) => publishable(standingBlocks(rows), sqlDir).blocks.some(meant))
    .map(([day]) => day);
}

async function ledgerOf(database: Database, range: DayRange): Promise<Map<Partition, LedgerRow[]>> {
  const sql = database.statement('pipeline/day-ledger.sql');
  const rows = await database.select<LedgerRow & { day: Partition }>(sql, { params: { ...range } });
  const days = new Map<Partition, LedgerRow[]>();
  for (const row of rows) days.set(row.day, [...(days.get(row.day) ?? []), row]);
  return days;
}

/** Blocks as far as something of them can be published, and the templates of which nothing can: their files are gone. */
export interface Publishable {
  readonly blocks: readonly Block[];
  readonly gone: readonly string[];
}

/** Where there is no `sqlDir`, nobody knows which are gone, and none is. */
export function publishable(blocks: readonly Block[], sqlDir: string): Publishable {
  if (!existsSync(sqlDir)) return { blocks, gone: [] };
  const isGone = (name: string) => !existsSync(join(sqlDir, `${name}.sql`));
  return {
    blocks: blocks
      .filter((block) => block.length === 0 || !block.every(isGone))
      .map((block) => block.filter((name) => !isGone(name))),
    gone: [...new Set(blocks.flat().filter(isGone))].sort(),
  };
}

/**
 * The blocks that still stand, of a day's ledger in order. A run of a template is accepted when it first becomes visible, or where the
 * ledger ends with it. That a row is written when a run is computed says nothing: its accept may have failed. One that was computed
 * before a block leaves it standing, also where it becomes visible after it: its month was busy.
 */
export function standingBlocks(rows: readonly LedgerRow[]): Block[] {
  const templateOf = new Map(
    rows.flatMap(({ names, own_runs }) => own_runs.map((run, at) => [run, names[at]] as const)),
  );
  const computedAt = new Map(rows.flatMap(({ own_runs }, at) => own_runs.map((run) => [run, at] as const)));
  const accepted = new Set<string>();
  let blocks: { readonly at: number; readonly block: Block }[] = [];
  for (const [at, row] of rows.entries()) {
    if (row.status === 'blocked') blocks.unshift({ at, block: row.names });
    const runs = row.status === 'computed' && row === rows.at(-1) ? row.own_runs : row.visible_runs;
    const news = runs.filter((run) => !accepted.has(run));
    for (const run of news) accepted.add(run);
    blocks = blocks.flatMap((of) => {
      const later = news.filter((run) => (computedAt.get(run) ?? Infinity) > of.at);
      if (later.length === 0) return [of];
      return without(of.block, new Set(later.map((run) => templateOf.get(run)))).map((block) => ({ ...of, block }));
    });
  }
  return blocks.map(({ block }) => block);
}

/** The block as far as it stands: one whose templates nobody knows ends with anything that is accepted. */
function without(block: Block, accepted: ReadonlySet<string | undefined>): Block[] {
  const rest = block.filter((name) => !accepted.has(name));
  return rest.length > 0 ? [rest] : [];
}
