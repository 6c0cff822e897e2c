import type { Database, QueryOptions, Summary } from '../../../clickhouse/database.js';
import { gate } from '../../support/temporal-wait-for.js';

type Send = (sql?: string, options?: QueryOptions) => Promise<Summary>;

interface Interception {
  /** Whether the statement is meant. Only the first one is. */
  readonly when: (sql: string) => boolean;
  /** What happens in its place: `send` sends it, as it is or changed. */
  readonly instead: (send: Send, statement: { sql: string; options: QueryOptions }) => Promise<Summary>;
}

/** A connection on which something happens to one statement. */
export function intercept(database: Database, { when, instead }: Interception): Database {
  let met = false;
  return {
    ...database,
    async command(sql, options = {}) {
      if (met || !when(sql)) return await database.command(sql, options);
      met = true;
      return await instead((text = sql, changed = options) => database.command(text, changed), { sql, options });
    },
  };
}

/** As a server that is told to write small blocks does. */
export const SMALL_BLOCKS = {
  max_block_size: '100',
  min_insert_block_size_rows: '100',
  min_insert_block_size_bytes: '0',
} as const;

export const isSwap = (sql: string): boolean => sql.includes('REPLACE PARTITION');
export const isCandidates = (sql: string): boolean => /INSERT INTO \S*llma_cand_/.test(sql);
export const isAccept = (sql: string): boolean => /INSERT INTO \S*llma_metrics_versions/.test(sql);

/** The statement is done, and nobody is told. */
export async function loseAnswer(send: Send): Promise<Summary> {
  await send();
  throw new Error('socket hang up');
}

/** Stands still when it is reached, until it is told to go on. */
export class Ice {
  readonly #reached = gate();
  readonly #thawed = gate();

  /** Where somebody stands still. */
  readonly stand = async (): Promise<void> => {
    this.#reached.open();
    await this.#thawed.opened;
  };

  /** Returns when somebody stands there. @throws Error when `running` ends first. */
  async reached(running: Promise<unknown>): Promise<void> {
    const ended = running.then(
      () => 'ended',
      (error: unknown) => error,
    );
    const first = await Promise.race([this.#reached.opened, ended]);
    if (first !== undefined) throw new Error('nobody stood still', { cause: first });
  }

  thaw(): void {
    this.#thawed.open();
  }
}
