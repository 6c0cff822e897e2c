import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parsePartition } from '../../../config/partition.js';
import { Output } from '../../../scripts/output.js';
import { describe as line, progressView, span, timeLeft } from '../../../scripts/progress-bar.js';
import type { Progress } from '../../../workflows/plan/progress.js';
import { Captured } from '../../e2e/cli-harness.js';

const now = Date.parse('2026-02-01T12:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now });
});
afterEach(() => {
  vi.useRealTimers();
});

const day = (text: string) => parsePartition(`2026-01-${text}`);

function progress(more: Partial<Progress> = {}): Progress {
  return {
    state: 'running',
    from: day('01'),
    to: day('31'),
    total: 31,
    done: 0,
    published: 0,
    failed: 0,
    blocked: 0,
    superseded: 0,
    skipped: 0,
    rows: 0,
    current: [],
    concurrency: 8,
    maxPartitionsPerRun: 14,
    order: 'oldest-first',
    pausedBy: [],
    errors: {},
    warnings: {},
    ...more,
  };
}

test.each([
  [{}, 'running'],
  [{ published: 12, failed: 1 }, '12 published · 1 failed'],
  [
    { published: 12, current: [day('13'), day('14')], eta: '2026-02-01T12:01:05Z' },
    '12 published · 2026-01-13 … 2026-01-14 · 65 s left',
  ],
  [{ state: 'paused', pausedBy: ['lunch', 'operator'], published: 3 }, 'paused by lunch, operator · 3 published'],
  [{ state: 'finishing', pausedBy: ['operator'], published: 3 }, 'finishing · 3 published'],
  [{ state: 'finishing', superseded: 1, skipped: 2, blocked: 3 }, 'finishing · 3 blocked · 1 superseded · 2 skipped'],
] as const)('%j', (more, text) => {
  expect(line(progress(more as Partial<Progress>))).toBe(text);
});

test.each([
  [0, '1 s'],
  [89, '89 s'],
  [90, '2 min'],
  [3600, '60 min'],
  [2 * 3600 + 300, '2 h 5 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(timeLeft(new Date(now + seconds * 1000).toISOString())).toBe(text);
});

test('days that are computed', () => {
  expect(span([])).toBe('');
  expect(span([day('01')])).toBe('2026-01-01');
  expect(span([day('01'), day('02'), day('05')])).toBe('2026-01-01 … 2026-01-05');
});

function view(isTTY: boolean) {
  const stderr = new Captured(isTTY);
  return { stderr, ...progressView(new Output(new Captured(isTTY), stderr)) };
}

describe('plain lines', () => {
  test('come every five seconds, and at once when something happens', () => {
    const { stderr, update } = view(false);
    update({ progress: progress({ done: 1, published: 1 }) });
    update({ progress: progress({ done: 2, published: 2 }) });
    vi.advanceTimersByTime(5000);
    update({ progress: progress({ done: 3, published: 3 }) });
    update({ progress: progress({ done: 4, published: 3, failed: 1 }) });
    update({ silence: 'nobody answers' });
    update({ silence: 'nobody answers' });

    expect(stderr.text.split('\n')).toEqual([
      '1/31 days · 1 published',
      '3/31 days · 3 published',
      '4/31 days · 3 published · 1 failed',
      'nobody answers',
      '',
    ]);
  });
});

describe('a bar', () => {
  test('follows the days, keeps where it was while nobody answers, and is gone at the end', () => {
    const { stderr, update, stop } = view(true);
    const shown = () => stderr.text.split('\r').join('').split('\n').at(-1) ?? '';
    update({ silence: 'no worker answers' });
    expect(shown()).toContain('0/1 days · no worker answers');
    vi.advanceTimersByTime(1000);
    update({ progress: progress({ done: 10, published: 10 }) });
    vi.advanceTimersByTime(1000);
    expect(shown()).toContain('10/31 days · 10 published');
    update({ silence: 'no worker answers' });
    vi.advanceTimersByTime(1000);
    expect(shown()).toContain('10/31 days · no worker answers');
    stop();
    const length = stderr.text.length;
    vi.advanceTimersByTime(1000);
    expect(stderr.text).toHaveLength(length);
  });
});
