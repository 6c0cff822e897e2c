import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { ComputedDay } from '../../../activities/accept-partitions.js';
import type { DecodeSliceOutput } from '../../../activities/decode-slice.js';
import type { Activities } from '../../../activities/index.js';
import type { Database } from '../../../clickhouse/database.js';
import { CANDIDATES_PREFIX } from '../../../clickhouse/names.js';
import { publishMonth } from '../../../clickhouse/publish.js';
import type { PublishOptions } from '../../../clickhouse/publish-options.js';
import { monthOf, parsePartition } from '../../../config/partition.js';
import { FAILURE } from '../../../workflows/plan/failures.js';
import type { Harness } from '../../support/activity-harness.js';
import { unguardedActivities } from '../../support/unguarded/activities.js';
import { unguarded } from '../../support/unguarded/database.js';
import type { Off } from '../../support/unguarded/guards.js';
import { Watch } from './watch.js';
import { eventsOf } from '../../../workflows/day-events.js';

/** Rows of a day; more where an anomaly needs more blocks. */
export const TEAMS = 10;

/** One row a team, whose value is the number of its events: it grows with each snapshot. */
const TEMPLATE = `SELECT toDate('{{ date_start }}') AS date, team_id, 'm' AS metric_name, toFloat64(count()) AS metric_value
FROM events WHERE toDate(timestamp) = toDate('{{ date_start }}') GROUP BY team_id`;

/** The same rows, read from a slice. */
const FROM_SLICE = `SELECT date, team_id, 'm' AS metric_name, toFloat64(count()) AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;

interface CallOptions {
  readonly database?: Database;
  /** Of the activity, from 1. */
  readonly attempt?: number;
}

/** Where an anomaly is driven: empty tables, a few days, and the product's activities without some guards. */
export class Ground {
  readonly harness: Harness;
  readonly off: Off;
  readonly watch: Watch;
  readonly teams: number;
  /** Empties every Memory table, as a restart of the server does. */
  readonly restart: () => Promise<void>;
  /** The value that each day must show at the end. */
  readonly expected = new Map<string, number>();
  done = 0;
  refused = 0;

  constructor(
    harness: Harness,
    off: Off,
    { teams = TEAMS, restart }: { teams?: number; restart?: () => Promise<void> },
  ) {
    this.harness = harness;
    this.off = off;
    this.teams = teams;
    this.watch = new Watch(harness, teams);
    this.restart = restart ?? (() => emptyCandidates(harness));
    harness.templates({ m: TEMPLATE });
  }

  /** Runs an activity as a worker would. */
  async call<Name extends keyof Activities>(
    name: Name,
    input: Parameters<Activities[Name]>[0],
    { database = this.harness.database, attempt = 1 }: CallOptions = {},
  ): Promise<Awaited<ReturnType<Activities[Name]>>> {
    const activities = unguardedActivities(this.off)({ ...this.harness.deps, database });
    const activity = activities[name] as (of: unknown) => Promise<unknown>;
    const output: unknown = await this.harness.environment({ attempt }).run(activity, input);
    return output as Awaited<ReturnType<Activities[Name]>>;
  }

  /** One more event of every team: the value of a snapshot taken from now on is one more. */
  async addSnapshot(day: string): Promise<void> {
    await this.harness.command(
      `INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at, _timestamp)
       SELECT generateUUIDv4(number), '$ai_generation', '{}', toDateTime64({day:String}, 6, 'UTC'), number + 1, 'u', now(), now()
       FROM numbers({teams:UInt32})`,
      { day, teams: this.teams },
    );
    this.expected.set(day, (this.expected.get(day) ?? 0) + 1);
  }

  async open(): Promise<string> {
    return (await this.call('openChunk', { chunk: 0 })).candidates;
  }

  /** A slice of a day, for a template that reads it from now on. */
  async decode(day: string): Promise<DecodeSliceOutput> {
    const { eventTypes } = this.harness.settings;
    this.harness.templates({ m: FROM_SLICE });
    return await this.call('decodeSlice', {
      chunk: 0,
      partitions: [parsePartition(day)],
      eventTypes,
      maxExecutionSeconds: 60,
    });
  }

  /** @param decoded what its templates read; by default the source. */
  async insert(candidates: string, day: string, options: CallOptions & { readonly decoded?: DecodeSliceOutput } = {}) {
    const { eventTypes } = this.harness.settings;
    const partition = parsePartition(day);
    const { slice, days: [decoded] = [] } = options.decoded ?? {};
    const rendered = await this.call('renderTemplates', { partition, eventTypes, ...(slice ? { slice } : {}) });
    const from = slice && decoded ? { slice: { of: slice, day: decoded, eventTypes } } : {};
    const input = { ...rendered, ...from, candidates, chunk: 0, maxExecutionSeconds: 60 };
    return { rendered, slice, decoded, inserted: await this.call('executeInsert', input, options) };
  }

  async verify(
    candidates: string,
    { rendered, slice, decoded, inserted }: Awaited<ReturnType<Ground['insert']>>,
  ): Promise<ComputedDay> {
    const { templates, partition } = rendered;
    const verified = await this.call('verifyRowCounts', {
      partition,
      chunk: 0,
      maxExecutionSeconds: 60,
      candidates,
      token: inserted.token,
      writtenRows: inserted.writtenRows,
      templates: templates.map(({ name }) => name),
      declared: {},
      eventTypes: this.harness.settings.eventTypes,
      ...eventsOf(rendered, slice),
      ...(decoded ? { decoded } : {}),
    });
    const hashes = Object.fromEntries(templates.map(({ name, hash }) => [name, hash]));
    return { partition, templates: hashes, ...inserted, ...verified };
  }

  async compute(day: string, candidates: string): Promise<ComputedDay> {
    return await this.verify(candidates, await this.insert(candidates, day));
  }

  async accept(candidates: string, computed: ComputedDay, options: CallOptions = {}): Promise<void> {
    const month = monthOf(computed.partition);
    await this.call('acceptPartitions', { month, candidates, days: [computed] }, options);
    this.done += 1;
  }

  /** Computes and accepts a day as a run does: what was lost is computed again, and a day that fails is left as it was. */
  async acceptDay(day: string, compute: (candidates: string) => Promise<void>): Promise<void> {
    const failure = await permanentFailure(this.open().then(compute));
    if (failure === undefined) return;
    if (failure !== FAILURE.candidatesLost && failure !== FAILURE.sliceLost) return void (this.refused += 1);
    const candidates = await this.open();
    await this.accept(candidates, await this.compute(day, candidates));
  }

  /** One attempt at publishing, past the activity. */
  async publish(day: string, change: Partial<PublishOptions> & { database?: Database } = {}): Promise<void> {
    const { database = this.harness.database, ...options } = change;
    await publishMonth(unguarded(database, this.off), {
      month: monthOf(parsePartition(day)),
      workflowId: 'publish',
      logComment: 'anomaly',
      replicated: false,
      signal: new AbortController().signal,
      ...options,
    });
    this.done += 1;
  }

  /** Publishes as the activity and its retries do: until it succeeds, or its gate refuses. */
  async publishUntilDone(day: string, change: Parameters<Ground['publish']>[1] = {}): Promise<void> {
    for (let tries = 1; tries <= 300; tries++) {
      try {
        return await this.publish(day, change);
      } catch (error) {
        if ((error as Error).name === 'PublishGateError') return void (this.refused += 1);
        // Without a lock they overtake each other until one has time enough to itself.
        await sleep(Math.random() * Math.min(20_000, 50 * 2 ** tries));
      }
    }
    throw new Error('the publish never got through');
  }

  /** Computes and accepts a newer snapshot of a day. */
  async renew(day: string): Promise<void> {
    await this.addSnapshot(day);
    const candidates = await this.open();
    await this.accept(candidates, await this.compute(day, candidates));
  }

  /** What a day is before anything happens to it: computed, accepted and visible. */
  async begin(...days: readonly string[]): Promise<void> {
    for (const day of days) await this.renew(day);
    await this.publishUntilDone(days[0] ?? '');
    await this.watch.look();
  }
}

/** What an activity failed with for good; undefined when it succeeded. */
async function permanentFailure(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || !error.nonRetryable) throw error;
    return error.type ?? 'unknown';
  }
}

async function emptyCandidates(harness: Harness): Promise<void> {
  for (const table of await harness.temporaryTables()) {
    if (table.startsWith(CANDIDATES_PREFIX)) await harness.command(`TRUNCATE TABLE ${table}`);
  }
}
