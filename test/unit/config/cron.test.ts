import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cronProblem } from '../../../config/cron.js';

test.each([
  '0 6 * * *',
  '*/15 * * * *',
  '0 0-23/2 * * *',
  '0,30 6,18 1,15 1-12 0-7',
  '5/10 * * * *',
  '0 6 * jan-Mar,DEC MON-FRI',
  '  0   6\t* * 7 ',
  '0 6 31 2 *',
])('%s is a cron expression', (expression) => {
  expect(cronProblem(expression)).toBeUndefined();
});

const five = (found: number) =>
  `expected five fields (minute hour day-of-month month day-of-week) like "0 6 * * *", found ${found}`;
const cannot = (part: string, field: string, range: string) =>
  `"${part}" can't be the ${field}: expected *, a number from ${range.replace('-', ' to ')}, a range like ${range}, a list or a step like */2`;

test.each([
  ['', five(1)],
  ['daily', five(1)],
  ['@daily', five(1)],
  ['0 6 * *', five(4)],
  ['0 0 6 * * *', five(6)],
  ['60 6 * * *', cannot('60', 'minute', '0-59')],
  ['0 24 * * *', cannot('24', 'hour', '0-23')],
  ['0 6 0 * *', cannot('0', 'day of the month', '1-31')],
  ['0 6 32 * *', cannot('32', 'day of the month', '1-31')],
  ['0 6 * 13 *', cannot('13', 'month', '1-12')],
  ['0 6 * MON *', cannot('MON', 'month', '1-12')],
  ['0 6 * * 8', cannot('8', 'day of the week', '0-7')],
  ['0 6 * * JAN', cannot('JAN', 'day of the week', '0-7')],
  ['0-5-9 6 * * *', cannot('0-5-9', 'minute', '0-59')],
  ['9-5 6 * * *', cannot('9-5', 'minute', '0-59')],
  ['5- 6 * * *', cannot('5-', 'minute', '0-59')],
  ['-5 6 * * *', cannot('-5', 'minute', '0-59')],
  ['1,,2 6 * * *', cannot('', 'minute', '0-59')],
  ['*/0 6 * * *', cannot('*/0', 'minute', '0-59')],
  ['*/2/3 6 * * *', cannot('*/2/3', 'minute', '0-59')],
  ['/2 6 * * *', cannot('/2', 'minute', '0-59')],
  ['1.5 6 * * *', cannot('1.5', 'minute', '0-59')],
  ['+1 6 * * *', cannot('+1', 'minute', '0-59')],
  ['six 6 * * *', cannot('six', 'minute', '0-59')],
])('%j is none: %s', (expression, problem) => {
  expect(cronProblem(expression)).toBe(problem);
});

test('any list of ranges and steps within the bounds is one', () => {
  const field = (min: number, max: number) =>
    fc
      .array(
        fc
          .tuple(fc.integer({ min, max }), fc.integer({ min, max }), fc.option(fc.integer({ min: 1, max: 99 })))
          .map(([a, b, step]) => `${Math.min(a, b)}-${Math.max(a, b)}${step === null ? '' : `/${step}`}`),
        { minLength: 1, maxLength: 3 },
      )
      .map((parts) => parts.join(','));
  const cron = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7));
  fc.assert(fc.property(cron, (fields) => cronProblem(fields.join(' ')) === undefined));
});
