import type { Logged } from './query-log.js';

/** What our `log_comment` says of a statement, besides who runs it. */
const BY_COMMENT: readonly (readonly [key: string, kind: string])[] = [
  ['partitions', 'insert of candidates'],
  ['audit', 'audits'],
  ['recount', 'recount'],
  ['count', 'count of candidates'],
  ['lookback', 'look-back'],
  ['accept', 'accept'],
  ['publish', 'publish'],
];

/** Of those without one: what they touch, the first that fits. */
const BY_TABLE: readonly (readonly [table: RegExp, kind: string])[] = [
  [/^llma_pub_/, 'publish'],
  [/^llma_cand_/, 'count of candidates'],
  [/^llma_metrics_/, 'current and live rows'],
  [/^llma_partition_/, 'ledger'],
];

/** The statement that reads the events of a chunk. */
export const DECODE = 'decode';

/** What a statement is for, for people. */
export function kindOf({ log_comment, query_id, query_kind, text, tables, reads_events }: Logged): string {
  if (/EXPLAIN ESTIMATE/.test(text)) return 'estimate';
  if (/EXPLAIN AST/.test(text)) return 'which tables templates read';
  const about = commentOf(log_comment);
  if ('decode' in about && query_kind === 'Insert') return reads_events ? DECODE : 'deduplicate';
  if ('decode' in about) return 'count of the slice';
  const known = BY_COMMENT.find(([key]) => key in about);
  if (known) return known[1];
  if (query_id.startsWith('llma-pub-')) return 'publish';
  if (query_kind === 'KillQuery') return 'kill';
  if (query_kind === 'Create' || query_kind === 'Drop') return 'temporary tables';
  const touched = BY_TABLE.find(([table]) => tables.some((name) => table.test(name)));
  return touched?.[1] ?? 'system tables';
}

function commentOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const { llma } = JSON.parse(text) as { llma?: Readonly<Record<string, unknown>> };
    return llma ?? {};
  } catch {
    return {};
  }
}
