import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { statementsOf } from './query-log.js';
import { median, spread, sum, type Spread } from './statistics.js';

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

/** Adds up what belongs to one round, and gives what is in the middle. @param rounds the statements of each */
export async function summed(clickhouse: ClickHouseClient, rounds: readonly (readonly Timed[])[]): Promise<Rounds> {
  const logs = await statementsOf(
    clickhouse,
    rounds.flat().map(({ queryId }) => queryId),
  );
  const ms = rounds.map((round) => sum(round.map((one) => one.ms)));
  const total = (key: 'read_rows' | 'read_bytes') =>
    median(rounds.map((round) => sum(round.map(({ queryId }) => logs.get(queryId)?.[key] ?? NaN))));
  return {
    ms,
    spread: spread(ms),
    readRows: total('read_rows'),
    readBytes: total('read_bytes'),
    memory: Math.max(...[...logs.values()].map(({ memory_usage }) => memory_usage)),
  };
}
