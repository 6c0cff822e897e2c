import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addDays,
  dayCount,
  fromTime,
  monthBounds,
  monthOf,
  nextDay,
  parseMonth,
  parsePartition,
  PartitionError,
  previousDay,
  toTime,
} from '../../../config/partition.js';

const DAY_MS = 86_400_000;
const LAST = Date.parse('2149-06-05T00:00:00Z') / DAY_MS;
/** Every day that a ClickHouse Date can hold. */
const day = fc.integer({ min: 0, max: LAST }).map((days) => fromTime(days * DAY_MS));

test('every day that a ClickHouse Date holds is a partition, and stays itself', () => {
  fc.assert(
    fc.property(day, (partition) => {
      expect(parsePartition(partition)).toBe(partition);
      expect(fromTime(toTime(partition))).toBe(partition);
      expect(fromTime(toTime(partition) + DAY_MS - 1)).toBe(partition);
    }),
  );
});

test('adding and counting days are each other’s inverse', () => {
  fc.assert(
    fc.property(day, fc.integer({ min: -5000, max: 5000 }), (from, days) => {
      const to = addDays(from, days);
      expect(dayCount(from, to)).toBe(days + 1);
      expect(addDays(to, -days)).toBe(from);
      expect(previousDay(nextDay(to))).toBe(to);
    }),
  );
});

test('a month’s bounds hold exactly its days', () => {
  fc.assert(
    fc.property(day, (partition) => {
      const month = monthOf(partition);
      const { from, toExclusive } = monthBounds(month);
      expect(parseMonth(month)).toBe(month);
      expect(from <= partition && partition < toExclusive).toBe(true);
      expect([monthOf(from), monthOf(previousDay(toExclusive))]).toEqual([month, month]);
      expect([monthOf(previousDay(from)) === month, monthOf(toExclusive) === month]).toEqual([false, false]);
    }),
  );
});

test('order of texts is order of time', () => {
  fc.assert(fc.property(day, day, (a, b) => a < b === toTime(a) < toTime(b)));
});

test('no other text is a partition', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.anything(),
        fc.date({ noInvalidDate: true }).map((d) => d.toISOString()),
      ),
      (value) => {
        fc.pre(typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value));
        expect(() => parsePartition(value)).toThrow(PartitionError);
      },
    ),
  );
});

test.each([
  ['2026-02-29', 'date "2026-02-29": there is no such day; check the month\'s length'],
  ['2026-13-01', 'date "2026-13-01": there is no such month; expected 01 to 12'],
  ['2026-00-10', 'date "2026-00-10": there is no such month; expected 01 to 12'],
  ['2026-01-00', 'date "2026-01-00": there is no such day; check the month\'s length'],
  ['1969-12-31', 'date "1969-12-31": expected a day from 1970-01-01 to 2149-06-05, which a ClickHouse Date can hold'],
  ['2149-06-06', 'date "2149-06-06": expected a day from 1970-01-01 to 2149-06-05, which a ClickHouse Date can hold'],
  ['2026-1-1', 'date "2026-1-1": expected a UTC day like "2026-01-31"'],
  ['2026-01-01\n', 'date "2026-01-01\\n": expected a UTC day like "2026-01-31"'],
  ['yesterday', 'date "yesterday": expected a UTC day like "2026-01-31"'],
  [20260101, 'date 20260101: expected a UTC day like "2026-01-31"'],
  [undefined, 'date undefined: expected a UTC day like "2026-01-31"'],
  [null, 'date null: expected a UTC day like "2026-01-31"'],
])('parsePartition(%j) says %s', (value, message) => {
  expect(() => parsePartition(value)).toThrow(new PartitionError(message));
});

test('leap days are days, and the error names what the date is for', () => {
  expect(parsePartition('2024-02-29')).toBe('2024-02-29');
  expect(() => parsePartition('2100-02-29', 'from')).toThrow('from "2100-02-29": there is no such day');
});

test.each([
  ['2026-01', 'month "2026-01": expected year and month like "202601"'],
  [202601, 'month 202601: expected year and month like "202601"'],
  ['202613', 'month "202613": there is no such month; expected one from "197001" to "214906"'],
  [undefined, 'month undefined: expected year and month like "202601"'],
])('parseMonth(%j) says %s', (value, message) => {
  expect(() => parseMonth(value)).toThrow(new PartitionError(message));
});

test('the last month that a ClickHouse Date holds has bounds that it holds', () => {
  expect(monthBounds(parseMonth('214905'))).toEqual({ from: '2149-05-01', toExclusive: '2149-06-01' });
});
