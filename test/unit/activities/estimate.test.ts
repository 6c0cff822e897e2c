import { expect, test } from 'vitest';
import { granulesOf, hasNoGranules } from '../../../activities/estimate.js';

test('of each read of a table the granules count that its last index leaves', () => {
  const explain = [
    '    ReadFromMergeTree (raw.held)',
    '          Granules: 13/13',
    '          Granules: 9/13',
    '        ReadFromMergeTree (raw.held)',
    '            Granules: 100/100',
    '            Granules: 4/100',
    '        ReadFromMergeTree (raw.other)',
    '            Granules: 7',
  ];
  expect(granulesOf(explain)).toBe(20);
});

test('a read without any granule, and a query without any read, are nothing', () => {
  expect(granulesOf(['ReadFromMergeTree (a.b)', 'ReadFromMergeTree (a.c)', '  Granules: 0/5'])).toBe(0);
  expect(granulesOf([])).toBe(0);
});

test('a read of anything but granules is one, wherever it is; what leads to reads, and made-up rows, are none', () => {
  const counted = [
    'ReadFromRemote (Read from remote replica)',
    '    ReadFromMerge',
    '        ReadFromMergeTree (raw.ReadFromLog)',
    '            Granules: 3/12',
    '  ReadFromPreparedSource (Read from buffers of Buffer table)',
    'ReadFromSystemNumbers',
    'ReadFromSystemOne',
  ];
  expect(counted.filter(hasNoGranules)).toEqual([]);
  for (const read of ['ReadFromStorageLog', 'ReadFromMemoryStorage', 'ReadFromStorage (GenerateRandom)']) {
    expect([read, hasNoGranules(`      ${read}`)]).toEqual([read, true]);
  }
});
