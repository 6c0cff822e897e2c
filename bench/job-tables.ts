/** What a whole job is made of. */
import { DECODE, kindOf } from './kinds.js';
import type { Logged } from './query-log.js';
import type { Table } from './results.js';
import { median, sum } from './statistics.js';
import type { Usage } from './usage.js';

/** Our statements by what they are for, the most expensive first. @param jobs the statements of each */
export function statementsTable(jobs: readonly (readonly Logged[])[]): Table {
  const chunks = Math.max(1, median(jobs.map((log) => log.filter((one) => kindOf(one) === DECODE).length)));
  const kinds = [...new Set(jobs.flat().map(kindOf))];
  const rows = kinds.map((kind) => {
    const of = jobs.map((log) => log.filter((one) => kindOf(one) === kind));
    const total = (value: (one: Logged) => number) => median(of.map((log) => sum(log.map(value))));
    const [number, ms, cpu] = [
      median(of.map(({ length }) => length)),
      total(({ ms }) => ms),
      total((one) => one.cpu_ms),
    ];
    const peak = Math.max(...of.flat().map(({ memory_usage }) => memory_usage)) / 1e6;
    return { ms, row: [kind, number / chunks, ms / chunks, cpu / chunks, total((one) => one.read_bytes) / 1e6, peak] };
  });
  return {
    title: 'Statements, a chunk',
    columns: [
      { head: 'statements' },
      { head: 'number', digits: 1 },
      { head: 'ms', digits: 1 },
      { head: 'CPU, ms', digits: 1 },
      { head: 'MB read, whole job', digits: 1 },
      { head: 'peak MB of one', digits: 1 },
    ],
    rows: rows.sort((one, other) => other.ms - one.ms).map(({ row }) => row),
    note: `a chunk is a decoding statement: ${chunks} a job`,
  };
}

/** What decoding has written: the slices of all chunks together, and of one of them. */
export function sliceTable(jobs: readonly (readonly Logged[])[]): Table {
  const decodes = jobs.map((log) => log.filter((one) => kindOf(one) === DECODE));
  const [written = []] = decodes;
  const rows = sum(written.map((one) => one.written_rows));
  const bytes = sum(written.map((one) => one.written_bytes));
  const largest = Math.max(0, ...written.map((one) => one.written_bytes));
  return {
    title: 'Slices',
    columns: [
      { head: 'slices' },
      { head: 'rows of all' },
      { head: 'MB of all', digits: 1 },
      { head: 'MB of the largest', digits: 1 },
      { head: 'bytes a row' },
    ],
    rows: [[written.length, rows, bytes / 1e6, largest / 1e6, rows === 0 ? null : bytes / rows]],
  };
}

/** Processor time and memory of the three processes. */
export function usageTable(usages: readonly Usage[], partitions: number): Table {
  const names = ['clickhouse', 'temporal', 'worker'] as const;
  return {
    title: 'Processes',
    columns: [{ head: 'process' }, { head: 'CPU, ms a partition', digits: 1 }, { head: 'peak resident MB' }],
    rows: names.map((name) => [
      name,
      median(usages.map((usage) => usage[name].cpuMs)) / partitions,
      Math.max(...usages.map((usage) => usage[name].peakBytes)) / 1e6,
    ]),
    note: 'peak is since the round began where the system keeps it (Linux), else at its end',
  };
}
