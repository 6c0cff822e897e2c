import { monthBounds, type Partition } from '../config/partition.js';
import {
  currentRelation,
  currentRuns,
  daysOfOtherRuns,
  saidOfDays,
  sameRuns,
  stateRuns,
  visibleRuns,
  type CurrentRun,
  type SaidOfDay,
} from './current.js';
import { differingDays } from './day-sums.js';
import type { Database } from './database.js';
import { CODE, errorCode } from './errors.js';
import { miscount, refuseDuplicates } from './gate.js';
import { DAILY, STATES, type LiveTable } from './live-table.js';
import { literal, newToken, publishQueryPrefix } from './names.js';
import { ONE_BLOCK } from './one-block.js';
import { daysOfOtherParts } from './other-parts.js';
import { PublishGateError, PublishVerifyError } from './publish-errors.js';
import type { PublishOptions, PublishStep, Shown } from './publish-options.js';
import { computationsOf, publishedRows, type Computation } from './record-published.js';
import { killQueries, runQuery } from './run-query.js';
import { contentsOf, NOTHING_STAGED, Staging, type PartsOfTable, type StagedCounts } from './staging.js';
import { together } from './together.js';

/** What one of its statements may take: less than its activity has. */
const MOST_SECONDS = 1500;

/** A swap is waited for on all replicas, but on none that is away: it catches up when it is back (341). */
const ON_ALL_REPLICAS = { alter_sync: '2', replication_wait_for_inactive_replica_timeout: '30' } as const;

/** One attempt at publishing a month, step by step. Each step is safe to repeat. */
export class Publish {
  readonly #staging: Staging;
  readonly #prefix: string;
  readonly #bounds: { from: Partition; to: Partition };
  readonly #database: Database;
  readonly #options: PublishOptions;
  /** Of each accepted run of the month: its states. */
  #states: ReadonlyMap<bigint, number> = new Map();
  /** What is visible before the swap: by the ledger, and by the live tables' parts. */
  #said: readonly SaidOfDay[] = [];
  #parts: readonly PartsOfTable[] = [];
  /** Of the runs that the ledger doesn't have as visible. */
  #computations: readonly Computation[] = [];
  /** What it has staged: nobody else writes there. */
  #counts: StagedCounts = NOTHING_STAGED;
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

  /** Kills every publisher's query of this month, and takes the staging tables of all others. Nothing was read before. */
  async fence(): Promise<void> {
    await killQueries(this.#database, this.#prefix);
    await this.#staging.drop(await this.#staging.others());
  }

  /** What is to be visible, and what is. Only this list is published, whatever is accepted meanwhile: that gets a publish of its own. */
  async look(): Promise<CurrentRun[]> {
    const said = saidOfDays(this.#database, this.#options.month);
    const [runs, ...visible] = await together([this.list(), said, this.#staging.parts()]);
    [this.#said, this.#parts] = visible;
    return runs;
  }

  async list(): Promise<CurrentRun[]> {
    await this.#sync(DAILY);
    return await currentRuns(this.#database, this.#options.month);
  }

  /** @returns whether there are states: an attempt that has no staging table for them can't publish the month. */
  async build(runs: readonly CurrentRun[]): Promise<boolean> {
    if (this.claimsStates) await this.#sync(STATES);
    const unrecorded = this.unrecordedRuns(runs);
    const tables = this.#staging.tables.map((table) => this.#buildTable(table, runs));
    // Beside it, as nothing of it goes into what is built.
    const [hasStates] = await together([this.#listStates(), this.#listComputations(unrecorded), ...tables]);
    return hasStates;
  }

  /** The states of the runs were accepted before these, and so they are there. @returns whether there are any, of whichever month */
  async #listStates(): Promise<boolean> {
    if (this.claimsStates) this.#states = await stateRuns(this.#database, this.#options.month);
    return this.#states.size > 0 || (await this.#staging.hasStates());
  }

  async #listComputations(unrecorded: readonly CurrentRun[]): Promise<void> {
    this.#computations = await computationsOf(this.#database, unrecorded);
  }

  async #buildTable(table: LiveTable, runs: readonly CurrentRun[]): Promise<void> {
    const current = currentRelation(this.#database, table, table.values);
    // Read in the order in which they are written, one block of any number of rows costs no more than many.
    const order = table === DAILY ? 'ORDER BY team_id, date, metric_name' : '';
    const names = { staging: this.#staging.of(table), values: table.values, current, order };
    const sql = this.#database.statement('pipeline/build-staging.sql', names);
    // States take more memory than numbers do. As one block only where each part becomes visible by itself: on replicas.
    const settings = table === DAILY || this.#options.replicated ? ONE_BLOCK : {};
    await this.#run('build', sql, { ...this.#bounds, runs: runs.map(({ run }) => run) }, settings);
  }

  /** All runs of the days whose visible ones, as the ledger has them, are not those that are staged. */
  unrecordedRuns(runs: readonly CurrentRun[]): CurrentRun[] {
    const days = daysOfOtherRuns(runs, visibleRuns(this.#said));
    return runs.filter(({ date }) => days.includes(date));
  }

  /** Those, and the days whose live rows are not the staged ones for any other reason. */
  async changedDays(runs: readonly CurrentRun[]): Promise<Partition[]> {
    const unrecorded = [...new Set(this.unrecordedRuns(runs).map(({ date }) => date))];
    const others = daysOfOtherParts(runs, { ...this.#options, parts: this.#parts, unrecorded });
    if (others) {
      const changed = [...new Set([...unrecorded, ...others])].sort();
      this.#counts = await this.#staging.counts(changed);
      const shows = this.#parts.some(({ of, live }) => of === STATES && live.rows > 0);
      this.#swapsStates = shows || this.#counts.states.size > 0;
      return changed;
    }
    const [live, staged, counts] = await Promise.all([
      this.#staging.liveSums(),
      this.#staging.sums(),
      this.#staging.counts(unrecorded),
    ]);
    this.#counts = counts;
    this.#swapsStates = staged.states.size + live.states.size > 0;
    return [...new Set([...unrecorded, ...differingDays(staged, live)])].sort();
  }

  async gate(runs: readonly CurrentRun[], changed: readonly Partition[]): Promise<void> {
    const { month } = this.#options;
    const countOf = (table: LiveTable, { run, rows }: CurrentRun) =>
      table === DAILY ? rows : (this.#states.get(run) ?? 0);
    const wrong = miscount(this.#staging.tables, { runs, countOf }, this.#counts);
    if (wrong) {
      await this.#beginAgainIfAccepted(runs);
      throw new PublishGateError(
        `month ${month} was not published: ${wrong.day} has ${wrong.found} rows in ${this.#database.tables[wrong.table.accepted]}, its markers say ${wrong.expected}; ` +
          'compute the day again with "llma backfill"',
      );
    }
    const { tables } = this.#staging;
    const staged = {
      month,
      runs,
      tables: tables.map((of) => ({ of, staging: this.#staging.of(of) })),
      counts: this.#counts,
    };
    await refuseDuplicates(this.#database, staged, changed);
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
      ...(this.#options.replicated ? ON_ALL_REPLICAS : {}),
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

  /** @returns the rows that are visible, and what the next publish may know of them. */
  async verify(runs: readonly CurrentRun[]): Promise<{ rows: number; shown?: Shown }> {
    const rows = [...this.#counts.daily.values()].reduce((sum, n) => sum + n, 0);
    const parts = await this.#staging.parts();
    // A swap takes files as they are. Whoever sees no parts, or parts that have been merged meanwhile, has to look at rows.
    const same = ({ live, staged }: PartsOfTable) => live.rows === staged.rows && live.contents === staged.contents;
    if (parts.every(same) && parts.some(({ of, live }) => of === DAILY && live.rows > 0 && live.rows === rows)) {
      return { rows, shown: { contents: contentsOf(parts), runs } };
    }
    const [staged, live] = await Promise.all([this.#staging.sums(), this.#staging.liveSums()]);
    const [day] = differingDays(staged, live);
    if (day === undefined) return { rows };
    throw new PublishVerifyError(
      `${day} is not what was swapped in: publishing month ${this.#options.month} begins again`,
    );
  }

  /** That they are visible now: the runs that the ledger doesn't have as such. */
  async record(unrecorded: readonly CurrentRun[]): Promise<void> {
    if (unrecorded.length === 0) return;
    const sql = this.#database.statement('pipeline/record-published.sql', { staging: this.#staging.of(DAILY) });
    await this.#run('ledger', sql, { days: publishedRows(unrecorded, this.#computations, this.#said) });
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
    const all = { max_execution_time: MOST_SECONDS, ...settings, log_comment };
    await runQuery(this.#database, { sql, params, queryId, signal, settings: all });
  }
}
