import { expect, test } from 'vitest';
import { atInstant, changingCalls } from '../../../activities/retention/clock.js';

const COLUMNS = [{ name: 'd' }, { name: 'now' }];
const calls = (expression: string) => changingCalls(expression, COLUMNS).map(({ text }) => text);

test.each<[string, string[]]>([
  ['toStartOfDay(d) + toIntervalDay(30)', []],
  ["greatest(d, now(), now64(3, 'UTC'))", ['now()', "now64(3, 'UTC')"]],
  ['NOW ( )', ['NOW ( )']],
  ['CURRENT_TIMESTAMP', ['CURRENT_TIMESTAMP']],
  ['if(d > current_date, today, UTCTimestamp())', ['current_date', 'today', 'UTCTimestamp()']],
  // Columns, parts of them, texts, and functions that only begin so.
  ['greatest(d, now, d.today, `now`)', []],
  ["d > 'now()'", []],
  ['nowhere(d)', []],
  ['now(now)', ['now(now)']],
  ['d + toIntervalDay(rand() % 7)', ['rand()']],
  ["d + toIntervalDay(dictGet('keep', 'days', 1))", ["dictGet('keep', 'days', 1)"]],
  ['UUIDv7ToDateTime(generateUUIDv7())', ['generateUUIDv7()']],
])('%s changes with %j', (expression, expected) => {
  expect(calls(expression)).toEqual(expected);
});

test.each([
  ['now()', 'CAST(llma_instant, toTypeName(now()))'],
  [
    'greatest(today(), now64(3)) + 1',
    'greatest(CAST(llma_instant, toTypeName(today())), CAST(llma_instant, toTypeName(now64(3)))) + 1',
  ],
  ['yesterday()', 'CAST(llma_instant - toIntervalDay(1), toTypeName(yesterday()))'],
  ['now() + rand()', undefined],
])('%s of a row that arrives at an instant: %s', (expression, expected) => {
  expect(atInstant(expression, changingCalls(expression, COLUMNS))).toBe(expected);
});
