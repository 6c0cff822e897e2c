import { ApplicationFailure } from '@temporalio/common';
import type { VerifyRowCountsInput } from '../../activities/verify-row-counts.js';
import type { ActivityHarness } from './activity-harness.js';
import { rowsTemplate } from './events.js';
import type { Pipeline } from './pipeline.js';

/** A candidate: team, metric, value. */
export type Row = readonly [team: number, metric: string, value: number | string];

/** Two rows that no audit minds. */
export const GOOD: readonly Row[] = [
  [1, 'm', 1],
  [2, 'm', 2],
];

export interface DaysOfRows {
  readonly harness: ActivityHarness;
  readonly pipeline: Pipeline;
  /** By day. */
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  /** Audits beside those that are shipped, by name. */
  readonly audits?: Readonly<Record<string, string>>;
}

/** Writes the candidates of days of one chunk, each with rows of its own. @returns what verifies them. */
export async function insertDays({
  harness,
  pipeline,
  rows,
  audits = {},
}: DaysOfRows): Promise<VerifyRowCountsInput[]> {
  const candidates = await pipeline.open();
  const all = Object.keys(rows).sort();
  const inputs: VerifyRowCountsInput[] = [];
  for (const [date, own] of Object.entries(rows)) {
    const named = Object.fromEntries(Object.entries(audits).map(([name, sql]) => [`audits/${name}`, sql]));
    harness.templates({ m: `-- metrics: m, x*, tax, divide*, ai_*, first\n${rowsTemplate(...own)}`, ...named });
    const rendered = await pipeline.render(date);
    const { templates, partition, llmEvents } = rendered;
    const from = llmEvents === undefined ? {} : { llmEvents };
    const common = { candidates, chunk: 0, maxExecutionSeconds: 60, partition, ...from };
    const { token, writtenRows } = await harness.run('executeInsert', { ...common, templates });
    inputs.push({
      ...common,
      token,
      writtenRows,
      templates: ['m'],
      declared: { m: templates[0]!.declared! },
      eventTypes: harness.settings.eventTypes,
      days: { from: all[0] as never, to: all.at(-1) as never },
    });
  }
  return inputs;
}

/** What becomes of a verification, in a form that can be compared. */
export async function verificationOf(harness: ActivityHarness, input: VerifyRowCountsInput): Promise<unknown> {
  try {
    return await harness.run('verifyRowCounts', input, harness.environment({ activityId: input.partition }));
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const { type, message, nonRetryable, details } = error;
    return { type, message, nonRetryable, details };
  }
}
