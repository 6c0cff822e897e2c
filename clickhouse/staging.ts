import type { Month } from '../config/partition.js';
import type { Database } from './database.js';
import { daySums, type DaySums } from './day-sums.js';
import { DAILY, STATES, type LiveTable } from './live-table.js';
import { newToken, stagingPrefix, TABLES } from './names.js';

export interface StagingOptions {
  readonly month: Month;
  /** Whether states are staged too. */
  readonly states: boolean;
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

  /** Drops the staging tables of everybody else. @returns whether there are states, of whichever month. */
  async dropOthers(): Promise<boolean> {
    const tables: string[] = [TABLES.states, TABLES.state_versions];
    const found = await this.#database.select<{ name: string; filled: number }>(
      this.#database.statement('pipeline/staging-tables.sql'),
      {
        params: {
          database: this.#database.settings.database,
          prefix: stagingPrefix(this.#month),
          own: this.tables.map((table) => this.#nameOf(table)),
          tables,
        },
      },
    );
    for (const { name } of found) if (!tables.includes(name)) await this.#drop(name);
    return found.some(({ filled }) => filled > 0);
  }

  async drop(): Promise<void> {
    for (const table of this.tables) await this.#drop(this.#nameOf(table));
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

  #nameOf({ suffix }: LiveTable): string {
    return `${this.#name}${suffix}`;
  }

  /** Without SYNC an Atomic database returns while an ALTER still uses the table. */
  async #drop(table: string): Promise<void> {
    await this.#database.command(`DROP TABLE IF EXISTS ${this.#database.temporary(table)} SYNC`);
  }
}
