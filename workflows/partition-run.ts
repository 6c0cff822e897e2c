import { condition, isCancellation, patched, workflowInfo } from '@temporalio/workflow';
import type { RunSettings } from '../activities/read-settings.js';
import type { Partition } from '../config/partition.js';
import type { RunKind, RunState as CarriedState } from './run-state.js';
import type { ChunkResult, ComputedChunk } from './chunk.js';
import { newChunk } from './compute-chunk.js';
import { Control, invalid } from './control.js';
import type { RetryFailedOutput, Steered } from './messages.js';
import { countDays, hasDaysOf, type DayRange } from './plan/chunks.js';
import {
  addOutcomes,
  EMPTY_TALLY,
  retryable,
  toResult,
  type BackfillResult,
  type DayOutcome,
  type Tally,
} from './plan/outcomes.js';
import { progressOf, type Progress, type RunState } from './plan/progress.js';
import { Publishing } from './publishing.js';
import { Remaining, type NextChunk } from './remaining.js';
import { show, tag, tagFailed } from './ui.js';

/** A chunk that takes less, in ms, lets its days wait for those of the next one, if they are of the same month. */
const QUICK = 5_000;

/** One run over days, daily or backfill: what remains, what has ended, and the loop over its chunks. */
export class PartitionRun {
  readonly #kind: RunKind;
  /** Asked before the run's local activity, as in sweep.ts: nobody has to know then which task it was asked in. */
  readonly #fewerSteps = patched('fewer-steps');
  readonly #decodesAhead = patched('decode-ahead');
  readonly #beginsAtOnce = patched('begins-at-once');
  /** Known once the settings are read. */
  #plan: { readonly settings: RunSettings; readonly range: DayRange; readonly total: number } | undefined;
  #remaining = new Remaining([]);
  #tally: Tally = EMPTY_TALLY;
  #control = new Control();
  #startedAt = 0;
  #state: RunState = 'running';
  readonly #current = new Set<Partition>();
  /** Not carried through continue-as-new. */
  readonly #losses = new Map<Partition, number>();
  /** How each day of this run ended, the latest word on it. Not carried through continue-as-new. */
  readonly #outcomes = new Map<Partition, DayOutcome>();

  constructor(kind: RunKind, carried?: CarriedState) {
    this.#kind = kind;
    if (!carried) return;
    const { settings, range, total } = carried;
    this.#plan = { settings, range, total };
    this.#remaining = new Remaining(carried.remaining);
    this.#tally = carried.tally;
    this.#startedAt = carried.startedAt;
    this.#control = new Control(carried.concurrency, carried.pausedBy);
  }

  begin(settings: RunSettings, days: readonly DayRange[]): void {
    const all = days.flatMap(({ from, to }) => [from, to]).sort();
    const [from, to] = [all[0], all.at(-1)];
    if (from === undefined || to === undefined) throw invalid('there is no day to compute');
    this.#plan = { settings, range: { from, to }, total: countDays(days) };
    this.#remaining = new Remaining(days);
    this.#startedAt = workflowInfo().startTime.getTime();
    this.#control.begin(settings.concurrency);
  }

  /**
   * Computes chunk after chunk; the next one is decoded while this one computes, and computes while this one publishes.
   * @returns false when the server suggests to continue as new: nothing is under way then.
   */
  async run(): Promise<boolean> {
    let end: RunState = 'failed';
    try {
      const finished = await this.#runChunks();
      end = finished ? 'done' : 'running';
      return finished;
    } catch (error) {
      if (isCancellation(error)) end = 'cancelled';
      throw error;
    } finally {
      this.#state = end;
      this.#show();
    }
  }

  async #runChunks(): Promise<boolean> {
    const publishing = new Publishing((outcomes) => this.#settle(outcomes), this.#control);
    try {
      for (;;) {
        if (this.#remaining.isEmpty) await publishing.done;
        if (this.#remaining.isEmpty) {
          tagFailed(retryable(this.#tally).length);
          return true;
        }
        if (!this.#remaining.isAhead && this.#continuesAsNew) return false;
        this.#show();
        // What is decoded is not kept for as long as a run is paused: its days are given back.
        await condition(() => !this.#control.paused || this.#remaining.isAhead);
        const began = Date.now();
        const chunk = await this.#computeNext();
        const finish = () => this.#finish(chunk);
        const finished = this.#fewerSteps ? finish : await finish();
        const before = publishing.done;
        const remaining = this.#remaining.ranges;
        const isQuick = this.#fewerSteps && chunk.endedBy === undefined && Date.now() - began < QUICK;
        publishing.add(finished, (month) => isQuick && hasDaysOf(remaining, month));
        await before;
        if (chunk.endedBy !== undefined) throw chunk.endedBy;
      }
    } finally {
      this.#state = 'finishing';
      await this.#abandonAhead(publishing);
      await publishing.finish();
    }
  }

  get #continuesAsNew(): boolean {
    return this.#kind === 'backfill' && workflowInfo().continueAsNewSuggested;
  }

  async #computeNext(): Promise<ComputedChunk> {
    const chunk = this.#remaining.take(this.#nextChunk());
    tag(this.#kind, chunk.partitions, retryable(this.#tally).length);
    const computed = await chunk.compute();
    this.#remaining.giveBack(computed.untaken);
    return computed;
  }

  #nextChunk(): NextChunk {
    const { settings } = this.#known();
    return {
      size: settings.maxPartitionsPerRun,
      order: settings.order,
      create: (partitions, chunk) =>
        newChunk({
          settings,
          control: this.#control,
          partitions,
          chunk,
          current: this.#current,
          losses: this.#losses,
          fewerSteps: this.#fewerSteps,
          beginsAtOnce: this.#beginsAtOnce,
          whenDecoded: () => this.#decodeAhead(),
        }),
    };
  }

  #decodeAhead(): void {
    if (!this.#decodesAhead || this.#control.paused || this.#continuesAsNew) return;
    this.#remaining.decodeAhead(this.#nextChunk());
  }

  /** Nobody computes what was decoded for a run that has ended early. */
  async #abandonAhead(publishing: Publishing): Promise<void> {
    const chunk = await this.#remaining.takeAhead()?.abandon();
    if (!chunk) return;
    const finish = () => this.#finish(chunk);
    publishing.add(finish, () => false);
  }

  async #finish(chunk: ComputedChunk): Promise<ChunkResult> {
    const result = await chunk.finish();
    this.#remaining.giveBack(result.lost);
    this.#settle(result.ended);
    return result;
  }

  #settle(outcomes: readonly DayOutcome[]): void {
    this.#tally = addOutcomes(this.#tally, outcomes);
    for (const day of outcomes) this.#outcomes.set(day.partition, day);
    this.#show();
  }

  /** What operators steer it with. */
  get control(): Control {
    return this.#control;
  }

  /** The run as it is now that it was steered. */
  steered(): Steered {
    this.#show();
    return { pausedBy: this.#control.reasons, concurrency: this.#control.concurrency };
  }

  /** Puts the failed days back; they count as not done until they have ended again. */
  retryFailed(): RetryFailedOutput {
    const retrying = retryable(this.#tally);
    this.#tally = { ...this.#tally, days: { ...this.#tally.days, failed: [], blocked: [] }, errors: {} };
    this.#remaining.giveBack(retrying);
    this.#show();
    return { retrying };
  }

  progress(): Progress {
    const { settings, range, total } = this.#known();
    return progressOf({
      settings: { ...settings, ...range },
      tally: this.#tally,
      total,
      current: [...this.#current].sort(),
      concurrency: this.#control.concurrency,
      pausedBy: this.#control.reasons,
      state: this.#control.paused && this.#state === 'running' ? 'paused' : this.#state,
      clock: { startedAt: this.#startedAt, now: Date.now() },
    });
  }

  /** The days by outcome. */
  result(): BackfillResult {
    return toResult(this.#known().range, this.#tally);
  }

  /** Each day of this run with its outcome, oldest first. */
  outcomes(): DayOutcome[] {
    return [...this.#outcomes.values()].sort((a, b) => (a.partition < b.partition ? -1 : 1));
  }

  /** What continue-as-new hands on. */
  state(): CarriedState {
    return {
      ...this.#known(),
      remaining: this.#remaining.ranges,
      tally: this.#tally,
      pausedBy: this.#control.reasons,
      concurrency: this.#control.concurrency,
      startedAt: this.#startedAt,
    };
  }

  #show(): void {
    if (this.#plan) show(this.progress());
  }

  #known() {
    if (!this.#plan) throw invalid('there is no progress yet: the run has not read its settings');
    return this.#plan;
  }
}
