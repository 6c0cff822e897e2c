import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mentionedIn } from '../../../templates/mentioned.js';
import { tokenize } from '../../../templates/sql-text.js';

test.each([
  ["SELECT 'a', 'b', 'a' -- 'c'\n/* 'd' */", ["'a'", "'b'"]],
  ['SELECT "a", `b`, $$c$$, $d$it\'s$d$', ['$$c$$', "$d$it's$d$"]],
  [String.raw`'it''s', 'it\'s'`, ["'it''s'", String.raw`'it\'s'`]],
  ["'gpt-4%', '%_a%'", ["'gpt-4%'", "'gpt-4'", "'%_a%'", "'_a'"]],
  [String.raw`'100\\%\_%'`, [String.raw`'100\\%\_%'`, "'100%_'"]],
  [String.raw`'^(gpt|o\\d+)-[45].*$'`, [String.raw`'^(gpt|o\\d+)-[45].*$'`, "'gpt-4.'"]],
  ["'^a|b+'", ["'^a|b+'", "'a'", "'b'"]],
  ["'(?i)(a(b|c)d){2}'", ["'(?i)(a(b|c)d){2}'", "'abd'"]],
  [`'${'x'.repeat(300)}'`, []],
])('the texts of %j', (sql, texts) => {
  expect(mentionedIn(sql).texts).toEqual(texts);
});

test.each([
  ['SELECT a > 5000, b < 0.5, 1_000, 1e3, 2.5e-1', [5000, 0.5, 1000, 0.25]],
  ['metric.1, a[2], t1, x_3, 0x10, 5ms', [2]],
  ["'7' -- 8", []],
])('the numbers of %j', (sql, numbers) => {
  expect(mentionedIn(sql).numbers).toEqual(numbers);
});

test.each([
  ['SELECT model, count(*), 2 * a, (1) * b FROM t', false],
  ['SELECT * FROM t', false],
  ['SELECT uniqExact(*)', true],
  ['SELECT uniqExact(a, *)', true],
  ['SELECT DISTINCT * FROM t', true],
  ["SELECT COLUMNS('a')", true],
  ['SELECT a GROUP BY ALL', true],
  ['SELECT "tool"', true],
])('whether %j may read the column tool: %j', (sql, expected) => {
  expect(mentionedIn(sql).mayRead('tool')).toBe(expected);
});

test('whatever a text is, all that is made of it is one text', () => {
  const piece = fc.constantFrom(
    'a',
    "''",
    "\\'",
    '\\\\',
    '\\',
    '%',
    '_',
    '(',
    ')',
    '|',
    '[',
    ']',
    '^',
    '?',
    '{2}',
    '\\d',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = `'${pieces.join('')}'`;
      fc.pre(text !== "''" && isOneText(text));
      const { texts } = mentionedIn(text);
      expect(texts[0]).toBe(text);
      expect(texts.filter((other) => !isOneText(other))).toEqual([]);
    }),
  );
});

function isOneText(text: string): boolean {
  try {
    return tokenize(text).length === 1;
  } catch {
    return false;
  }
}
