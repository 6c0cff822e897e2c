import { type Partition } from '../config/partition.js';
import { CANONICAL_COLUMNS } from './canonical.js';
import { type Catalogue, type MetricTemplate, type TemplateFile } from './catalogue.js';
import { checkBranchColumns, checkMetricColumns, checkSourceColumns, type ColumnProblem, type DescribedColumn } from './columns.js';
import { TemplateError } from './errors.js';
import { declaredMetrics } from './header.js';
import { sourceVariables } from './relation.js';
import { renderTemplate, templateVariables } from './render.js';
import { isRefusal, readServerMessage } from './server-message.js';
import { leadingWith } from './sql-text.js';
import { traceLines, type Trace } from './trace.js';
import { wrapTemplate } from './wrap.js';

/** Something wrong with a file of `sql/`, for its author. */
export interface TemplateProblem {
  /** As people know it: `sql/event_counts.sql`. */
  readonly file: string;
  /** From 1; absent where the problem has no line. */
  readonly line?: number;
  readonly message: string;
}

/** Runs a complete `DESCRIBE (…)` statement and returns what it lists; rejects with ClickHouse's error. */
export type Describe = (statement: string) => Promise<readonly DescribedColumn[]>;

export interface ValidateOptions {
  readonly catalogue: Catalogue;
  readonly eventTypes: readonly string[];
  /** Any day: nothing is computed. */
  readonly samplePartition: Partition;
  readonly describe: Describe;
}
