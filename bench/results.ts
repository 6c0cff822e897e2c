import type { TargetResult } from './targets.js';

/** A column of a table: numbers are aligned to the right. */
export interface Column {
  readonly head: string;
  /** Of numbers, behind the point. Default 0. */
  readonly digits?: number;
}

export type Cell = string | number | null;

export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** What must be known to read it. */
  readonly note?: string;
}

/** What every round gave, for whoever wants more than the table says. */
export interface Series {
  readonly what: string;
  readonly unit: 'ms' | 'bytes' | 'rows';
  readonly values: readonly number[];
}

/** What a part has measured at one size. */
export interface PartResult {
  readonly part: string;
  readonly size: string;
  /** How often it was measured. */
  readonly rounds: number;
  readonly tables: readonly Table[];
  readonly targets: readonly TargetResult[];
  readonly series: readonly Series[];
}

/** A run of the benchmark: what is written as JSON. */
export interface Results {
  readonly at: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly parts: readonly PartResult[];
}
