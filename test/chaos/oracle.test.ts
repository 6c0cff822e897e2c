import { expect, test } from 'vitest';
import { DOUBLED_BY_KILL, History } from './history.js';
import { judge, rowsOf, textOf, twoStates } from './oracle.js';
import type { Partition } from '../../config/partition.js';

const DAY = '2026-02-01' as Partition;
const known = { seen: 3, begun: 9 };
const changed = (change: (rows: string[]) => string[]) => change(rowsOf(5)).sort().join('\n');

test('rows of one number of batches are right, from what was seen to what was inserted', () => {
  expect(judge(textOf(3), known)).toEqual({ batches: 3 });
  expect(judge(textOf(9), known)).toEqual({ batches: 9 });
  expect(judge('', { seen: 0, begun: 9 })).toEqual({ batches: 0 });
  expect(rowsOf(4)).toContain('2 ai_span_error_rate 25');
  expect(rowsOf(3).filter((row) => row.includes('error_count'))).toEqual([]);
});

test.each([
  ['empty', ''],
  ['went back', textOf(2)],
  ['unexplained', textOf(10)],
  ['partial', changed((rows) => rows.slice(1))],
  ['partial', changed((rows) => rows.filter((row) => !row.startsWith('2 ')))],
  ['doubled', changed((rows) => [...rows, ...rows])],
  ['doubled', changed((rows) => [...rows, rows[0]!])],
  ['torn', changed((rows) => rows.map((row) => row.replace('1 ai_span_count 5', '1 ai_span_count 4')))],
  ['torn', changed((rows) => rows.map((row) => row.replace('slow_events 20', 'slow_events 16')))],
  ['torn', changed((rows) => rows.map((row) => row.replace(/^(3 .*_count) 5$/, '$1 6')))],
  ['unexplained', changed((rows) => [...rows, '4 ai_span_count 5'])],
  ['unexplained', changed((rows) => [...rows, '1 cost 5'])],
])('%s', (wrong, text) => {
  expect(judge(text, known)).toMatchObject({ wrong });
});

test('two whole states at once are told from other doubled rows', () => {
  expect(twoStates([...rowsOf(3), ...rowsOf(7)].sort().join('\n'), 9)).toEqual([7, 3]);
  expect(twoStates([...rowsOf(3), ...rowsOf(3)].sort().join('\n'), 9)).toEqual([3, 3]);
  expect(twoStates([...rowsOf(3), ...rowsOf(7).slice(1)].sort().join('\n'), 9)).toBeUndefined();
  expect(twoStates([...rowsOf(3), ...rowsOf(10)].sort().join('\n'), 9)).toBeUndefined();
});

function historyOf(batches: number): {
  history: History;
  see: (text: string, startedAt?: number, now?: number) => string[];
} {
  const history = new History([DAY]);
  for (let i = 0; i < batches; i++) history.begin(DAY);
  return {
    history,
    see: (text, startedAt = 0, now = startedAt) =>
      history
        .check(new Map(text === '' ? [] : [[DAY, text]]), history.beginRead(startedAt), now)
        .map(({ kind }) => kind),
  };
}

test('what one reader saw, the next one must not see undone', () => {
  const { see, history } = historyOf(5);
  const early = history.beginRead();
  expect([see(''), see(textOf(2)), see(textOf(4)), see(textOf(4))]).toEqual([[], [], [], []]);
  expect(see(textOf(3))).toEqual(['went back']);
  expect(see('')).toEqual(['empty']);
  // It began before anybody had seen anything.
  expect(history.check(new Map([[DAY, textOf(1)]]), early)).toEqual([]);
  expect(see(textOf(4))).toEqual([]);
});

test('a day that is not among the events is nobody’s', () => {
  const { history } = historyOf(1);
  const rows = new Map([['2026-02-02', textOf(1)]]);
  expect(history.check(rows, history.beginRead()).map(({ kind }) => kind)).toEqual(['unexplained']);
});

test('only since a kill of ClickHouse, two whole states are its own exception, and how long it lasts is measured', () => {
  const { history, see } = historyOf(5);
  const both = [...rowsOf(2), ...rowsOf(4)].sort().join('\n');
  expect(see(textOf(2), 10)).toEqual([]);
  expect(see(both, 20)).toEqual(['doubled']);
  history.killed(30);
  expect(see([...rowsOf(1), ...rowsOf(1)].sort().join('\n'), 40)).toEqual(['doubled']);
  expect(see([...rowsOf(4), rowsOf(2)[0]!].sort().join('\n'), 40)).toEqual(['doubled']);
  expect(see(both, 50)).toEqual([DOUBLED_BY_KILL]);
  history.killed(55);
  expect(see(both, 60)).toEqual([DOUBLED_BY_KILL]);
  expect(see(textOf(4), 70)).toEqual([]);
  expect(see(both, 80)).toEqual(['doubled']);
  expect(history.doubled).toEqual([{ month: '2026-02', from: 50, killedAgain: 55, to: 70, reads: 2 }]);
});
