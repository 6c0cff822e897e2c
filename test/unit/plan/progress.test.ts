import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, parsePartition } from '../../../config/partition.js';
import { fits, MAX_BYTES_IN_FLIGHT } from '../../../workflows/plan/budget.js';
import { FAILURE } from '../../../workflows/plan/failures.js';
import { backfillId, publishId } from '../../../workflows/plan/names.js';
import { addOutcomes, EMPTY_TALLY, failed, type DayOutcome, type Tally } from '../../../workflows/plan/outcomes.js';
import { eta, markdown, progressOf, type ProgressSource } from '../../../workflows/plan/progress.js';
import { queryTimeouts } from '../../../workflows/plan/timeouts.js';
import { monthOf } from '../../../config/partition.js';

const FROM = parsePartition('2026-01-01');
const TO = parsePartition('2026-01-31');
const AT = Date.parse('2026-02-01T00:00:00Z');

/** A tally of so many published days. */
function published(days: number): Tally {
  const outcomes = Array.from({ length: days }, (_, index): DayOutcome => {
    return { partition: addDays(FROM, index), outcome: 'published', rows: 10 };
  });
  return addOutcomes(EMPTY_TALLY, outcomes);
}

const source = (change: Partial<ProgressSource> = {}): ProgressSource => ({
  settings: { from: FROM, to: TO, maxPartitionsPerRun: 14, order: 'oldest-first' },
  tally: published(10),
  total: 31,
  current: [addDays(FROM, 10)],
  concurrency: 8,
  pausedBy: [],
  state: 'running',
  clock: { startedAt: AT, now: AT + 60_000 },
  ...change,
});

test('progress counts the days by outcome, and extrapolates the end', () => {
  const tally = addOutcomes(published(10), [failed(addDays(FROM, 9), 'no | way')]);
  expect(progressOf(source({ tally }))).toEqual({
    state: 'running',
    from: '2026-01-01',
    to: '2026-01-31',
    total: 31,
    done: 10,
    published: 9,
    failed: 1,
    blocked: 0,
    superseded: 0,
    skipped: 0,
    rows: 100,
    current: ['2026-01-11'],
    concurrency: 8,
    maxPartitionsPerRun: 14,
    order: 'oldest-first',
    pausedBy: [],
    errors: { '2026-01-10': 'no | way' },
    warnings: {},
    // 10 days in a minute: 21 more take 2 min 6 s.
    eta: '2026-02-01T00:03:06.000Z',
  });
});

test('the metrics are told only when they were chosen', () => {
  const settings = { ...source().settings, metrics: ['event_counts'] };
  expect(progressOf(source({ settings })).metrics).toEqual(['event_counts']);
  expect('metrics' in progressOf(source())).toBe(false);
});

test.each([
  ['nothing is done yet', source({ tally: EMPTY_TALLY })],
  ['it is paused', source({ state: 'paused', pausedBy: ['lunch'] })],
  ['it is cancelled', source({ state: 'cancelled' })],
  ['everything is done', source({ tally: published(31) })],
])('there is no eta when %s', (_, of) => {
  expect('eta' in progressOf(of)).toBe(false);
});

test('the eta is never in the past, and always a time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(400), fc.nat(90 * 86_400_000), (done, more, elapsed) => {
      const clock = { startedAt: AT, now: AT + elapsed };
      const end = eta(published(done), done + more, clock);
      if (more === 0) expect(end).toBeUndefined();
      else expect(Date.parse(end!)).toBeGreaterThanOrEqual(clock.now);
    }),
  );
});

test('the UI shows a table, whose cells no error can break', () => {
  const tally = addOutcomes(published(1), [failed(addDays(FROM, 1), 'a | b\nc')]);
  const text = markdown(progressOf(source({ tally, state: 'paused', pausedBy: ['operator', 'business hours'] })));
  expect(text).toBe(
    [
      '**paused** · 2026-01-01 … 2026-01-31 · paused by: operator, business hours',
      '',
      '| done | total | published | failed | blocked | superseded | skipped | rows |',
      '|---:|---:|---:|---:|---:|---:|---:|---:|',
      '| 2 | 31 | 1 | 1 | 0 | 0 | 0 | 10 |',
      '',
      '| day | error |',
      '|---|---|',
      '| 2026-01-02 | a \\| b c |',
    ].join('\n'),
  );
});

test('the UI shows at most twenty errors', () => {
  const outcomes = Array.from({ length: 31 }, (_, index) => failed(addDays(FROM, index), 'no'));
  const text = markdown(progressOf(source({ tally: addOutcomes(EMPTY_TALLY, outcomes) })));
  expect(text.match(/\| no \|/g)).toHaveLength(20);
});

test('SQL in flight stays below its limit, and one partition always goes', () => {
  expect([fits(0, MAX_BYTES_IN_FLIGHT + 1), fits(1, MAX_BYTES_IN_FLIGHT), fits(1, MAX_BYTES_IN_FLIGHT - 1)]).toEqual([
    true,
    false,
    true,
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat(200_000), { maxLength: 200 }), (sizes) => {
      let inFlight = 0;
      for (const bytes of sizes) if (fits(inFlight, bytes)) inFlight += bytes;
      return inFlight <= MAX_BYTES_IN_FLIGHT;
    }),
  );
});

test('ids and failure types are the ones that outsiders rely on', () => {
  expect([publishId(monthOf(FROM)), backfillId(FROM, TO)]).toEqual([
    'publish/202601',
    'backfill/2026-01-01_2026-01-31',
  ]);
  expect(new Set(Object.values(FAILURE)).size).toBe(Object.keys(FAILURE).length);
  for (const type of Object.values(FAILURE)) expect(type).toMatch(/^[A-Z][A-Za-z]+$/);
});

test('ClickHouse gives up before Temporal does', () => {
  for (const seconds of [1, 1800, 86_400]) {
    expect(queryTimeouts(seconds).startToCloseTimeout).toBeGreaterThan(seconds * 1000 + 30_000);
  }
});
