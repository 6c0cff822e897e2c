import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { statement, type Logged } from './query-log.js';
import { median, spread, type Spread } from './statistics.js';

/** A statement of the benchmark's own, as its client and the server saw it. */
export interface Timed {
  /** From the request to the answer. */
  readonly ms: number;
  readonly queryId: string;
}

/** Runs a statement to its end. */
export async function timed(
  clickhouse: ClickHouseClient,
  query: string,
  query_params: Record<string, unknown> = {},
): Promise<Timed> {
  const queryId = `bench-${randomUUID()}`;
  const began = performance.now();
  await clickhouse.command({ query, query_params, query_id: queryId });
  return { ms: performance.now() - began, queryId };
}

/** Several rounds of a statement, or of several that follow each other. */
export interface Rounds {
  readonly ms: readonly number[];
  readonly spread: Spread;
  readonly readRows: number;
  readonly readBytes: number;
  /** Peak of one statement. */
  readonly memory: number;
}

/** Adds up what belongs to one round, and gives what is in the middle. @param rounds the ids of each round's statements */
export async function summed(clickhouse: ClickHouseClient, rounds: readonly (readonly Timed[])[]): Promise<Rounds> {
  const logs: Logged[][] = [];
  for (const round of rounds) {
    const found: Logged[] = [];
    for (const { queryId } of round) found.push(await statement(clickhouse, queryId));
    logs.push(found);
  }
  const ms = rounds.map((round) => round.reduce((total, one) => total + one.ms, 0));
  const total = (key: 'read_rows' | 'read_bytes') =>
    median(logs.map((round) => round.reduce((all, one) => all + one[key], 0)));
  return {
    ms,
    spread: spread(ms),
    readRows: total('read_rows'),
    readBytes: total('read_bytes'),
    memory: Math.max(...logs.flat().map(({ memory_usage }) => memory_usage)),
  };
}
