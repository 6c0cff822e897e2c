/** Anomalies happen when their guards are off, and do not when all are on. All of them, and which guard alone stops each: `npm run chaos:guards`. */
import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { NONE_OFF } from '../support/unguarded/guards.js';
import type { Anomaly, Report } from './anomalies/anomaly.js';
import { ANOMALIES } from './anomalies/index.js';
import { measure } from './anomalies/measure.js';

const harness = withDatabase();
const made = ANOMALIES.filter(({ how }) => how === 'made').map((of) => [of.name, of] as const);
const wrong = ({ wrongReads, wrongEnds }: Report) => wrongReads + wrongEnds;
const without = (anomaly: Anomaly) => measure(harness, anomaly, new Set(anomaly.guards), { rounds: 1 });

/** One of each kind: a publish, an accept, an execution, an emptied table. */
const QUICK = ['zombie-publisher', 'repeated-accept', 'lost-insert-answer', 'emptied-before-verify'];

test.each(made.filter(([name]) => QUICK.includes(name)))('%s', async (_, anomaly) => {
  expect(wrong(await without(anomaly)), 'without its guards').toBeGreaterThan(0);
  const guarded = await measure(harness, anomaly, NONE_OFF, { rounds: 1 });
  expect(guarded).toMatchObject({ wrongReads: 0, wrongEnds: 0, refused: 0, examples: [] });
});

test('each of them is an anomaly that is driven', () => {
  expect(made.map(([name]) => name)).toEqual(expect.arrayContaining(QUICK));
});
