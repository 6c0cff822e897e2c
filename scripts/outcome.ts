import type { DailyResult } from '../workflows/daily-metrics.js';
import { toRanges } from '../workflows/plan/chunks.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { addOutcomes, EMPTY_TALLY, NO_OVERRIDE, toResult, type BackfillResult } from '../workflows/plan/outcomes.js';
import { EXIT, type ExitCode } from './errors.js';
import { count, type Output } from './output.js';

/** How a run ended. */
export type RunEnd =
  | { readonly how: 'completed'; readonly result: BackfillResult }
  /** Failed as a whole; `refused` when it was given what it can't use. */
  | { readonly how: 'failed' | 'refused' | 'cancelled'; readonly message: string };

/** A daily run's result in the shape of a backfill's. */
export function asBackfillResult(result: BackfillResult | DailyResult): BackfillResult {
  if (!('days' in result)) return result;
  const days = result.days.map(({ partition }) => partition).sort();
  const range = { from: days[0] ?? result.partition, to: days.at(-1) ?? result.partition };
  return toResult(range, addOutcomes(EMPTY_TALLY, result.days));
}

/** Days with their errors that are shown one by one. */
const SHOWN = 10;

/** Prints how a run ended, and what to do about it. @returns the exit code. */
export function reportEnd(output: Output, workflowId: string, end: RunEnd): ExitCode {
  if (end.how !== 'completed') {
    output.error(`${workflowId} ${end.how === 'cancelled' ? 'was cancelled' : 'failed'}: ${end.message}`);
    return end.how === 'refused' ? EXIT.refused : EXIT.failed;
  }
  const { failed, blocked, superseded, skipped, published, rows } = end.result;
  const bad = [...failed, ...blocked].sort();
  const rest = [
    ...(superseded.length > 0 ? [`${superseded.length} superseded by a later computation`] : []),
    ...(skipped.length > 0 ? [skippedDays(end.result)] : []),
  ];
  const sign = bad.length === 0 ? output.style('green', '✓') : output.style('red', '✗');
  const summary = [`${count(published.length, 'day')} published, ${count(rows, 'row')}`, ...rest].join(' · ');
  output.say(`${sign} ${workflowId}: ${summary}`);
  for (const day of skipped.slice(0, SHOWN)) output.note(dayLine(day, end.result.errors[day] ?? 'skipped'));
  warn(output, end.result);
  if (bad.length === 0) return EXIT.ok;
  const were = bad.length === 1 ? 'was blocked' : 'were blocked';
  const what = blocked.length === 0 ? 'failed' : failed.length === 0 ? were : `failed or ${were}`;
  output.error(`${count(bad.length, 'day')} ${what}; what was published of them before stays:`);
  for (const day of bad.slice(0, SHOWN)) output.note(dayLine(day, end.result.errors[day] ?? 'see the Temporal UI'));
  const more = toRanges(bad.slice(SHOWN));
  if (more.length > 0)
    output.note(`  and ${more.map(({ from, to }) => (from === to ? from : `${from} … ${to}`)).join(', ')}`);
  output.note(`  when it is mended: llma retry-failed ${workflowId}`);
  const anyway = blocked.find((day) => mayBeOverridden(end.result.errors[day]));
  if (anyway !== undefined)
    output.note(`  if a blocked day is right all the same: llma publish-anyway ${anyway} --reason TEXT`);
  return EXIT.failed;
}

/** Whether a blocked day's error leaves it to people. What is not known of a day is no reason to advise it. */
function mayBeOverridden(error: string | undefined): boolean {
  return error !== undefined && !error.includes(`\n${NO_OVERRIDE}`);
}

/** A day and what is said of it, which may have several lines. */
export function dayLine(day: string, text: string): string {
  return `  ${day}  ${text.replaceAll('\n', '\n              ')}`;
}

/** Says what audits warned of: the days are published, and somebody should look at them. */
function warn(output: Output, { warnings = {} }: BackfillResult): void {
  const days = Object.entries(warnings);
  if (days.length === 0) return;
  output.warn(`${count(days.length, 'day')} published with a warning:`);
  for (const [day, text] of days.slice(0, SHOWN)) output.note(dayLine(day, text));
  if (days.length > SHOWN) output.note(`  and ${days.length - SHOWN} more: llma show DATE`);
}

function skippedDays({ skipped, errors }: BackfillResult): string {
  const expired = skipped.every((day) => errors[day]?.startsWith(FAILURE.expired));
  return `${skipped.length} skipped${expired ? ' (expired)' : ''}`;
}
