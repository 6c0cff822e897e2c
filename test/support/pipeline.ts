import { ApplicationFailure } from '@temporalio/common';
import { afterEach } from 'vitest';
import type { AcceptPartitionsOutput, ComputedDay } from '../../activities/accept-partitions.js';
import type { DecodeSliceOutput } from '../../activities/decode-slice.js';
import { permanent } from '../../activities/failure.js';
import type { PublishMonthOutput } from '../../activities/publish-month-partition.js';
import type { RenderTemplatesOutput } from '../../activities/render-templates.js';
import type { Slice } from '../../activities/slice/slice.js';
import { monthOf, parsePartition, type Partition } from '../../config/partition.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import type { ActivityHarness } from './activity-harness.js';
import { eventsOf } from '../../workflows/day-events.js';

/** Days that one chunk has computed and verified, not yet accepted. */
export interface Computed {
  readonly candidates: string;
  readonly days: readonly ComputedDay[];
}

interface ComputeOptions {
  /** Template names; all by default. */
  readonly metrics?: readonly string[];
  /** Why an audit is overridden. */
  readonly override?: string;
  /** Why days whose source rows have expired are computed. */
  readonly computeExpired?: string;
  /** What was decoded before; by default each day is decoded by itself. */
  readonly decoded?: DecodeSliceOutput;
  /** The first and the last day of its chunk; by default the day is verified by itself. */
  readonly chunk?: { readonly from: Partition; readonly to: Partition };
  /** Called between the INSERT of a day and its verification. */
  readonly beforeVerify?: (day: Partition) => Promise<void>;
}

/** The pipeline of a harness; its tables are dropped after each test, before the harness looks for leftovers. */
export function withPipeline(harness: ActivityHarness): Pipeline {
  const pipeline = new Pipeline(harness);
  afterEach(() => pipeline.cleanUp());
  return pipeline;
}

/** What a pipeline needs of a harness. */
type Activities = Pick<ActivityHarness, 'run' | 'settings'>;

/** The activities in the order in which the workflows run them. */
export class Pipeline {
  readonly #harness: Activities;

  constructor(harness: Activities) {
    this.#harness = harness;
  }

  /** @returns the name of a new candidates table. */
  async open(): Promise<string> {
    return (await this.#harness.run('openChunk', { chunk: 0 })).candidates;
  }

  /** Decodes days into a slice, which takes the place of the one before. */
  async decode(days: readonly string[], options: ComputeOptions = {}): Promise<DecodeSliceOutput> {
    const { eventTypes, deduplicate } = this.#harness.settings;
    const { metrics, computeExpired } = options;
    const output = await this.#harness.run('decodeSlice', {
      chunk: 0,
      partitions: days.map((day) => parsePartition(day)),
      eventTypes,
      deduplicate,
      maxExecutionSeconds: 60,
      ...(metrics ? { metrics } : {}),
      ...(computeExpired === undefined ? {} : { computeExpired }),
    });
    const [expired] = output.expired;
    // Here as a workflow does: the day is not computed.
    if (expired) throw permanent(FAILURE.expired, expired.message);
    return output;
  }

  /** Templates of a day that read a slice, or without one the sources. */
  async render(day: string, metrics?: readonly string[], slice?: Slice): Promise<RenderTemplatesOutput> {
    const { eventTypes } = this.#harness.settings;
    return await this.#harness.run('renderTemplates', {
      partition: parsePartition(day),
      eventTypes,
      ...(metrics ? { metrics } : {}),
      ...(slice ? { slice } : {}),
    });
  }

  /** Decodes and renders a day, inserts and verifies its candidates. */
  async computeDay(candidates: string, day: string, options: ComputeOptions = {}): Promise<ComputedDay> {
    return await (
      await this.#insertDay(candidates, day, options)
    )();
  }

  /** @returns what verifies the day. */
  async #insertDay(candidates: string, day: string, options: ComputeOptions): Promise<() => Promise<ComputedDay>> {
    const { eventTypes } = this.#harness.settings;
    const { slice: of, days } = options.decoded ?? (await this.decode([day], options));
    const rendered = await this.render(day, options.metrics, of);
    const { templates, partition } = rendered;
    const decoded = days.find((other) => other.partition === partition);
    const inserted = await this.#harness.run('executeInsert', {
      ...rendered,
      candidates,
      chunk: 0,
      maxExecutionSeconds: 60,
      ...(of && decoded ? { slice: { of, day: decoded, eventTypes } } : {}),
      ...(options.computeExpired === undefined ? {} : { computeExpired: options.computeExpired }),
    });
    await options.beforeVerify?.(partition);
    const verify = {
      partition,
      chunk: 0,
      maxExecutionSeconds: 60,
      candidates,
      token: inserted.token,
      writtenRows: inserted.writtenRows,
      templates: templates.map(({ name }) => name),
      declared: Object.fromEntries(templates.flatMap((t) => (t.declared ? [[t.name, t.declared]] : []))),
      eventTypes,
      ...eventsOf(rendered, of),
      ...(decoded ? { decoded } : {}),
      ...(inserted.sliceAlone ? { sliceAlone: inserted.sliceAlone } : {}),
      ...(options.chunk ? { days: options.chunk } : {}),
      ...(options.override === undefined ? {} : { override: options.override }),
    };
    const hashes = Object.fromEntries(templates.map(({ name, hash }) => [name, hash]));
    return async () => {
      const verified = await this.#harness.run('verifyRowCounts', verify);
      return { partition, templates: hashes, ...inserted, ...verified };
    };
  }

  /** Computes days of one month into candidates of their own, without accepting them. */
  async compute(days: readonly string[], options: ComputeOptions = {}): Promise<Computed> {
    const candidates = await this.open();
    const decoded = await this.decode(days, options);
    const sorted = days.map((day) => parsePartition(day)).sort();
    const chunk = { from: sorted[0]!, to: sorted.at(-1)! };
    const verify: (() => Promise<ComputedDay>)[] = [];
    for (const day of days) verify.push(await this.#insertDay(candidates, day, { decoded, chunk, ...options }));
    // Together, as a workflow does.
    const verified = await Promise.allSettled(verify.map((one) => one()));
    const failed = verified.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    return { candidates, days: verified.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])) };
  }

  async accept({ candidates, days }: Computed): Promise<AcceptPartitionsOutput> {
    const [first] = days;
    if (!first) throw new Error('no days to accept');
    return await this.#harness.run('acceptPartitions', { month: monthOf(first.partition), candidates, days });
  }

  /** Drops the tables that were opened: what a run does at its end. */
  async cleanUp(): Promise<void> {
    await this.#harness.run('cleanUp', { chunk: 0, kill: true });
  }

  async computeAndAccept(days: readonly string[], options: ComputeOptions = {}): Promise<AcceptPartitionsOutput> {
    return await this.accept(await this.compute(days, options));
  }

  async publish(day: string): Promise<PublishMonthOutput> {
    return await this.#harness.run('publishMonthPartition', { month: monthOf(parsePartition(day)) });
  }

  /** Computes, accepts and publishes days of one month. */
  async backfill(days: readonly string[], options: ComputeOptions = {}): Promise<PublishMonthOutput> {
    await this.computeAndAccept(days, options);
    return await this.publish(String(days[0]));
  }
}

/** What an activity failed with, as its workflow sees it. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ type: string | undefined; nonRetryable: boolean; message: string }> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return { type: error.type ?? undefined, nonRetryable: error.nonRetryable === true, message: error.message };
  }
  throw new Error('expected a failure');
}
