/** Each anomaly happens when its guards are off, and does not when all are on. Which guard alone stops it: `npm run chaos:guards`. */
import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { NONE_OFF } from '../support/unguarded/guards.js';
import type { Anomaly, Report } from './anomalies/anomaly.js';
import { ANOMALIES } from './anomalies/index.js';
import { measure } from './anomalies/measure.js';

const harness = withDatabase();
const named = (how: Anomaly['how']) =>
  ANOMALIES.filter((anomaly) => anomaly.how === how && anomaly.name !== 'fuzz').map((of) => [of.name, of] as const);
const wrong = ({ wrongReads, wrongEnds }: Report) => wrongReads + wrongEnds;
const without = (anomaly: Anomaly) => measure(harness, anomaly, new Set(anomaly.guards), { rounds: 1 });

test.each(named('made'))('%s', async (_, anomaly) => {
  expect(wrong(await without(anomaly)), 'without its guards').toBeGreaterThan(0);
  const guarded = await measure(harness, anomaly, NONE_OFF, { rounds: 1 });
  expect(guarded).toMatchObject({ wrongReads: 0, wrongEnds: 0, refused: 0, examples: [] });
});

test.each(named('by chance'))(
  '%s',
  async (_, anomaly) => {
    let seen = 0;
    for (let tries = 0; tries < 10 && seen === 0; tries++) seen += wrong(await without(anomaly));
    expect(seen, 'without its guards').toBeGreaterThan(0);
    const guarded = await measure(harness, anomaly, NONE_OFF, { rounds: 1 });
    expect(guarded).toMatchObject({ wrongReads: 0, wrongEnds: 0, refused: 0, examples: [] });
  },
  120_000,
);
