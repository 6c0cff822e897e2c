import type { Database, QueryOptions } from '../../../clickhouse/database.js';
import { DAILY } from '../../../clickhouse/live-table.js';
import { newToken, QUERY_PREFIX, STAGING_PREFIX, TABLES } from '../../../clickhouse/names.js';
import { ONE_BLOCK } from '../../../clickhouse/one-block.js';
import { loadStatement } from '../../../clickhouse/statement.js';
import type { Off } from './guards.js';
import { withoutGuards } from './statements.js';

const PUBLISHERS = `${QUERY_PREFIX}pub-`;
const EXECUTIONS = `${QUERY_PREFIX}insert-`;
const SMALL_BLOCKS = {
  max_block_size: '100',
  min_insert_block_size_rows: '100',
  min_insert_block_size_bytes: '0',
  max_insert_block_size: '100',
} as const;

/** The connection of one publisher, or of one activity, without the guards that are off. Not to be shared: it remembers where they are. */
export function unguarded(database: Database, off: Off): Database {
  return off.size === 0 ? database : new Unguarded(database, off).database;
}

class Unguarded {
  readonly #real: Database;
  readonly #off: Off;
  /** The publisher's own staging table. */
  #staging = '';
  #phase: 'before the swap' | 'swapped' | 'over' = 'before the swap';
  #runs: unknown[] = [];

  constructor(real: Database, off: Off) {
    this.#real = real;
    this.#off = off;
  }

  get database(): Database {
    return {
      ...this.#real,
      statement: (file, names) =>
        withoutGuards(this.#real, this.#off, { file, sql: this.#real.statement(file, names) }),
      select: (sql, options) => this.#select(sql, options),
      command: (sql, options) => this.#command(sql, options),
    };
  }

  async #select<Row>(sql: string, given: QueryOptions = {}): Promise<Row[]> {
    const options = { ...given, ...this.#withoutTokens(given) };
    if (this.#off.has('fence') && isStagingList(options)) return [];
    if (this.#off.has('lookAgain') && sql === this.database.statement('pipeline/current-runs.sql')) {
      if (this.#phase === 'swapped') {
        // Its last look. Whoever asks later is somebody else.
        this.#phase = 'over';
        return this.#runs as Row[];
      }
      this.#runs = await this.#real.select<Row>(sql, options);
      return this.#runs as Row[];
    }
    if (!this.#off.has('verifySwap') || this.#phase !== 'swapped') return await this.#real.select<Row>(sql, options);
    const { daily } = this.#real.tables;
    const rows = await this.#real.select<Row>(
      sql === this.#daySums(daily) ? this.#daySums(this.#staging) : sql,
      options,
    );
    return sql === this.database.statement('pipeline/month-parts.sql') ? this.#asStaged(rows) : rows;
  }

  /** Parts of the live table are what those of the staging table are. */
  #asStaged<Row>(rows: Row[]): Row[] {
    const nameOf = (row: Row) => (row as { name: string }).name;
    const staged = rows.find((row) => this.#staging.includes(`\`${nameOf(row)}\``));
    const others = rows.filter((row) => nameOf(row) !== TABLES.daily);
    return staged ? [...others, { ...staged, name: TABLES.daily }] : others;
  }

  async #command(sql: string, options: QueryOptions = {}) {
    if (this.#isOffKill(sql, options))
      return { readRows: 0, readBytes: 0, writtenRows: 0, writtenBytes: 0, elapsedMs: 0 };
    if (sql.startsWith('DROP TABLE') && this.#staging !== '' && sql.includes(this.#staging)) this.#phase = 'over';
    const summary = await this.#real.command(sql, this.#changed(options));
    this.#remember(sql);
    return summary;
  }

  #isOffKill(sql: string, { params }: QueryOptions): boolean {
    if (!sql.startsWith('KILL QUERY')) return false;
    const prefix = String(params?.['prefix']);
    if (prefix.startsWith(PUBLISHERS)) return this.#off.has('fence');
    return prefix.startsWith(EXECUTIONS) && this.#off.has('killOld');
  }

  #changed(options: QueryOptions): QueryOptions {
    const isSwap = options.queryId?.startsWith(PUBLISHERS) && options.queryId.endsWith('-replace');
    const isOneBlock = options.settings?.min_insert_block_size_rows === ONE_BLOCK.min_insert_block_size_rows;
    return {
      ...options,
      ...this.#withoutTokens(options),
      ...(isSwap && this.#off.has('fixedQueryId') ? { queryId: `${options.queryId}-${newToken()}` } : {}),
      ...(isOneBlock && this.#off.has('oneBlock') ? { settings: { ...options.settings, ...SMALL_BLOCKS } } : {}),
    };
  }

  /** A day's executions share a token, its name. The activity's answer has the same: see `unguardedActivities`. */
  #withoutTokens({ params = {} }: QueryOptions): QueryOptions {
    const { dates, tokens, elsewhere } = params as { dates?: string[]; tokens?: string[]; elsewhere?: string };
    if (!this.#off.has('tokens') || !dates || !tokens) return {};
    return { params: { ...params, tokens: dates, ...(elsewhere === undefined ? {} : { elsewhere: dates[0] }) } };
  }

  #remember(sql: string): void {
    const created = new RegExp(`CREATE TABLE (\\S*${STAGING_PREFIX}\\S*)`).exec(sql)?.[1];
    if (created !== undefined) [this.#staging, this.#phase] = [created, 'before the swap'];
    if (/^ALTER TABLE \S+ REPLACE PARTITION/.test(sql)) this.#phase = 'swapped';
  }

  #daySums(table: string): string {
    const { name, summed } = DAILY;
    return loadStatement('pipeline/day-sums.sql', { table, name, summed });
  }
}

function isStagingList(options?: QueryOptions): boolean {
  return options?.params?.['own'] !== undefined && String(options.params['prefix']).startsWith(STAGING_PREFIX);
}
