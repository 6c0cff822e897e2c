import { expect, test } from 'vitest';
import { starsOf } from '../../../activities/retention/stars.js';

/** SELECT `list` FROM `tables`, at a depth. */
function select(depth: number, list: string[], ...tables: string[]): string[] {
  const at = (more: number, line: string): string => `${' '.repeat(depth + more)}${line}`;
  const from = tables.flatMap((table) => [at(3, 'TableExpression (children 1)'), at(4, `TableIdentifier ${table}`)]);
  return [at(0, 'SelectQuery (children 2)'), ...list.map((line) => at(2, line)), at(1, 'TablesInSelectQuery'), ...from];
}

test.each<[string, string[], string[]]>([
  ['an asterisk', select(2, ['Asterisk (children 1)'], 'raw.events (alias e)'), ['raw.events']],
  ['one of a table', select(2, ['QualifiedAsterisk (children 1)', ' Identifier e'], 'events'), ['events']],
  ['one by a pattern', select(2, ['ColumnsRegexpMatcher'], 'events'), ['events']],
  ['one of a function', select(2, ['Function max (children 1)', '  Asterisk'], 'events'), ['events']],
  ['a join', select(2, ['Asterisk'], 'a', 'b'), ['a', 'b']],
  ['none', select(2, ['Identifier x'], 'a'), []],
  ['count(*)', select(2, ['Function count (children 1)', '  Asterisk'], 'a'), []],
  ['a query in it', [...select(2, ['Asterisk'], 'a'), ...select(9, ['Identifier x'], 'b')], ['a']],
  ['a query that has one', [...select(2, ['Identifier x'], 'a'), ...select(9, ['Asterisk'], 'b')], ['b']],
  ['the other of a UNION', [...select(2, ['Identifier x'], 'a'), ...select(2, ['Asterisk'], 'b')], ['b']],
  ['maybe one around it', [...select(2, [], 'a'), ...select(9, ['QualifiedAsterisk'], 'b')], ['a', 'b']],
])('%s', (_, lines, stars) => {
  expect([...starsOf(lines)]).toEqual(stars);
});
