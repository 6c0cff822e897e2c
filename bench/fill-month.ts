/** A month that has rows already: accepted in bulk, and published as any other. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { Month, Partition } from '../config/partition.js';
import { publishId, TASK_QUEUE, WORKFLOW } from '../workflows/plan/names.js';
import type { Ground } from './ground.js';
import { rows } from './query-log.js';

export interface Filling {
  readonly month: Month;
  /** The first of the filled days. */
  readonly from: Partition;
  readonly days: number;
  readonly teams: number;
}

const METRICS = 32;
const TEMPLATES = 10;

/** The markers and the ledger say what the rows are, so that a publish finds nothing wrong. @returns rows that are visible then */
export async function fillMonth({ clickhouse, client }: Ground, filling: Filling): Promise<number> {
  const { month, from, days, teams } = filling;
  const params = { from, days, teams, metrics: METRICS, templates: TEMPLATES };
  for (const query of [ROWS, MARKERS, LEDGER]) {
    await clickhouse.command({ query, query_params: params, clickhouse_settings: { max_insert_threads: '2' } });
  }
  await clickhouse.command({ query: 'OPTIMIZE TABLE llma_metrics_versions FINAL' });
  await client.workflow.execute(WORKFLOW.publish, {
    taskQueue: TASK_QUEUE,
    workflowId: publishId(month),
    // A worker looks for unfinished months all the time, and may have been first.
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [{ month }],
  });
  return await visibleRows(clickhouse, month);
}

/** Rows of a month of the live table. */
export async function visibleRows(clickhouse: ClickHouseClient, month: Month): Promise<number> {
  const query = 'SELECT count() AS n FROM llma_metrics_daily WHERE toYYYYMM(date) = {month:UInt32}';
  const [row] = await rows<{ n: number }>(clickhouse, query, { month });
  return row?.n ?? 0;
}

const RUN = `cityHash64('bench', date, template)`;
const ROWS = `INSERT INTO llma_metrics_versions (date, team_id, metric_name, metric_value, template, version, run)
SELECT toDate({from:Date} + intDiv(number, {teams:UInt64} * {metrics:UInt64})) AS date, 1 + intDiv(number, {metrics:UInt64}) % {teams:UInt64},
    concat('filled_', toString(number % {metrics:UInt64})), cityHash64(number) % 1000000 / 100,
    concat('filled_', toString(number % {metrics:UInt64} % {templates:UInt64})) AS template, 1, ${RUN}
FROM numbers({days:UInt64} * {teams:UInt64} * {metrics:UInt64})`;
const MARKERS = `INSERT INTO llma_metrics_versions (date, team_id, metric_name, metric_value, template, version, run)
SELECT date, 0, '', count(), template, 1, run FROM llma_metrics_versions WHERE startsWith(metric_name, 'filled_') GROUP BY date, template, run`;
const LEDGER = `INSERT INTO llma_partition_runs (date, status, token, version, rows, templates, template_rows)
SELECT date, 'computed', 'bench', 1, sum(n), mapFromArrays(groupArray(template), groupArray('bench')), mapFromArrays(groupArray(template), groupArray(n))
FROM (SELECT date, toString(v.template) AS template, toUInt64(v.metric_value) AS n FROM llma_metrics_versions AS v WHERE team_id = 0 AND metric_name = '' AND startsWith(v.template, 'filled_'))
GROUP BY date`;
