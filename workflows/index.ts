// Every function that is exported here is a workflow type: nothing else may be.
export { backfillMetrics } from './backfill-metrics.js';
export { dailyMetrics } from './daily-metrics.js';
export { publishMonth } from './publish-month.js';
