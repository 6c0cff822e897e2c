import { expect, test } from 'vitest';
import { parsePartition } from '../../../config/partition.js';
import { notComputable, resolveRange } from '../../../scripts/range.js';

const settings = { partitionStartDate: parsePartition('2026-01-01') };
const now = Date.parse('2026-03-10T00:00:00Z');
const day = (text: string) => parsePartition(text);

test.each([
  [{}, { from: '2026-01-01', to: '2026-03-09' }],
  [{ from: day('2026-02-01') }, { from: '2026-02-01', to: '2026-03-09' }],
  [{ to: day('2026-02-01') }, { from: '2026-01-01', to: '2026-02-01' }],
  [
    { from: day('2026-03-09'), to: day('2026-03-09') },
    { from: '2026-03-09', to: '2026-03-09' },
  ],
])('%j', (given, range) => {
  expect(resolveRange(settings, given, now)).toEqual(range);
});

test.each([
  [{ to: day('2026-03-10') }, '--to 2026-03-10: today is not over yet; the latest possible day is 2026-03-09 (UTC)'],
  [
    { from: day('2027-01-01') },
    '--from 2027-01-01: it lies in the future; the latest possible day is 2026-03-09 (UTC)',
  ],
  [{ from: day('2025-12-31') }, '--from 2025-12-31 is before partition_start_date 2026-01-01;'],
  [
    { from: day('2026-02-02'), to: day('2026-02-01') },
    '--from 2026-02-02 is after --to 2026-02-01: the range is empty;',
  ],
])('%j is refused', (given, message) => {
  expect(() => resolveRange(settings, given, now)).toThrow(message);
});

test('a start date of today leaves nothing to compute, and the message names it', () => {
  const from = { partitionStartDate: parsePartition('2026-03-10') };

  expect(() => resolveRange(from, {}, now)).toThrow('--from 2026-03-10: today is not over yet');
});

test.each([
  ['2025-12-31', 'it is before LLMA_PARTITION_START_DATE 2026-01-01'],
  ['2026-01-01', undefined],
  ['2026-03-09', undefined],
  ['2026-03-10', 'today is not over yet'],
  ['2026-03-11', 'it lies in the future'],
])('why %s is not computed: %s', (text, why) => {
  expect(notComputable(day(text), settings, now)).toBe(why);
});
