import { ClickHouseError } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { classify, errorCode, shortMessage, type ErrorClass } from '../../../clickhouse/errors.js';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
const answer = (code: number, message = 'no') => new ClickHouseError({ code: String(code), type: 'X', message });

test.each<[ErrorClass, number[]]>([
  ['overloaded', [202, 241, 243, 252, 439, 745]],
  ['transient', [159, 198, 209, 210, 216, 218, 236, 242, 319, 394, 425, 517, 734, 735, 999, 1000]],
  // About the query, the schema or the grants: the same next time.
  [
    'permanent',
    [6, 10, 16, 36, 42, 43, 46, 47, 53, 60, 62, 70, 81, 115, 122, 153, 158, 164, 179, 215, 307, 386, 395, 497, 516],
  ],
])('%s are %j', (kind, codes) => {
  for (const code of codes) {
    expect(classify(answer(code)), String(code)).toBe(kind);
    expect(classify({ code: String(code) }), 'also of another copy of the client').toBe(kind);
  }
});

test('what no server answered passes', () => {
  for (const error of [refused, new Error('Timeout error.'), new Error('socket hang up'), 'a text', undefined, null]) {
    expect(classify(error)).toBe('transient');
    expect(errorCode(error)).toBeUndefined();
  }
});

test('a message is short: no version, no line breaks, the code in front', () => {
  const message = `Unknown table 'x'.\n  Maybe you meant y.  (version 26.7.3.1 (official build))`;
  expect(shortMessage(answer(60, message))).toBe(`ClickHouse 60: Unknown table 'x'. Maybe you meant y.`);
  expect(shortMessage(refused)).toBe('connect ECONNREFUSED 127.0.0.1:1');
  expect(shortMessage('only a text')).toBe('only a text');
  expect(shortMessage(answer(1, 'x'.repeat(601)))).toBe(`ClickHouse 1: ${'x'.repeat(600)}…`);
});

test.each([
  [
    "Unknown expression identifier `x` in scope SELECT x FROM (SELECT 1 AS y). Maybe you meant: ['y'].",
    "Unknown expression identifier `x`. Maybe you meant: ['y'].",
  ],
  [
    "Unknown table expression identifier 'events' in scope WITH 1 AS p SELECT p\nFROM events.",
    "Unknown table expression identifier 'events'.",
  ],
  ["template x: no: while executing 'FUNCTION throwIf(isNull(a) :: 9) -> b UInt8 : 2'. ", 'template x: no'],
])('the query itself is left out of %j', (message, short) => {
  expect(shortMessage(answer(47, message))).toBe(`ClickHouse 47: ${short}`);
});

test('an error of several refused addresses still says what it is', () => {
  // Node joins one error for each address of "localhost", and leaves the message empty.
  const error = Object.assign(new AggregateError([refused], ''), { code: 'ECONNREFUSED' });
  expect(shortMessage(error)).toBe('ECONNREFUSED');
});
