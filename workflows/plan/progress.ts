import type { Partition } from '../../config/partition.js';
import { countDays, type DayRange } from './chunks.js';
import { doneDays, type Tally } from './outcomes.js';

export type RunState = 'running' | 'paused' | 'finishing' | 'done' | 'cancelled' | 'failed';

/** What the query `progress` answers. */
export interface Progress {
  readonly state: RunState;
  readonly from: Partition;
  readonly to: Partition;
  /** Partitions of the whole run, and those that have ended. */
  readonly total: number;
  readonly done: number;
  readonly published: number;
  readonly failed: number;
  readonly blocked: number;
  readonly superseded: number;
  readonly skipped: number;
  /** Metric rows of the published days. */
  readonly rows: number;
  /** Partitions that are being computed now. */
  readonly current: readonly Partition[];
  readonly concurrency: number;
  readonly maxPartitionsPerRun: number;
  readonly order: string;
  /** Template names that are computed; undefined means all. */
  readonly metrics?: readonly string[];
  /** Why days whose source rows have expired are computed. */
  readonly computeExpired?: string;
  /** Why it is paused; empty when it isn't. */
  readonly pausedBy: readonly string[];
  /** What the failed and blocked days said, by day. */
  readonly errors: Readonly<Record<string, string>>;
  /** What audits warned of, by day. */
  readonly warnings: Readonly<Record<string, string>>;
  /** Expected end, ISO 8601; undefined before the first chunk has ended, and while paused. */
  readonly eta?: string;
}

/** What a run knows of itself. */
export interface ProgressSource {
  readonly settings: DayRange & {
    readonly maxPartitionsPerRun: number;
    readonly order: string;
    readonly metrics?: readonly string[];
    readonly computeExpired?: string;
  };
  readonly tally: Tally;
  readonly total: number;
  readonly current: readonly Partition[];
  readonly concurrency: number;
  readonly pausedBy: readonly string[];
  readonly state: RunState;
  readonly clock: Clock;
}

export function progressOf({ settings, tally, total, clock, ...rest }: ProgressSource): Progress {
  const { days, rows, errors, warnings = {} } = tally;
  const end = rest.state === 'running' ? eta(tally, total, clock) : undefined;
  return {
    ...rest,
    from: settings.from,
    to: settings.to,
    total,
    done: doneDays(tally),
    published: countDays(days.published),
    failed: countDays(days.failed),
    blocked: countDays(days.blocked),
    superseded: countDays(days.superseded),
    skipped: countDays(days.skipped),
    rows,
    errors,
    warnings,
    maxPartitionsPerRun: settings.maxPartitionsPerRun,
    order: settings.order,
    ...(settings.metrics ? { metrics: settings.metrics } : {}),
    ...(settings.computeExpired ? { computeExpired: settings.computeExpired } : {}),
    ...(end === undefined ? {} : { eta: end }),
  };
}

export interface Clock {
  /** When the run began to work, and the workflow's time now: milliseconds since 1970. */
  readonly startedAt: number;
  readonly now: number;
}

/** When a run will end if it goes on as it did, ISO 8601. */
export function eta(tally: Tally, total: number, { startedAt, now }: Clock): string | undefined {
  const done = doneDays(tally);
  if (done === 0 || done >= total) return undefined;
  return new Date(now + ((now - startedAt) / done) * (total - done)).toISOString();
}

/** A Markdown table of the run, for the Temporal UI. */
export function markdown(progress: Progress): string {
  const { state, done, total, published, failed, blocked, superseded, skipped, rows, from, to } = progress;
  const lines = [
    `**${state}** · ${from} … ${to}${progress.pausedBy.length > 0 ? ` · paused by: ${progress.pausedBy.join(', ')}` : ''}`,
    '',
    '| done | total | published | failed | blocked | superseded | skipped | rows |',
    '|---:|---:|---:|---:|---:|---:|---:|---:|',
    `| ${done} | ${total} | ${published} | ${failed} | ${blocked} | ${superseded} | ${skipped} | ${rows} |`,
  ];
  if (progress.eta !== undefined) lines.push('', `expected end: ${progress.eta}`);
  lines.push(...listed('error', progress.errors), ...listed('warning', progress.warnings));
  return lines.join('\n');
}

/** The first of some texts by day, as a table. */
function listed(head: string, texts: Readonly<Record<string, string>>): string[] {
  const rows = Object.entries(texts).slice(0, 20);
  if (rows.length === 0) return [];
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return ['', `| day | ${head} |`, '|---|---|', ...rows.map(([day, text]) => `| ${day} | ${cell(text)} |`)];
}
