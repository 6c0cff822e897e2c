import { TupleParam } from '@clickhouse/client';
import { monthBounds, type Month, type Partition } from '../config/partition.js';
import { currentRelation, currentRuns, stateRuns, type CurrentRun } from './current.js';
import { differingDays, type DaySums } from './day-sums.js';
import type { Database } from './database.js';
import { CODE, errorCode, PassingError } from './errors.js';
import { DAILY, STATES, type LiveTable } from './live-table.js';
import { literal, newToken, publishQueryPrefix } from './names.js';
import { ONE_BLOCK } from './one-block.js';
import { killQueries, runQuery } from './run-query.js';
import { Staging } from './staging.js';

export interface PublishOptions {
  readonly month: Month;
  /** Goes into the staging table's comment: whose leftover it is. */
  readonly workflowId: string;
  readonly logComment: string;
  /** Whether our tables are replicated: then this replica first catches up, and the swap waits for the others. */
  readonly replicated: boolean;
  /** Whether to expect states, and a second table to swap. Default false: a publish that finds some begins again with them. */
  readonly states?: boolean;
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
  readonly #staging: Staging;
  readonly #prefix: string;
  readonly #bounds: { from: Partition; to: Partition };
  readonly #database: Database;
  readonly #options: PublishOptions;
  /** Of each accepted run of the month: its states. */
  #states: ReadonlyMap<bigint, number> = new Map();
  /** What it has staged: nobody else writes there. */
  #staged: DaySums | undefined;
  /** Whether there is a state to show, or one to take away. */
  #swapsStates = false;

  constructor(database: Database, options: PublishOptions) {
    const { from, toExclusive: to } = monthBounds(options.month);
    this.#database = database;
    this.#options = options;
    this.#prefix = publishQueryPrefix(database.settings.database, options.month);
    this.#bounds = { from, to };
    this.#staging = new Staging(database, { month: options.month, states: options.states ?? false });
  }

  get claimsStates(): boolean {
    return this.#staging.tables.includes(STATES);
  }

  async step(step: PublishStep): Promise<void> {
    await this.#options.onStep?.(step);
    this.#options.signal.throwIfAborted();
  }

  /** First our own name, then the others out of the way: a publisher frozen between the two is seen by its successor's fence. */
  async claim(): Promise<void> {
    const comment = literal(this.#options.workflowId);
    for (const table of this.#staging.tables) {
      const names = { staging: this.#staging.of(table), live: this.#database.tables[table.name], comment };
      await this.#run('create', this.#database.statement('pipeline/create-staging.sql', names));
    }
  }

  /**
   * Kills every publisher's query of this month, and takes the staging tables of all others. Nothing was read before.
   * @returns whether there are states: an attempt that has no staging table for them can't publish the month.
   */
  async fence(): Promise<boolean> {
    await killQueries(this.#database, this.#prefix);
    return await this.#staging.dropOthers();
  }

  /** Only this list is published, whatever is accepted meanwhile: that gets a publish of its own. */
  async list(): Promise<CurrentRun[]> {
    await this.#sync(DAILY);
    return await currentRuns(this.#database, this.#options.month);
  }

  /** Where there are states, after the list of runs: theirs were accepted before, and so they are there. */
  async build(runs: readonly CurrentRun[]): Promise<void> {
    const params = { ...this.#bounds, runs: runs.map(({ run }) => run) };
    for (const table of this.#staging.tables) {
      if (table === STATES) {
        await this.#sync(STATES);
        this.#states = await stateRuns(this.#database, this.#options.month);
        if (!runs.some(({ run }) => this.#states.has(run))) continue;
      }
      const current = currentRelation(this.#database, table, table.values);
      const names = { staging: this.#staging.of(table), values: table.values, current };
      const sql = this.#database.statement('pipeline/build-staging.sql', names);
      // States take more memory than numbers do. As one block only where each part becomes visible by itself: on replicas.
      const settings = table === DAILY || this.#options.replicated ? ONE_BLOCK : {};
      await this.#run('build', sql, params, settings);
    }
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
    const live = await this.#staging.liveSums();
    const staged = (this.#staged = await this.#staging.sums());
    const differing = differingDays(staged, live);
    this.#swapsStates = staged.states.size + live.states.size > 0;
    return [...new Set([...unrecorded, ...differing])].sort();
  }

  async gate(runs: readonly CurrentRun[], changed: readonly Partition[]): Promise<void> {
    const staged = this.#staged ?? (await this.#staging.sums());
    for (const table of this.#staging.tables) await this.#gateCounts(table, runs, staged);
    const staging = this.#staging.of(DAILY);
    const [copy] = await this.#database.select<{ date: string; team_id: string; metric_name: string; copies: string }>(
      this.#database.statement('pipeline/staged-duplicates.sql', { staging }),
      { params: { days: changed } },
    );
    if (!copy) return;
    throw new PublishGateError(
      `month ${this.#options.month} was not published: ${copy.date} has ${copy.copies} rows of metric "${copy.metric_name}" for team ${copy.team_id}; ` +
        'two templates return it: give one another name and compute both again',
    );
  }

  async #gateCounts(table: LiveTable, runs: readonly CurrentRun[], { [table.name]: staged }: DaySums): Promise<void> {
    const countOf = ({ run, rows }: CurrentRun) => (table === DAILY ? rows : (this.#states.get(run) ?? 0));
    for (const day of new Set([...runs.map(({ date }) => date), ...staged.keys()])) {
      const expected = runs.filter(({ date }) => date === day).reduce((sum, run) => sum + countOf(run), 0);
      const found = staged.get(day)?.rows ?? 0;
      if (found === expected) continue;
      await this.#beginAgainIfAccepted(runs);
      throw new PublishGateError(
        `month ${this.#options.month} was not published: ${day} has ${found} rows in ${this.#database.tables[table.accepted]}, its markers say ${expected}; ` +
          'compute the day again with "llma backfill"',
      );
    }
  }

  /** Rows that were superseded and swept since the list was read are no reason to give up. */
  async #beginAgainIfAccepted(runs: readonly CurrentRun[]): Promise<void> {
    if (sameRuns(await this.list(), runs)) return;
    throw new PublishVerifyError(
      `days of month ${this.#options.month} were accepted meanwhile: publishing it begins again`,
    );
  }

  async swap(): Promise<void> {
    const settings = {
      ...(await this.#database.supported({ allow_replace_partition_from_empty_source: 1 })),
      ...(this.#options.replicated ? { alter_sync: '2' } : {}),
    };
    for (const table of this.#staging.tables) {
      if (table === STATES && !this.#swapsStates) continue;
      const sql = `ALTER TABLE ${this.#database.tables[table.name]} REPLACE PARTITION ${this.#options.month} FROM ${this.#staging.of(table)}`;
      try {
        await this.#run(`replace${table.suffix}`, sql, {}, settings);
      } catch (error) {
        // Done here, and not yet on every replica: one that is away catches up when it is back.
        if (errorCode(error) !== CODE.unfinished) throw error;
      }
    }
  }

  /** @returns the rows that are visible. */
  async verify(): Promise<number> {
    const staged = await this.#staging.sums();
    const live = await this.#staging.liveSums();
    const [day] = differingDays(staged, live);
    if (day !== undefined)
      throw new PublishVerifyError(
        `${day} is not what was swapped in: publishing month ${this.#options.month} begins again`,
      );
    return [...live.daily.values()].reduce((sum, { rows }) => sum + rows, 0);
  }

  async record(runs: readonly CurrentRun[]): Promise<void> {
    if (runs.length === 0) return;
    const tuples = runs.map(({ date, template, run, rows }) => new TupleParam([date, template, run, rows]));
    const sql = this.#database.statement('pipeline/record-published.sql', { staging: this.#staging.of(DAILY) });
    await this.#run('ledger', sql, { ...this.#bounds, runs: tuples });
  }

  /** Drops the staging tables. */
  async drop(): Promise<void> {
    await this.#staging.drop();
  }

  /** This replica catches up with what was accepted on others. */
  async #sync({ accepted }: LiveTable): Promise<void> {
    if (this.#options.replicated) await this.#run('sync', `SYSTEM SYNC REPLICA ${this.#database.tables[accepted]}`);
  }

  /** The query that replaces a table's month has a fixed id of its own: a second one at the same moment is refused (216). */
  async #run(purpose: string, sql: string, params = {}, settings = {}): Promise<void> {
    const own = purpose.startsWith('replace') ? '' : `-${newToken()}`;
    const queryId = `${this.#prefix}${purpose}${own}`;
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
