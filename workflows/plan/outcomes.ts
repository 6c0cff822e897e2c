import type { Partition } from '../../config/partition.js';
import { countDays, daysOf, toRanges, type DayRange } from './chunks.js';
import { short } from './short.js';

/** How a partition ended in a run. */
export type Outcome = 'published' | 'failed' | 'blocked' | 'superseded' | 'skipped';

export interface DayOutcome {
  readonly partition: Partition;
  readonly outcome: Outcome;
  /** Metric rows of the day. */
  readonly rows: number;
  /** Why, for a day that was not published. */
  readonly error?: string;
  /** What audits warned of, for a day that was published all the same. */
  readonly warning?: string;
}

export function failed(partition: Partition, error: string): DayOutcome {
  return { partition, outcome: 'failed', rows: 0, error: short(error) };
}

/** Begins a line of a blocked day's error where no override accepts the day. */
export const NO_OVERRIDE = 'no override accepts this';

/** An audit stopped the day. */
export function blocked(partition: Partition, error: string): DayOutcome {
  return { partition, outcome: 'blocked', rows: 0, error: short(error) };
}

/** A day whose source rows have expired: it is not computed, and what was visible stays. */
export function expired(partition: Partition, error: string): DayOutcome {
  return { ...failed(partition, error), outcome: 'skipped' };
}

/** A backfill's result: the days by outcome. */
export interface BackfillResult {
  readonly from: Partition;
  readonly to: Partition;
  readonly published: readonly Partition[];
  readonly failed: readonly Partition[];
  readonly blocked: readonly Partition[];
  readonly superseded: readonly Partition[];
  readonly skipped: readonly Partition[];
  readonly rows: number;
  /** What the failed and blocked days said, by day. Only the first hundred. */
  readonly errors: Readonly<Record<string, string>>;
  /** What audits warned of, by day. Only the first hundred. */
  readonly warnings?: Readonly<Record<string, string>>;
}

/** All that a backfill knows of its finished days, small enough to be carried through continue-as-new. */
export interface Tally {
  readonly days: Readonly<Record<Outcome, readonly DayRange[]>>;
  readonly rows: number;
  readonly errors: Readonly<Record<string, string>>;
  /** Undefined where an older run handed the tally on. */
  readonly warnings?: Readonly<Record<string, string>>;
}

export const EMPTY_TALLY: Tally = {
  days: { published: [], failed: [], blocked: [], superseded: [], skipped: [] },
  rows: 0,
  errors: {},
};

const MAX_TEXTS = 100;

/** The tally with more days; a day that ended before, and was tried again, counts by its latest outcome. */
export function addOutcomes(tally: Tally, outcomes: readonly DayOutcome[]): Tally {
  const again = new Set(outcomes.map(({ partition }) => partition));
  const days = {} as Record<Outcome, readonly DayRange[]>;
  for (const outcome of Object.keys(EMPTY_TALLY.days) as Outcome[]) {
    const kept = tally.days[outcome].flatMap(daysOf).filter((day) => !again.has(day));
    const added = outcomes.filter((day) => day.outcome === outcome).map(({ partition }) => partition);
    days[outcome] = toRanges([...kept, ...added]);
  }
  const texts = (before: Readonly<Record<string, string>> = {}, of: (day: DayOutcome) => string | undefined) => {
    const kept = Object.entries(before).filter(([day]) => !again.has(day as Partition));
    const news = outcomes.map((day) => [day.partition, of(day)] as const).filter(([, text]) => text !== undefined);
    return Object.fromEntries([...kept, ...news].slice(0, MAX_TEXTS)) as Record<string, string>;
  };
  return {
    days,
    rows: tally.rows + outcomes.reduce((sum, { rows }) => sum + rows, 0),
    errors: texts(tally.errors, ({ error }) => error),
    warnings: texts(tally.warnings, ({ warning }) => warning),
  };
}

/** Days that have ended, whatever the outcome. */
export function doneDays({ days }: Tally): number {
  return Object.values(days).reduce((sum, ranges) => sum + countDays(ranges), 0);
}

/** Days whose old rows stay, and that `retryFailed` takes again. */
export function retryable({ days }: Tally): Partition[] {
  return [...days.failed, ...days.blocked].flatMap(daysOf).sort();
}

export function toResult(range: DayRange, { days, rows, errors, warnings = {} }: Tally): BackfillResult {
  const list = (outcome: Outcome) => days[outcome].flatMap(daysOf);
  return {
    from: range.from,
    to: range.to,
    published: list('published'),
    failed: list('failed'),
    blocked: list('blocked'),
    superseded: list('superseded'),
    skipped: list('skipped'),
    rows,
    errors,
    ...(Object.keys(warnings).length > 0 ? { warnings } : {}),
  };
}
