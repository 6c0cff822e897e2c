/** When a month is published by itself: not while somebody is about to, and not again and again where it does not help. */
import { describe, expect, it } from 'vitest';
import type { MonthLook } from '../../../clickhouse/look.js';
import type { Month } from '../../../config/partition.js';
import { MonthWatch } from '../../../worker/month-watch.js';

const month = '202601' as Month;
const equal = (signature: string): MonthLook => ({ month, differs: false, accepted: '', signature });
const differs = (signature: string, accepted = ''): MonthLook => ({ month, differs: true, accepted, signature });
const PAUSE = 30_000;

describe('a month', () => {
  it('that is as it was when its rows were compared is well', () => {
    const watch = new MonthWatch(month, equal('a'));
    expect(watch.look(equal('a'), 0)).toBe('well');
  });

  it('that differs once is left to whoever changes it, and then published', () => {
    const watch = new MonthWatch(month, equal('a'));
    expect([watch.look(differs('b'), 0), watch.look(equal('c'), 1), watch.look(differs('d'), 2)]).toEqual([
      'wait',
      'wait',
      'wait',
    ]);
    expect(watch.look(differs('e'), 3)).toBe('publish');
  });

  it('of which days are accepted from look to look is left to who does so, but not for ever', () => {
    const watch = new MonthWatch(month, equal('a'));
    const looks = ['1', '2', '3'].map((accepted, now) => watch.look(differs(accepted, accepted), now));
    expect(looks).toEqual(['wait', 'wait', 'publish']);
    expect([watch.look(equal('c'), 3), watch.look(differs('4', '4'), 4), watch.look(differs('5', '5'), 5)]).toEqual([
      'wait',
      'wait',
      'wait',
    ]);
  });

  it('whose count is right is compared when it stands still after a change, once', () => {
    const watch = new MonthWatch(month, equal('a'));
    expect([watch.look(equal('b'), 0), watch.look(equal('c'), 1), watch.look(equal('c'), 2)]).toEqual([
      'wait',
      'wait',
      'compare',
    ]);
    expect(watch.wasCompared(true)).toBe(0);
    expect(watch.look(equal('c'), 3)).toBe('well');
  });

  it('of which nothing is known is compared', () => {
    const watch = new MonthWatch(month);
    expect([watch.look(equal('a'), 0), watch.look(equal('a'), 1)]).toEqual(['wait', 'compare']);
  });

  it('whose rows are not the current ones is published, and not compared again until it changes', () => {
    const watch = new MonthWatch(month);
    watch.look(equal('a'), 0);
    expect(watch.look(equal('a'), 1)).toBe('compare');
    watch.wasCompared(false);
    expect(watch.look(equal('a'), 1)).toBe('publish');
    watch.wasPublished(1, PAUSE);
    expect(watch.look(equal('a'), 2)).toBe('rest');
    expect([watch.look(equal('b'), 3), watch.look(equal('b'), 4)]).toEqual(['wait', 'compare']);
    expect(watch.wasCompared(true)).toBe(1);
    expect(watch.tries).toBe(0);
  });
});

it('a publish that was started and is at work is waited for', () => {
  const watch = new MonthWatch(month, equal('a'));
  watch.look(differs('b'), 0);
  expect(watch.look(differs('b'), 1)).toBe('publish');
  watch.wasPublished(1, 1);
  expect([watch.look(differs('c'), 100), watch.look(differs('d'), 101), watch.look(differs('d'), 102)]).toEqual([
    'wait',
    'wait',
    'publish',
  ]);
});

it('a publish that does not help is repeated after pauses that double, up to an hour', () => {
  const watch = new MonthWatch(month, equal('a'));
  watch.look(differs('b'), 0);
  const published: number[] = [];
  for (let now = 0; now < 12 * 3_600_000; now += PAUSE) {
    if (watch.look(differs('b'), now) !== 'publish') continue;
    published.push(now);
    watch.wasPublished(now, PAUSE);
  }
  const pauses = published.slice(1).map((at, index) => (at - (published[index] ?? 0)) / 60_000);
  expect(pauses.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 32, 60]);
  expect(Math.max(...pauses)).toBe(60);
});
