import type { AuditSentence } from '../activities/describe-findings.js';
import type { Partition } from '../config/partition.js';
import { auditRemarks, type Audited } from './audit-remarks.js';
import type { Block } from './blocks.js';
import { count } from './output.js';

/** A day's row of `llma_partition_status`. */
export interface DayStatus extends Audited {
  readonly status: string;
  readonly rows: string;
  /** Events and teams of the visible computation. */
  readonly source_rows: string;
  readonly teams: string;
  /** Events with a property that the source could not read. */
  readonly not_understood: string;
  readonly templates: Readonly<Record<string, string>>;
  /** Why a guard or an audit was overridden. */
  readonly reason: string;
  readonly published_at: string | null;
  readonly last_attempt_at: string;
  readonly last_attempt_status: string;
  readonly last_attempt_error: string;
}

interface Shown {
  readonly date: Partition;
  readonly team: string | undefined;
  /** Rows that are shown. */
  readonly rows: number;
  readonly status: DayStatus | undefined;
  /** Why no backfill would compute the day, if that is so. */
  readonly notComputable: string | undefined;
  /** Blocks of the day that still stand, the latest first. */
  readonly blocks: readonly Block[];
  /** Templates of blocks whose files are gone. */
  readonly gone: readonly string[];
  /** The audits that there are, for their sentences. */
  readonly audits: readonly AuditSentence[];
}

/** The shipped template that has a row for every team with events. */
const COUNTS = 'event_counts';

/** What a day's table alone doesn't tell: a zero, a team without events and a day that never was computed all look alike in it. */
export function remarks(shown: Shown): string[] {
  const { date, status, rows } = shown;
  if (!status) {
    const next = shown.notComputable ?? `"llma backfill --from ${date} --to ${date}" computes it`;
    return rows > 0 ? [] : [`${date} was never computed: ${next}`];
  }
  const published = status.status === 'published';
  const lines: string[] = [];
  if (published && rows === 0) lines.push(emptiness(shown, status));
  if (published && status.reason !== '') lines.push(`an objection was overridden for ${date}: ${status.reason}`);
  if (published)
    lines.push(...notUnderstood(date, Number(status.not_understood)), ...auditRemarks(status, shown.audits));
  if (status.last_attempt_status === 'computed') {
    lines.push(`${date} is accepted, and not visible yet: if nothing runs, "llma doctor" publishes it`);
  }
  if (status.last_attempt_status === 'superseded') {
    lines.push(`the last attempt at ${date} was superseded: rows of a later snapshot had been accepted before its own`);
  }
  if (['failed', 'blocked', 'expired', 'cancelled'].includes(status.last_attempt_status)) {
    const what = published ? 'these are its rows from before' : 'it has never been published';
    const why = status.last_attempt_error === '' ? '' : `: ${status.last_attempt_error}`;
    lines.push(`the last attempt at ${date} ${attempt(status.last_attempt_status)}${why}`, what);
  }
  return [...lines, ...standing(shown, status)];
}

/** What was blocked, and is not what the last attempt says: another run has had the last word since. */
function standing({ date, blocks, gone }: Shown, status: DayStatus): string[] {
  const [latest = [], ...earlier] = blocks;
  const isSaid = status.last_attempt_status === 'blocked';
  const unsaid = (isSaid ? earlier : blocks).flatMap((block) => (block.length > 0 ? block : [UNNAMED]));
  const names = [...new Set(unsaid)].filter((name) => !isSaid || !latest.includes(name)).sort();
  const lines =
    names.length === 0 ? [] : [`blocked, and not published: ${names.join(', ')}; see "llma publish-anyway ${date}"`];
  if (gone.length > 0)
    lines.push(`blocked, and gone from sql/: ${gone.join(', ')}; nothing is left to publish of that`);
  return lines;
}

/** Of rows of before the ledger had names. */
const UNNAMED = 'templates that the ledger does not name';

function notUnderstood(date: Partition, events: number): string[] {
  if (events === 0) return [];
  const were = events === 1 ? 'was' : 'were';
  return [
    `${count(events, 'event')} of ${date} ${were} not understood, in part or wholly; what that means: docs/metrics.md#what-is-not-understood`,
  ];
}

/** Why a published day, or a team of it, shows no rows. */
function emptiness({ date, team }: Shown, status: DayStatus): string {
  const [dayRows, events, teams] = [status.rows, status.source_rows, status.teams].map(Number) as [
    number,
    number,
    number,
  ];
  if (dayRows > 0 && team !== undefined) {
    const others = teams > 0 ? `, and ${count(teams, 'other team')} had ${count(events, 'event')}` : '';
    if (COUNTS in status.templates) {
      return `team ${team} had no events on ${date}: the day was computed${others} (${count(dayRows, 'row')}, none of team ${team})`;
    }
    return `${date} has ${count(dayRows, 'row')}, none of team ${team}: it had no events, or no template returned a row of it`;
  }
  if (events > 0) {
    return `${date} was computed, and has no rows: there were ${count(events, 'event')}, and no template returned a row`;
  }
  return `${date} was computed, and has no rows: there were no events`;
}

function attempt(status: string): string {
  if (status === 'expired') return 'was skipped, because its source rows have expired';
  return status === 'failed' ? status : `was ${status}`;
}
