import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What the process of analysts is asked for. */
export interface AnalystInput {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  readonly queries: number;
  /** Queries a second. */
  readonly pace: number;
  readonly teams: number;
  /** First day that is asked for. */
  readonly start: string;
}

/** What it saw. */
export interface AnalystReport {
  /** Milliseconds of each query, from the moment at which it was due to its answer. */
  readonly times: readonly number[];
  /** Milliseconds by which each began late: what the measuring process itself adds to the times. */
  readonly late: readonly number[];
  /** Of one processor. */
  readonly cpuShare: number;
}

/** Asks from a process of its own, so that nothing but the servers is slow when the benchmark is busy. */
export async function askAsAnalysts(input: AnalystInput): Promise<AnalystReport> {
  const file = join(import.meta.dirname, 'analyst-process.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file, JSON.stringify(input)], {
    maxBuffer: 1e8,
  });
  return JSON.parse(stdout) as AnalystReport;
}
