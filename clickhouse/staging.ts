import type { Month, Partition } from '../config/partition.js';
import type { Database } from './database.js';
import { daySums, type DaySums } from './day-sums.js';
import { DAILY, STATES, type LiveTable } from './live-table.js';
import { monthParts, type MonthParts } from './month-parts.js';
import { newToken, stagingPrefix, TABLES } from './names.js';

export interface StagingOptions {
  readonly month: Month;
  /** Whether states are staged too. */
  readonly states: boolean;
}

/** How many rows of each day are staged, and how many keys of some days: fewer than rows where one may be there twice. */
export type StagedCounts = Readonly<
  Record<LiveTable['name'] | `${LiveTable['name']}_keys`, ReadonlyMap<Partition, number>>
>;

/** Where nothing is staged. */
export const NOTHING_STAGED: StagedCounts = {
  daily: new Map(),
  states: new Map(),
  daily_keys: new Map(),
  states_keys: new Map(),
};

/** A live table beside what is to take its place. */
export interface PartsOfTable {
  readonly of: LiveTable;
  readonly live: MonthParts;
  readonly staged: MonthParts;
  /** Of the accepted rows: whoever sees none, of a month that has any, sees no parts. */
  readonly accepted: MonthParts;
}

/** The staging tables of one attempt at publishing a month: one for each live table that it swaps. */
export class Staging {
  /** In the order in which they are swapped. States first: nobody finds metrics of a snapshot whose states are of an earlier one. */
  readonly tables: readonly LiveTable[];
  readonly #database: Database;
  readonly #month: Month;
  readonly #name: string;

  constructor(database: Database, { month, states }: StagingOptions) {
    this.tables = states ? [STATES, DAILY] : [DAILY];
    this.#database = database;
    this.#month = month;
    this.#name = `${stagingPrefix(month)}${newToken()}`;
  }

  /** The qualified name of a staging table. */
  of(table: LiveTable): string {
    return this.#database.temporary(this.#nameOf(table));
  }

  /** The staging tables of everybody else. Whoever claims later finds ours. */
  async others(): Promise<string[]> {
    const own = this.tables.map((table) => this.#nameOf(table));
    const { database } = this.#database.settings;
    const params = { database, prefix: stagingPrefix(this.#month), own };
    const sql = this.#database.statement('pipeline/publishers.sql');
    return (await this.#database.select<{ name: string }>(sql, { params })).map(({ name }) => name);
  }

  /** Whether there are states, of whichever month: current ones, or others that are to be taken away. */
  async hasStates(): Promise<boolean> {
    const { database } = this.#database.settings;
    const params = { database, tables: [TABLES.states, TABLES.state_versions] };
    const sql = this.#database.statement('pipeline/has-states.sql');
    return (await this.#database.select(sql, { params })).length > 0;
  }

  /** Without SYNC an Atomic database returns while an ALTER still uses the table. */
  async drop(names: readonly string[] = this.tables.map((table) => this.#nameOf(table))): Promise<void> {
    const drop = (name: string) =>
      this.#database.command(`DROP TABLE IF EXISTS ${this.#database.temporary(name)} SYNC`);
    await Promise.all(names.map(drop));
  }

  /** What is staged, day by day. */
  sums(): Promise<DaySums> {
    const tables = this.tables.map((of) => ({ of, table: this.of(of) }));
    return daySums(this.#database, tables, this.#month);
  }

  /** What is visible in the same tables. */
  liveSums(): Promise<DaySums> {
    const tables = this.tables.map((of) => ({ of, table: this.#database.tables[of.name] }));
    return daySums(this.#database, tables, this.#month);
  }

  /** How much is staged, day by day; and of some days the keys. */
  async counts(days: readonly Partition[]): Promise<StagedCounts> {
    const files = ['pipeline/staged-counts.sql', ...(days.length > 0 ? ['pipeline/staged-keys.sql'] : [])];
    const selects = this.tables.flatMap((of) =>
      files.map((file) => this.#database.statement(file, { name: of.name, staging: this.of(of) })),
    );
    const rows = await this.#database.select<{ name: keyof StagedCounts; date: Partition; rows: string }>(
      selects.join('\nUNION ALL\n'),
      { params: { days } },
    );
    const counts = {
      daily: new Map<Partition, number>(),
      states: new Map(),
      daily_keys: new Map(),
      states_keys: new Map(),
    };
    for (const { name, date, rows: count } of rows) counts[name].set(date, Number(count));
    return counts;
  }

  /** What the live tables and the staged ones are made of. */
  async parts(): Promise<readonly PartsOfTable[]> {
    const names = this.tables.flatMap((of) => [TABLES[of.name], this.#nameOf(of), TABLES[of.accepted]]);
    const parts = await monthParts(this.#database, this.#month, names);
    return this.tables.flatMap((of, index) => {
      const [live, staged, accepted] = parts.slice(3 * index);
      return live && staged && accepted ? [{ of, live, staged, accepted }] : [];
    });
  }

  #nameOf({ suffix }: LiveTable): string {
    return `${this.#name}${suffix}`;
  }
}

/** What is visible, as the live tables' parts say. */
export function contentsOf(parts: readonly PartsOfTable[]): string {
  const filled = parts.filter(({ live }) => live.rows > 0);
  return filled.map(({ of, live }) => `${of.name} ${live.contents}`).join('; ');
}
