import { TupleParam } from '@clickhouse/client';
import { monthBounds, type Month, type Partition } from '../config/partition.js';
import { currentRuns, type CurrentRun } from './current.js';
import { daySums, differingDays } from './day-sums.js';
import type { Database } from './database.js';
import { CODE, errorCode, PassingError } from './errors.js';
import { literal, newToken, publishQueryPrefix, stagingPrefix } from './names.js';
import { ONE_BLOCK } from './one-block.js';
import { killQueries, runQuery } from './run-query.js';

export interface PublishOptions {
  readonly month: Month;
  /** Goes into the staging table's comment: whose leftover it is. */
  readonly workflowId: string;
  readonly logComment: string;
  /** Whether our tables are replicated: then this replica first catches up, and the swap waits for the others. */
  readonly replicated: boolean;
  readonly signal: AbortSignal;
  /** Told the name of each step as it begins. Tests freeze a publisher here. */
  readonly onStep?: (step: PublishStep) => void | Promise<void>;
}

export type PublishStep = 'claim' | 'fence' | 'build' | 'gate' | 'swap' | 'verify' | 'ledger' | 'drop';

/** The staged month is not what the markers say it is. The message names the day. */
export class PublishGateError extends Error {
  override readonly name = 'PublishGateError';
}

/** What was swapped in is not what is there: somebody else changed the month. Publishing begins again. */
export class PublishVerifyError extends PassingError {
  override readonly name = 'PublishVerifyError';
}

/** One attempt at publishing a month, step by step. Each step is safe to repeat. */
export class Publish {
  readonly staging: string;
  readonly #prefix: string;
  readonly #bounds: { from: Partition; to: Partition };
  readonly #database: Database;
  readonly #options: PublishOptions;

  constructor(database: Database, options: PublishOptions) {
    const { from, toExclusive: to } = monthBounds(options.month);
    this.#database = database;
    this.#options = options;
    this.#prefix = publishQueryPrefix(database.settings.database, options.month);
    this.#bounds = { from, to };
    this.staging = `${stagingPrefix(options.month)}${newToken()}`;
  }

  async step(step: PublishStep): Promise<void> {
    await this.#options.onStep?.(step);
    this.#options.signal.throwIfAborted();
  }

  /** First our own name, then the others out of the way: a publisher frozen between the two is seen by its successor's fence. */
  async claim(): Promise<void> {
    const comment = literal(this.#options.workflowId);
    await this.#run('create', this.#database.statement('pipeline/create-staging.sql', { ...this.#names(), comment }));
  }

  /** Kills every publisher's query of this month, and takes the staging tables of all others. Nothing was read before. */
  async fence(): Promise<void> {
    await killQueries(this.#database, this.#prefix);
    const others = await this.#database.select<{ name: string }>(
      'SELECT name FROM system.tables WHERE database = {database:String} AND startsWith(name, {prefix:String}) AND name != {own:String}',
      {
        params: {
          database: this.#database.settings.database,
          prefix: stagingPrefix(this.#options.month),
          own: this.staging,
        },
      },
    );
    for (const { name } of others) await this.drop(name);
  }

  /** Only this list is published, whatever is accepted meanwhile: that gets a publish of its own. */
  async list(): Promise<CurrentRun[]> {
    if (this.#options.replicated) await this.#run('sync', `SYSTEM SYNC REPLICA ${this.#database.tables.versions}`);
    return await currentRuns(this.#database, this.#options.month);
  }

  async build(runs: readonly CurrentRun[]): Promise<void> {
    const params = { ...this.#bounds, runs: runs.map(({ run }) => run) };
    const current = this.#database.statement('pipeline/current-rows.sql');
    await this.#run(
      'build',
      this.#database.statement('pipeline/build-staging.sql', { ...this.#names(), current }),
      params,
      ONE_BLOCK,
    );
  }

  /** The days whose visible runs, as the ledger has them, are not the ones that were staged. */
  async unrecordedDays(runs: readonly CurrentRun[]): Promise<Partition[]> {
    const visible = await this.#database.select<{ date: string; runs: string[] }>(
      this.#database.statement('pipeline/visible-runs.sql'),
      { params: this.#bounds },
    );
    const key = (values: readonly (string | bigint)[]) => values.map(String).sort().join();
    const days = [...new Set(runs.map(({ date }) => date))];
    return days.filter((day) => {
      const staged = runs.filter(({ date }) => date === day).map(({ run }) => run);
      return key(staged) !== key(visible.find(({ date }) => date === day)?.runs ?? []);
    });
  }

  /** Those, and the days whose live rows are not the staged ones for any other reason. */
  async changedDays(unrecorded: readonly Partition[]): Promise<Partition[]> {
    const live = await this.#sums(this.#database.tables.daily);
    const differing = differingDays(await this.#sums(this.#names().staging), live);
    return [...new Set([...unrecorded, ...differing])].sort();
  }

  async gate(runs: readonly CurrentRun[], changed: readonly Partition[]): Promise<void> {
    const staged = await this.#sums(this.#names().staging);
    for (const day of new Set([...runs.map(({ date }) => date), ...staged.keys()])) {
      const expected = runs.filter(({ date }) => date === day).reduce((sum, { rows }) => sum + rows, 0);
      const found = staged.get(day)?.rows ?? 0;
      if (found !== expected) {
        await this.#beginAgainIfAccepted(runs);
        throw new PublishGateError(
          `month ${this.#options.month} was not published: ${day} has ${found} rows in ${this.#database.tables.versions}, its markers say ${expected}; ` +
            'compute the day again with "llma backfill"',
        );
      }
    }
    const [copy] = await this.#database.select<{ date: string; team_id: string; metric_name: string; copies: string }>(
      this.#database.statement('pipeline/staged-duplicates.sql', this.#names()),
      { params: { days: changed } },
    );
    if (!copy) return;
    throw new PublishGateError(
      `month ${this.#options.month} was not published: ${copy.date} has ${copy.copies} rows of metric "${copy.metric_name}" for team ${copy.team_id}; ` +
        'two templates return it: give one another name and compute both again',
    );
  }

  /** Rows that were superseded and swept since the list was read are no reason to give up. */
  async #beginAgainIfAccepted(runs: readonly CurrentRun[]): Promise<void> {
    if (sameRuns(await this.list(), runs)) return;
    throw new PublishVerifyError(
      `days of month ${this.#options.month} were accepted meanwhile: publishing it begins again`,
    );
  }

  async swap(): Promise<void> {
    const { staging } = this.#names();
    const settings = {
      ...(await this.#database.supported({ allow_replace_partition_from_empty_source: 1 })),
      ...(this.#options.replicated ? { alter_sync: '2' } : {}),
    };
    const sql = `ALTER TABLE ${this.#database.tables.daily} REPLACE PARTITION ${this.#options.month} FROM ${staging}`;
    try {
      await this.#run('replace', sql, {}, settings);
    } catch (error) {
      // Done here, and not yet on every replica: one that is away catches up when it is back.
      if (errorCode(error) !== CODE.unfinished) throw error;
    }
  }

  /** @returns the rows that are visible. */
  async verify(): Promise<number> {
    const staged = await this.#sums(this.#names().staging);
    const live = await this.#sums(this.#database.tables.daily);
    const [day] = differingDays(staged, live);
    if (day !== undefined)
      throw new PublishVerifyError(
        `${day} is not what was swapped in: publishing month ${this.#options.month} begins again`,
      );
    return [...live.values()].reduce((sum, { rows }) => sum + rows, 0);
  }

  async record(runs: readonly CurrentRun[]): Promise<void> {
    if (runs.length === 0) return;
    const tuples = runs.map(({ date, template, run, rows }) => new TupleParam([date, template, run, rows]));
    const sql = this.#database.statement('pipeline/record-published.sql', this.#names());
    await this.#run('ledger', sql, { ...this.#bounds, runs: tuples });
  }

  /** Without SYNC an Atomic database returns while an ALTER still uses the table. */
  async drop(table: string): Promise<void> {
    await this.#database.command(`DROP TABLE IF EXISTS ${this.#database.temporary(table)} SYNC`);
  }

  #names() {
    return { staging: this.#database.temporary(this.staging) };
  }

  #sums(table: string) {
    return daySums(this.#database, table, this.#options.month);
  }

  /** The replacing query has the month's own fixed id: a second one at the same moment is refused (216). */
  async #run(purpose: string, sql: string, params = {}, settings = {}): Promise<void> {
    const queryId = purpose === 'replace' ? `${this.#prefix}replace` : `${this.#prefix}${purpose}-${newToken()}`;
    const { logComment: log_comment, signal } = this.#options;
    // Watched: a lost answer must not keep the month until a timeout.
    await runQuery(this.#database, { sql, params, queryId, signal, settings: { ...settings, log_comment } });
  }
}

/** Whether two lists name the same runs. */
export function sameRuns(one: readonly CurrentRun[], other: readonly CurrentRun[]): boolean {
  const key = (runs: readonly CurrentRun[]) => runs.map(({ run }) => run).join();
  return key(one) === key(other);
}
