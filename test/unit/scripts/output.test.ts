import { afterEach, expect, test, vi } from 'vitest';
import { count, Output } from '../../../scripts/output.js';
import { table } from '../../../scripts/table.js';
import { Captured } from '../../e2e/cli-harness.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

function output(isTTY: boolean) {
  const [stdout, stderr] = [new Captured(isTTY), new Captured(isTTY)];
  return { stdout, stderr, output: new Output(stdout, stderr) };
}

test('results go to standard output, everything else to standard error', () => {
  const to = output(false);
  to.output.say('result');
  to.output.note('note');
  to.output.warn('careful');
  to.output.error('wrong');

  expect(to.stdout.text).toBe('result\n');
  expect(to.stderr.text).toBe('note\nwarning: careful\nerror: wrong\n');
});

test('with --json standard output is one document', () => {
  const to = output(false);
  to.output.json({ not: 'yet' });
  to.output.asJson = true;
  to.output.say('result');
  to.output.json({ days: 1 });

  expect(JSON.parse(to.stdout.text)).toEqual({ days: 1 });
});

test('colours are for terminals that want them', () => {
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', undefined);
  // A CI is taken for one that wants none.
  vi.stubEnv('CI', undefined);
  vi.stubEnv('TERM', 'xterm');
  expect(output(false).output.style('red', 'x')).toBe('x');
  expect(output(true).output.style('red', 'x')).toBe('\u001b[31mx\u001b[39m');

  vi.stubEnv('NO_COLOR', '1');
  expect(output(true).output.style('red', 'x')).toBe('x');
});

test('JSON is no terminal, whoever looks', () => {
  const to = output(true).output;
  expect(to.isTerminal).toBe(true);
  to.asJson = true;
  expect(to.isTerminal).toBe(false);
});

test.each([
  [0, '0 days'],
  [1, '1 day'],
  [12_345, '12,345 days'],
])('%d', (number, text) => {
  expect(count(number, 'day')).toBe(text);
});

test('a table is aligned, without borders or spaces at the end of lines', () => {
  const columns = [{ head: 'team', align: 'right' }, { head: 'metric' }, { head: 'value', align: 'right' }] as const;
  const rows = [
    ['1', 'ai_trace_count', '9'],
    ['101', 'x', '12,345'],
  ];

  expect(table(output(false).output, columns, rows).split('\n')).toEqual([
    'team  metric           value',
    '   1  ai_trace_count       9',
    ' 101  x               12,345',
  ]);
  expect(table(output(false).output, [{ head: 'a' }, { head: 'b' }], [['x', '']])).toBe('a  b\nx');
});
