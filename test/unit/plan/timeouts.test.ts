import { expect, it } from 'vitest';
import { queryTimeouts } from '../../../workflows/plan/timeouts.js';

it.each([1, 300, 1800, 86_400])('an attempt outlives the query’s own limit', (seconds) => {
  // The query, as long again to find the template to blame, and a minute: ClickHouse always gives up first.
  expect(queryTimeouts(seconds).startToCloseTimeout).toBeGreaterThan((seconds + 60) * 1000);
});
