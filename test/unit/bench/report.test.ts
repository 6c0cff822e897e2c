import { expect, test } from 'vitest';
import { markdownOf } from '../../../bench/report/markdown.js';
import { tableLines, textOf } from '../../../bench/report/text.js';
import type { PartResult, Results, Table } from '../../../bench/results.js';
import { judge } from '../../../bench/targets.js';

const table: Table = {
  title: 'Times',
  columns: [{ head: 'what' }, { head: 'ms', digits: 1 }, { head: 'rows' }],
  rows: [
    ['a|b', 1234.56, 1_000_000],
    ['longer', NaN, null],
  ],
  note: 'a note',
};

const part: PartResult = {
  part: 'job',
  size: 'TINY',
  rounds: 3,
  tables: [table],
  targets: [judge('tiny', 31)],
  series: [],
};

const results: Results = {
  at: '2026-01-31T06:00:00.000Z',
  machine: { cores: 2, node: 'v20.0.0' },
  parts: [part],
};

test('columns are aligned, numbers to the right, and what was not measured is a dash', () => {
  expect(tableLines(table)).toEqual([
    'Times',
    'what         ms       rows',
    'a|b     1,234.6  1,000,000',
    'longer        –          –',
  ]);
});

test('a part has its name, its tables with their notes, and its targets', () => {
  const text = textOf(part);
  expect(text).toMatch(/^\n== job · TINY\n\nTimes\n/);
  expect(text).toContain('(a note)');
  expect(text).toMatch(/31 ms, target ≤ 30 ms: missed$/);
});

test('Markdown has the machine, and each table as one that every reader of Markdown understands', () => {
  expect(markdownOf(results)).toBe(`Measured 2026-01-31: cores 2, node v20.0.0.

### job, TINY, 3 rounds

Times (a note):

| what | ms | rows |
| --- | --: | --: |
| a\\|b | 1,234.6 | 1,000,000 |
| longer | – | – |

- TINY: whole job, a partition: 31 ms, target ≤ 30 ms: missed
`);
});

test('results are the same after they were written and read: a value that is no number becomes a dash', () => {
  expect(markdownOf(JSON.parse(JSON.stringify(results)) as Results)).toBe(markdownOf(results));
});
