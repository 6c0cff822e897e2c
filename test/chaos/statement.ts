import type { StatementKind } from './plan.js';

const PATTERNS: readonly (readonly [StatementKind, RegExp])[] = [
  ['swap', /REPLACE PARTITION/],
  ['kill', /KILL QUERY/],
  ['claim', /CREATE TABLE\s+\S*llma_(?:pub|cand|slice)_/],
  ['drop', /DROP TABLE/],
  ['build', /INSERT INTO\s+\S*llma_pub_/],
  ['decode', /INSERT INTO\s+\S*llma_slice_/],
  ['insert', /INSERT INTO\s+\S*llma_cand_/],
  ['accept', /INSERT INTO\s+\S*llma_metrics_(?:states_)?versions/],
  ['ledger', /INSERT INTO\s+\S*llma_partition_runs/],
];

/** What a worker's statement is for. The SQL is in the body, or in the address when the body has rows. */
export function statementKind(path: string, body: string): StatementKind {
  const query = new URL(path, 'http://any').searchParams.get('query') ?? '';
  return PATTERNS.find(([, pattern]) => pattern.test(query) || pattern.test(body))?.[0] ?? 'ask';
}
