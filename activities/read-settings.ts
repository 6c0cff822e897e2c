import { z } from 'zod';
import { hint } from '../config/did-you-mean.js';
import { fromTime, nextDay, parsePartition, PartitionError, previousDay, type Partition } from '../config/partition.js';
import { CatalogueError } from '../templates/errors.js';
import { FAILURE } from '../workflows/plan/failures.js';
import type { ActivityDeps } from './deps.js';
import { permanent } from './failure.js';

/** What a run works with: fixed at its beginning, carried through continue-as-new. */
export interface RunSettings {
  readonly partitionStartDate: Partition;
  /** First and last partition of a backfill; undefined for a daily run, which knows its own. */
  readonly from?: Partition;
  readonly to?: Partition;
  readonly maxPartitionsPerRun: number;
  readonly concurrency: number;
  readonly order: 'oldest-first' | 'newest-first';
  readonly eventTypes: readonly string[];
  /** Template names; undefined means all. */
  readonly metrics?: readonly string[];
  readonly lookbackDays: number;
  /** How long superseded versions are kept, in days. */
  readonly historyDays: number;
  /** Whether an event that was delivered several times counts once. */
  readonly deduplicate?: boolean;
  /** Longest time of one query, in seconds. */
  readonly maxExecutionSeconds: number;
  /** Why days are accepted that an audit blocks; undefined when they aren't. */
  readonly override?: string;
  /** Why days whose source rows have expired are computed from what is left; undefined: they are skipped. */
  readonly computeExpired?: string;
}

export interface ReadSettingsInput {
  readonly kind: 'daily' | 'backfill';
  /** What the workflow was started with, not yet checked. */
  readonly input: unknown;
}

const dayText = z.string({ error: 'expected a text like "2026-01-31"' }).optional();
const dailyInput = z.strictObject({ partition: dayText });
const whole = (max: number) => {
  const error = `expected a whole number from 1 to ${max}`;
  return z.int({ error }).min(1, { error }).max(max, { error }).optional();
};
const reason = (error: string) =>
  z
    .string({ error })
    .trim()
    .min(1, { error })
    .max(1000, { error: `${error}, in at most 1000 characters` })
    .optional();
const NAMES = 'expected a list of names of templates, like ["event_counts"], or nothing for all';
const backfillInput = z.strictObject({
  from: dayText,
  to: dayText,
  maxPartitionsPerRun: whole(366),
  concurrency: whole(64),
  metrics: z
    .array(z.string({ error: NAMES }), { error: NAMES })
    .min(1, { error: NAMES })
    .optional(),
  order: z.enum(['oldest-first', 'newest-first'], { error: 'expected "oldest-first" or "newest-first"' }).optional(),
  publishAnyway: reason('expected the reason why days are published that an audit blocks'),
  computeExpired: reason('expected the reason why days are computed whose source rows have expired'),
});

/** Checks a workflow's input, and returns the settings with which it will run to its end. @throws InvalidInput */
export function readSettings(deps: ActivityDeps) {
  return async ({ kind, input }: ReadSettingsInput): Promise<RunSettings> => {
    try {
      return kind === 'daily' ? dailySettings(deps, input) : backfillSettings(deps, input);
    } catch (error) {
      if (error instanceof PartitionError) throw permanent(FAILURE.invalidInput, error.message);
      if (error instanceof CatalogueError) throw permanent(FAILURE.template, error.message);
      throw error;
    }
  };
}

function dailySettings(deps: ActivityDeps, input: unknown): RunSettings {
  const { partition } = parse(dailyInput, input, 'dailyMetrics takes {"partition": "2026-01-31"}');
  if (partition !== undefined) checkDay(deps, parsePartition(partition, 'partition'), 'partition');
  const settings = common(deps);
  if (settings.metrics) knownMetrics(deps, settings.metrics);
  return settings;
}

function backfillSettings(deps: ActivityDeps, input: unknown): RunSettings {
  const usage =
    'backfillMetrics takes {"from", "to", "maxPartitionsPerRun", "concurrency", "metrics", "order", "publishAnyway", "computeExpired"}, all optional';
  const options = parse(backfillInput, input, usage);
  const settings = common(deps);
  const yesterday = previousDay(fromTime(deps.now()));
  const from = options.from === undefined ? settings.partitionStartDate : parsePartition(options.from, 'from');
  const to = options.to === undefined ? yesterday : parsePartition(options.to, 'to');
  checkDay(deps, from, 'from');
  checkDay(deps, to, 'to');
  if (from > to) throw permanent(FAILURE.invalidInput, `from ${from} is after to ${to}: the range is empty; swap them`);
  const metrics = options.metrics ?? settings.metrics;
  return {
    ...settings,
    from,
    to,
    maxPartitionsPerRun: options.maxPartitionsPerRun ?? settings.maxPartitionsPerRun,
    concurrency: options.concurrency ?? settings.concurrency,
    order: options.order ?? 'oldest-first',
    ...(metrics ? { metrics: knownMetrics(deps, metrics) } : {}),
    ...(options.publishAnyway === undefined ? {} : { override: options.publishAnyway }),
    ...(options.computeExpired === undefined ? {} : { computeExpired: options.computeExpired }),
  };
}

function common({ settings }: ActivityDeps): RunSettings {
  return {
    partitionStartDate: settings.partitionStartDate,
    maxPartitionsPerRun: settings.maxPartitionsPerRun,
    concurrency: settings.concurrency,
    order: 'oldest-first',
    eventTypes: settings.eventTypes,
    ...(settings.metrics ? { metrics: settings.metrics } : {}),
    lookbackDays: settings.lookbackDays,
    historyDays: settings.historyDays,
    deduplicate: settings.deduplicate,
    maxExecutionSeconds: settings.maxExecutionSeconds,
  };
}

function parse<T>(schema: z.ZodObject & z.ZodType<T>, input: unknown, usage: string): T {
  const known = Object.keys(schema.shape);
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, input, known));
  throw permanent(FAILURE.invalidInput, `${problems.join('; ')}. ${usage}`);
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown, known: readonly string[]): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `there is no option "${key}"${hint(key, known)}`);
  const [option] = issue.path;
  if (option === undefined) return [`input ${shown(input)}: expected an object`];
  return [`${String(option)} ${shown((input as Readonly<Record<PropertyKey, unknown>>)[option])}: ${issue.message}`];
}

/** As JSON, of which a history need not hold all. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A day before the start date, or one that is not over, is refused. */
function checkDay({ settings, now }: ActivityDeps, day: Partition, name: string): void {
  const today = fromTime(now());
  if (day >= today) {
    const why = day === today ? 'today is not over yet' : 'it lies in the future';
    throw permanent(
      FAILURE.invalidInput,
      `${name} ${day}: ${why}; the latest possible day is ${previousDay(today)}, which ended at ${nextDay(previousDay(today))} 00:00 UTC`,
    );
  }
  if (day < settings.partitionStartDate) {
    throw permanent(
      FAILURE.invalidInput,
      `${name} ${day} is before partition_start_date ${settings.partitionStartDate}; set LLMA_PARTITION_START_DATE to an earlier day, or begin later`,
    );
  }
}

function knownMetrics(deps: ActivityDeps, wanted: readonly string[]): readonly string[] {
  const known = deps.catalogue().templates.map(({ name }) => name);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length === 0) return [...wanted];
  throw permanent(
    FAILURE.invalidInput,
    `metrics: there is no template ${unknown.map((name) => `"${name}"${hint(name, known)}`).join(', ')}; known are ${known.join(', ')}`,
  );
}
