import { tmpdir } from 'node:os';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { AcceptPartitionsInput } from '../../activities/accept-partitions.js';
import type { Activities } from '../../activities/index.js';
import type { DecodeSliceOutput } from '../../activities/decode-slice.js';
import type { ExecuteInsertInput } from '../../activities/insert-settings.js';
import type { EndedDay } from '../../activities/ledger.js';
import { readSettings } from '../../activities/read-settings.js';
import { openDatabase } from '../../clickhouse/database.js';
import type { Month, Partition } from '../../config/partition.js';
import { loadSettings } from '../../config/settings.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { FAILURE, type FailureType } from '../../workflows/plan/failures.js';

/** What a test does in the place of ClickHouse, at each step; it may wait, and throw. */
export interface Hooks {
  sweepLeftovers?: () => Promise<void> | void;
  openChunk?: (chunk: number) => Promise<void> | void;
  /** What was decoded; by default nothing: no template asks for a slice. */
  decode?: (partitions: readonly Partition[]) => Promise<DecodeSliceOutput> | DecodeSliceOutput;
  render?: (partition: Partition) => Promise<void> | void;
  insert?: (input: ExecuteInsertInput, attempt: number) => Promise<void> | void;
  verify?: (partition: Partition) => Promise<void> | void;
  accept?: (input: AcceptPartitionsInput) => Promise<void> | void;
  publish?: (month: Month, attempt: number) => Promise<void> | void;
  record?: (days: readonly EndedDay[]) => Promise<void> | void;
  cleanUp?: (chunk: number) => Promise<void> | void;
  lookback?: () => Partition[];
}

export const ROWS_PER_DAY = 2;

/**
 * Activities without a ClickHouse: they keep in memory what the real ones write, and a test decides what fails, and how long
 * it takes. Only `readSettings` is the real one.
 */
export class FakePipeline {
  hooks: Hooks = {};
  /** What happened, in order. */
  readonly log: string[] = [];
  /** Days whose INSERT is at work. */
  readonly inserting = new Set<string>();
  maxInserting = 0;
  /** Bytes of SQL of the INSERTs at work. */
  bytesInserting = 0;
  maxBytesInserting = 0;
  publishing = 0;
  maxPublishing = 0;
  /** How often each day's INSERT began. */
  readonly inserts = new Map<string, number>();
  readonly accepted = new Set<Partition>();
  readonly visible = new Set<string>();
  readonly ledger: EndedDay[] = [];
  readonly tables = new Set<string>();
  /** SQL that each day's templates render to. */
  sql = 'SELECT 1';
  readonly activities: Activities;

  constructor(environment: Readonly<Record<string, string>> = {}) {
    const settings = loadSettings({ LLMA_PARTITION_START_DATE: '2020-01-01', ...environment }, tmpdir());
    const catalogue = loadCatalogue({ sqlDir: settings.sqlDir });
    // Opened, and never asked.
    const database = openDatabase(settings.clickhouse);
    this.activities = {
      ...this.#steps(),
      readSettings: readSettings({ settings, database, catalogue: () => catalogue, now: Date.now }),
    };
  }

  /** The days that readers see, oldest first. */
  get visibleDays(): string[] {
    return [...this.visible].sort();
  }

  /** The entries of the log that begin so. */
  logged(prefix: string): string[] {
    return this.log.filter((entry) => entry.startsWith(prefix));
  }

  #steps(): Omit<Activities, 'readSettings'> {
    return {
      checkLookback: async () => ({ days: this.hooks.lookback?.() ?? [] }),
      sweepVersions: async () => {
        this.log.push('sweep');
        return { rows: 0 };
      },
      recoverMonths: async () => {
        this.log.push('recover');
        return { unfinished: [] };
      },
      sweepLeftovers: async () => {
        await this.hooks.sweepLeftovers?.();
        return { tables: [], queries: [] };
      },
      openChunk: ({ chunk }) => this.#open(chunk),
      decodeSlice: async ({ partitions, chunk, round }) => {
        const opened = round === undefined ? {} : await this.#open(chunk);
        this.log.push(`decode ${partitions.join(' ')}`);
        const decoded = (await this.hooks.decode?.(partitions)) ?? {
          days: [],
          expired: [],
          rest: [],
          leavesRoom: true,
        };
        return { ...opened, ...decoded };
      },
      renderTemplates: async ({ partition }) => {
        await this.hooks.render?.(partition);
        return { partition, templates: [{ name: 'event_counts', hash: 'h', sql: this.sql }], llmEvents: 'events' };
      },
      executeInsert: (input) => this.#insert(input),
      verifyRowCounts: async ({ partition }) => {
        await this.hooks.verify?.(partition);
        const source = { rows: 1, fingerprint: '1', duplicates: 0, teams: 1, notUnderstood: 0 };
        const templateRows = { event_counts: ROWS_PER_DAY };
        return { rows: ROWS_PER_DAY, templateRows, source, lateRows: 0, findings: [] };
      },
      acceptPartitions: async (input) => {
        const days = input.days.map(({ partition }) => partition);
        this.log.push(`accept ${days.join(' ')}`);
        await this.hooks.accept?.(input);
        for (const day of days) this.accepted.add(day);
        return { accepted: days, superseded: [], conflicts: [] };
      },
      publishMonthPartition: (input) => this.#publish(input.month),
      recordOutcomes: async ({ days }) => {
        await this.hooks.record?.(days);
        this.ledger.push(...days);
      },
      cleanUp: async ({ chunk, kill }) => {
        this.log.push(`clean ${chunk}${kill ? ' and kill' : ''}`);
        await this.hooks.cleanUp?.(chunk);
        for (const table of this.tables) if (table.startsWith(`candidates ${chunk} `)) this.tables.delete(table);
      },
    };
  }

  async #open(chunk: number) {
    this.log.push(`open ${chunk}`);
    await this.hooks.openChunk?.(chunk);
    const candidates = `candidates ${chunk} ${this.log.length}`;
    this.tables.add(candidates);
    return { candidates };
  }

  async #insert(input: ExecuteInsertInput) {
    const { partition, templates } = input;
    const bytes = templates.reduce((sum, { sql }) => sum + Buffer.byteLength(sql), 0);
    this.log.push(`insert ${partition}`);
    this.inserts.set(partition, (this.inserts.get(partition) ?? 0) + 1);
    this.inserting.add(partition);
    this.bytesInserting += bytes;
    this.maxInserting = Math.max(this.maxInserting, this.inserting.size);
    this.maxBytesInserting = Math.max(this.maxBytesInserting, this.bytesInserting);
    try {
      await this.hooks.insert?.(input, activityInfo().attempt);
    } finally {
      this.inserting.delete(partition);
      this.bytesInserting -= bytes;
    }
    const numbers = {
      writtenRows: ROWS_PER_DAY,
      version: 1,
      snapshot: 1,
      readRows: 1,
      readBytes: 1,
      elapsedMs: 1,
      settings: {},
    };
    return { token: 'token', queryId: 'query', ...numbers };
  }

  async #publish(month: Month) {
    this.log.push(`publish ${month}`);
    this.publishing += 1;
    this.maxPublishing = Math.max(this.maxPublishing, this.publishing);
    const changed = [...this.accepted].filter((day) => day.replaceAll('-', '').startsWith(month)).sort();
    try {
      await this.hooks.publish?.(month, activityInfo().attempt);
    } finally {
      this.publishing -= 1;
    }
    for (const day of changed) this.visible.add(day);
    this.log.push(`published ${month}`);
    return { month, rows: ROWS_PER_DAY * changed.length, changed };
  }
}

/** What an activity throws when no retry can help. */
export function permanently(type: FailureType, message: string, details: unknown[] = []): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details });
}

export const lost = (day: string): ApplicationFailure => permanently(FAILURE.candidatesLost, `${day} is gone`);

/** Works until it is cancelled, as a long query does, and then ends as one that was killed; or until it is `done`. */
export async function untilCancelled(done?: Promise<void>): Promise<void> {
  const signal = cancellationSignal();
  const timer = setInterval(() => heartbeat(), 20);
  try {
    await new Promise<void>((resolve, reject) => {
      const stop = () => reject(signal.reason as Error);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      void done?.then(resolve);
    });
  } finally {
    clearInterval(timer);
  }
}
