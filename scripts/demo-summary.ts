import { openDatabase } from '../clickhouse/database.js';
import type { Settings } from '../config/settings.js';
import { processHost } from './host.js';
import { Output } from './output.js';
import { table } from './table.js';

interface Row {
  date: string;
  metric_name: string;
  total: number;
}

/** The query that analysts of such a table begin with, over what can be added up. */
const RECIPE = `
SELECT
    date,
    metric_name,
    sum(metric_value) as total
FROM llma_metrics_daily
WHERE date >= today() - INTERVAL 7 DAY AND match(metric_name, '_(count|tokens|cost_usd)$')
GROUP BY date, metric_name
ORDER BY date DESC, metric_name`;

/** What the recipe returns, with a column for each day. */
export async function summary(settings: Settings): Promise<string> {
  const database = openDatabase(settings.clickhouse);
  try {
    const rows = await database.select<Row>(RECIPE);
    const dates = [...new Set(rows.map(({ date }) => date))].sort();
    const metrics = [...new Set(rows.map((row) => row.metric_name))].sort();
    const cell = (metric: string, date: string): string => {
      const row = rows.find((one) => one.metric_name === metric && one.date === date);
      return row === undefined ? '–' : row.total.toLocaleString('en-US', { maximumFractionDigits: 2 });
    };
    const { stdout, stderr } = processHost();
    return table(
      new Output(stdout, stderr),
      [{ head: 'metric' }, ...dates.map((date) => ({ head: date.slice(5), align: 'right' as const }))],
      metrics.map((metric) => [metric, ...dates.map((date) => cell(metric, date))]),
    );
  } finally {
    await database.close();
  }
}
