import { expect, test } from 'vitest';
import { unclosedQuote } from '../../../templates/unclosed-quote.js';

test.each<[string, string, number]>([
  ["SELECT 'a", "'", 7],
  ["SELECT 'a,\n'b'", "'", 7],
  ["SELECT 'a', 'b,\n'c', \"d\"", "'", 12],
  ['SELECT "a,\n"b"', '"', 7],
  ['SELECT `a,\n`b`', '`', 7],
  ["SELECT 'it''s, \\', ''\n", "'", 7],
  ["-- it's\nSELECT 'a\n-- it's", "'", 15],
  ["/* it's\nmine */ SELECT 'a\n", "'", 23],
  ["{% set a = \"it's\" %}{# it's #}'{{ a }}", "'", 30],
  ["SELECT $$it's$$, 'a\n", "'", 17],
])('%j has a %s without its end at %i', (source, quote, offset) => {
  expect(unclosedQuote(source)).toEqual({ quote, offset });
});

test.each([
  '',
  'SELECT \'a\', "b", `c`',
  "SELECT 'it''s', 'it\\'s', '', ''''",
  "SELECT 'a\nb'",
  "SELECT 'a -- b', '/*', \"'\"",
  "-- it's\n# it's\n/* it's */",
  "/* one /* nested */ that's it */ SELECT 1",
  '\'{{ "it\'s" }}\' {% if x == "it\'s" %}{% endif %}',
])('%j has none', (source) => {
  expect(unclosedQuote(source)).toBeUndefined();
});
