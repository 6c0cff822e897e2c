import type { CalendarSpec, CalendarSpecDescription } from '@temporalio/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cronProblem } from '../../../config/cron.js';
import { calendarOf, means } from '../../../scripts/schedule/calendar.js';

/** What the server makes of a calendar: whole ranges, and the defaults of what isn't said. */
function described(calendar: CalendarSpec): CalendarSpecDescription {
  const whole = (ranges: unknown) => (ranges as object[]).map((range) => ({ ...range, step: 1 })) as never;
  return {
    ...calendar,
    second: [{ start: 0, end: 0, step: 1 }],
    minute: whole(calendar.minute),
    hour: whole(calendar.hour),
    dayOfMonth: whole(calendar.dayOfMonth),
    month: whole(calendar.month),
    dayOfWeek: whole(calendar.dayOfWeek),
    year: [],
  };
}

test.each([
  ['0 6 * * *', { minute: [{ start: 0, end: 0 }], hour: [{ start: 6, end: 6 }] }],
  [
    '*/20 8-10,12 * * *',
    {
      minute: [0, 20, 40].map((n) => ({ start: n, end: n })),
      hour: [
        { start: 8, end: 10 },
        { start: 12, end: 12 },
      ],
    },
  ],
  [
    '5/25 0 1-15/7 * *',
    {
      minute: [5, 30, 55].map((n) => ({ start: n, end: n })),
      dayOfMonth: [1, 8, 15].map((n) => ({ start: n, end: n })),
    },
  ],
  [
    '0 0 * JAN,mar-5 *',
    {
      month: [
        { start: 'JANUARY', end: 'JANUARY' },
        { start: 'MARCH', end: 'MAY' },
      ],
    },
  ],
  ['0 0 * * MON-FRI', { dayOfWeek: [{ start: 'MONDAY', end: 'FRIDAY' }] }],
  ['0 0 * * 7', { dayOfWeek: [{ start: 'SUNDAY', end: 'SUNDAY' }] }],
  // Temporal's own reading forgets this Sunday.
  ['0 0 * * MON-7', { dayOfWeek: [{ start: 'SUNDAY', end: 'SATURDAY' }] }],
  [
    '0 0 * * 5-7',
    {
      dayOfWeek: [
        { start: 'SUNDAY', end: 'SUNDAY' },
        { start: 'FRIDAY', end: 'SATURDAY' },
      ],
    },
  ],
])('%s', (cron, expected) => {
  expect(calendarOf(cron)).toMatchObject({ ...expected, comment: cron });
});

const part = (min: number, max: number) => {
  const number = fc.integer({ min, max });
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const base = fc.oneof(fc.constant('*'), range, number.map(String));
  return fc.oneof(
    base,
    fc.tuple(base, fc.integer({ min: 1, max: 20 })).map(([text, step]) => `${text}/${step}`),
  );
};
const field = (min: number, max: number) =>
  fc.array(part(min, max), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
const cron = fc
  .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7))
  .map((fields) => fields.join(' '));

describe('every expression', () => {
  test('that the configuration accepts means itself, and what means the same', () => {
    fc.assert(
      fc.property(cron, (expression) => {
        expect(cronProblem(expression)).toBeUndefined();
        expect(means(described(calendarOf(expression)), expression)).toBe(true);
      }),
    );
    expect(means(described(calendarOf('0,30 6 * * *')), '*/30 6 * * 0-6')).toBe(true);
  });

  test('holds each minute that cron runs at, and no other', () => {
    fc.assert(
      fc.property(field(0, 59), fc.integer({ min: 0, max: 59 }), (minutes, minute) => {
        const ranges = calendarOf(`${minutes} 0 1 1 *`).minute as { start: number; end: number }[];
        const held = ranges.some(({ start, end }) => start <= minute && minute <= end);
        expect(held).toBe(minutes.split(',').some((text) => matches(text, minute)));
      }),
    );
  });
});

/** Whether cron's `text` names this minute: another way to say it. */
function matches(text: string, minute: number): boolean {
  const [range = '', step] = text.split('/');
  const [low, high] = range === '*' ? ['0', '59'] : range.split('-');
  const start = Number(low);
  const end = high !== undefined ? Number(high) : step === undefined ? start : 59;
  return minute >= start && minute <= end && (minute - start) % Number(step ?? 1) === 0;
}

test.each([
  ['another minute', { minute: [{ start: 1, end: 1, step: 1 }] }],
  ['seconds', { second: [{ start: 30, end: 30, step: 1 }] }],
  ['one year', { year: [{ start: 2026, end: 2026, step: 1 }] }],
])('%s means something else', (_, other) => {
  expect(means({ ...described(calendarOf('0 6 * * *')), ...other }, '0 6 * * *')).toBe(false);
});
