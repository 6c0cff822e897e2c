import { expect, test } from 'vitest';
import { aliasesOf, throughAliases } from '../../../activities/retention/alias.js';

const CREATE =
  "CREATE TABLE x.t (`d` DateTime DEFAULT now(), `alias` String, `s` String ALIAS alias COMMENT 'ALIAS d', `n.a` Array(String), `len` UInt64 ALIAS length(n.a), " +
  "`q` String ALIAS `a b`, `m` String MATERIALIZED s, `of` String ALIAS if(d > toDateTime(0), CAST(j.model.name, 'String'), s), `self` String ALIAS of, " +
  'INDEX i s TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY d';

test.each<[string, string[]]>([
  ['s', ['alias']],
  ['len', ['n', 'a', 'n.a']],
  ['q', ['a b']],
  // A column and a path in it, in whichever way it is divided.
  ['of', ['d', 'j', 'j.model', 'j.model.name', 's', 'alias']],
  ['self', ['of', 'd', 'j', 's', 'alias']],
])('%s is read from others', (column, expected) => {
  const read = throughAliases([column], aliasesOf(CREATE));
  expect([...read]).toEqual(expect.arrayContaining([column, ...expected]));
  expect(read.has('m')).toBe(false);
  expect(column === 's' && read.has('d')).toBe(false);
});

test('other columns have values of their own, and nothing is an ALIAS of what it is said beside', () => {
  expect(aliasesOf(CREATE).map(({ column }) => column)).toEqual(['s', 'len', 'q', 'of', 'self']);
  expect([...throughAliases(['m', 'd', 'alias'], aliasesOf(CREATE))]).toEqual(['m', 'd', 'alias']);
});

test('an ALIAS that leads to itself, over two tables, has an end', () => {
  const [a, b] = ['CREATE TABLE a (`x` String ALIAS y)', 'CREATE TABLE b (`y` String ALIAS x)'];
  expect([
    ...throughAliases(
      ['x'],
      [a, b].flatMap((create) => aliasesOf(create)),
    ),
  ]).toEqual(['x', 'y']);
});

test('a definition that says nothing of columns has none', () => {
  expect(aliasesOf('')).toEqual([]);
  expect(aliasesOf("CREATE TABLE m ENGINE = Merge(currentDatabase(), '^ALIAS$')")).toEqual([]);
});
