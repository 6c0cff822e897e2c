import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compact, leadingWith, lineAt, readStatement, SqlTextError, tokenize } from '../../../templates/sql-text.js';

describe('one statement', () => {
  test.each([
    ['SELECT 1', 'SELECT 1'],
    ['SELECT 1;', 'SELECT 1'],
    ['SELECT 1 ; \n;;\n', 'SELECT 1'],
    ['SELECT 1; -- the end', 'SELECT 1 -- the end'],
    ['SELECT 1 /* ; */ ;', 'SELECT 1 /* ; */'],
    ['/* ( /* nested /*/ ; */ */ ) */ SELECT 1;', '/* ( /* nested /*/ ; */ */ ) */ SELECT 1'],
    ["SELECT ';'", "SELECT ';'"],
    ['\n\n-- a\nSELECT 1\n', '\n\n-- a\nSELECT 1'],
    ["SELECT 'it''s', 'a\\'b', \"x)\", `y(`", "SELECT 'it''s', 'a\\'b', \"x)\", `y(`"],
    ["SELECT $$it's )$$, $a$ $$ ( $a$", "SELECT $$it's )$$, $a$ $$ ( $a$"],
    ['SELECT 1 -- )\n', 'SELECT 1 -- )'],
    ['SELECT 1 # )\n', 'SELECT 1 # )'],
    // ClickHouse's own: a text and a name. What looks like a comment within is none.
    ['SELECT ‘it) -- s’, “y(;” -- )', 'SELECT ‘it) -- s’, “y(;” -- )'],
    ["SELECT map('a', [1]), {day:Date}", "SELECT map('a', [1]), {day:Date}"],
  ])('%j', (text, expected) => {
    expect(readStatement(text)?.sql).toBe(expected);
  });

  test.each(['', ' \n', ';', '-- only a comment', '/* only\na comment */ ; \n-- x'])('%j is nothing', (text) => {
    expect(readStatement(text)).toBeUndefined();
  });

  test.each<[string, string, number]>([
    ['SELECT 1; SELECT 2', '`;` begins another statement', 8],
    ['SELECT (1', 'a ( is never closed', 7],
    ['SELECT 1)', 'a ) closes nothing', 8],
    ['SELECT (1]', 'a ] closes nothing', 9],
    ["SELECT 'a", "a ' has no closing '", 7],
    ['SELECT "a', 'a " has no closing "', 7],
    ['SELECT `a', 'a ` has no closing `', 7],
    ['SELECT ‘a', 'a ‘ has no closing ’', 7],
    ['SELECT “a', 'a “ has no closing ”', 7],
    ["SELECT 1 WHERE '' != ‘--’) AS rows UNION ALL SELECT 2 FROM (SELECT 3", 'a ) closes nothing', 25],
    ['SELECT 1 /* a', 'a comment /* has no end', 9],
    ['SELECT 1 /* sql/*.sql */', 'a comment /* has no end */; comments nest', 9],
    ['SELECT 1 UNION ALL', 'UNION ALL has no SELECT after it', 9],
    ['SELECT 1 union  all -- x\n ;', 'UNION ALL has no SELECT after it', 9],
    ['UNION ALL SELECT 1', 'UNION ALL has no SELECT before it', 0],
    ['SELECT 1 UNION ALL UNION ALL SELECT 2', 'UNION ALL has no SELECT before it', 19],
  ])('%j is an error where it is', (text, message, offset) => {
    try {
      readStatement(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SqlTextError);
      expect((error as SqlTextError).message).toContain(message);
      expect((error as SqlTextError).offset).toBe(offset);
    }
  });
});

test.each(["'", '"', '`'])('a %s that is never closed is found at once, however much follows', (quote) => {
  expect(() => readStatement(`SELECT ${quote}${'a, '.repeat(20_000)}`)).toThrow(`a ${quote} has no closing ${quote}`);
  expect(readStatement(`SELECT ${quote}${'a, '.repeat(20_000)}${quote}`)?.branches).toHaveLength(1);
});

describe('branches of UNION ALL', () => {
  test.each<[string, string[]]>([
    ['SELECT 1', ['SELECT 1']],
    ['SELECT 1 UNION ALL SELECT 2', ['SELECT 1 ', ' SELECT 2']],
    ['SELECT 1 Union\nAll (SELECT 2 UNION ALL SELECT 3)', ['SELECT 1 ', ' (SELECT 2 UNION ALL SELECT 3)']],
    ["SELECT 'UNION ALL' -- UNION ALL\n, 1", ["SELECT 'UNION ALL' -- UNION ALL\n, 1"]],
    ['SELECT 1 UNION DISTINCT SELECT 2', ['SELECT 1 UNION DISTINCT SELECT 2']],
    ['SELECT 1 AS union, all FROM `UNION` ', ['SELECT 1 AS union, all FROM `UNION`']],
  ])('%j', (text, expected) => {
    const statement = readStatement(text);
    expect(statement?.branches.map(({ sql }) => sql)).toEqual(expected);
    for (const { sql, offset } of statement?.branches ?? []) expect(text.slice(offset, offset + sql.length)).toBe(sql);
  });

  test.each([
    ['SELECT 1', ''],
    ['WITH 1 AS a SELECT a', 'WITH 1 AS a '],
    ['WITH x AS (SELECT 1 AS b) SELECT b', 'WITH x AS (SELECT 1 AS b) '],
    ['(SELECT 1)', ''],
  ])('the WITH clause of %j', (text, expected) => {
    expect(leadingWith(text)).toBe(expected);
  });
});

test('pieces of any text are the text', () => {
  const piece = fc.constantFrom(
    "'",
    '"',
    '`',
    '\\',
    '--',
    '/*',
    '*/',
    '\n',
    '(',
    ')',
    ';',
    'a',
    '$',
    '$$',
    ' ',
    '#',
    'é😀',
    '{',
    '}',
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      (text) => {
        try {
          expect(
            tokenize(text)
              .map((token) => token.text)
              .join(''),
          ).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SqlTextError);
        }
      },
    ),
  );
});

test('compact drops comments and spaces, not what is quoted', () => {
  expect(compact("\nSELECT  'a  --b' -- c\n  , /* d */ 1\n")).toBe("SELECT 'a  --b' , 1");
});

test('lines begin at 1', () => {
  expect([0, 1, 2, 3].map((offset) => lineAt('a\nb\n', offset))).toEqual([1, 1, 2, 2]);
});
