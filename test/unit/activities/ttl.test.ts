import { expect, test } from 'vitest';
import { columnsOf } from '../../../activities/retention/columns.js';
import { ttlsOf } from '../../../activities/retention/ttl.js';

const HEAD = "CREATE TABLE x.events (`timestamp` DateTime64(6, 'UTC'), `team_id` Int64) ENGINE = MergeTree";
const ORDER = 'PARTITION BY toYYYYMM(timestamp) ORDER BY (team_id, toDate(timestamp))';
const rowsOf = (ttl: string) =>
  ttlsOf(`${HEAD} ${ORDER} ${ttl} SETTINGS index_granularity = 8192 COMMENT 'TTL b, c'`)
    .map(({ kind, expression }) => (kind === 'rows' ? expression : `${kind}: ${expression}`))
    .join(' | ');

test.each<[string, string]>([
  ['', ''],
  ['TTL timestamp + toIntervalDay(90)', 'timestamp + toIntervalDay(90)'],
  ['TTL toDate(timestamp) + toIntervalMonth(3) DELETE', 'toDate(timestamp) + toIntervalMonth(3)'],
  ['TTL a + toIntervalDay(1) WHERE team_id IN (1, 2)', 'a + toIntervalDay(1)'],
  ["TTL a + toIntervalDay(1) TO DISK 'cold', b + toIntervalDay(2)", 'b + toIntervalDay(2)'],
  ["TTL a TO VOLUME 'cold', b RECOMPRESS CODEC(ZSTD(17), LZ4)", ''],
  ["TTL if(has(['x, y', ')'], s), a, b) + toIntervalDay(1)", "if(has(['x, y', ')'], s), a, b) + toIntervalDay(1)"],
  ['TTL a GROUP BY team_id, toDate(timestamp) SET n = sum(n), m = max(m), b', 'a | b'],
  ["TTL a GROUP BY team_id SET n = sum(n), b TO DISK 'd', c WHERE x = 1", 'a | c'],
  // The server takes b for a key, and refuses it where it is none.
  ['TTL a GROUP BY team_id, b', 'a'],
  ['TTL a GROUP BY team_id, b SET n = sum(n) WHERE c = 1, d = 1', 'a | d = 1'],
  ['TTL a WHERE c = 1 GROUP BY team_id, b SET n = sum(n), d', 'a | d'],
  [
    'TTL a GROUP BY team_id SET n = any(n), if(x = 1, b, c) + toIntervalDay(90)',
    'a | if(x = 1, b, c) + toIntervalDay(90)',
  ],
  ["TTL a TO DISK 'd', b GROUP BY team_id SET n = any(n)", 'b'],
])('%s takes away by: %s', (clause, expected) => {
  expect(rowsOf(clause)).toBe(expected);
});

test('columns with a TTL, whatever they are called and default to', () => {
  const create =
    "CREATE TABLE x.t (`d` DateTime, `ttl` String DEFAULT 'TTL d', `a b` String CODEC(ZSTD(1)) TTL d + toIntervalDay(1), " +
    "`n` Map(String, Array(UInt8)) COMMENT 'x TTL y' TTL d + toIntervalDay(2), INDEX i n TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY d";
  expect(ttlsOf(create)).toEqual([
    { kind: 'column', column: 'a b', expression: 'd + toIntervalDay(1)' },
    { kind: 'column', column: 'n', expression: 'd + toIntervalDay(2)' },
  ]);
});

test.each([
  'comment',
  'to',
  'settings',
  'as',
  'recompress',
  'delete',
  'set',
  'group',
  'where',
  'ttl',
  'by',
  'and',
  'key',
])('a time column that is called %s, which the server writes without quotes', (name) => {
  const rows = `TTL ${name} + toIntervalDay(1) WHERE ${name} > 1, a - ${name} TO DISK 'd', a < ${name}`;
  const create = `CREATE TABLE x.t (${name} DateTime TTL ${name}, a DateTime DEFAULT ${name}) ENGINE = MergeTree ORDER BY ${name} ${rows} SETTINGS a = 1`;
  expect(ttlsOf(create)).toEqual([
    { kind: 'column', column: name, expression: name },
    { kind: 'rows', expression: `${name} + toIntervalDay(1)` },
    { kind: 'rows', expression: `a < ${name}` },
  ]);
  expect(columnsOf(create)).toEqual([
    { name, type: 'DateTime' },
    { name: 'a', type: 'DateTime', computed: { kind: 'DEFAULT', expression: name } },
  ]);
});

test('a TTL of nothing is one that nobody understands', () => {
  expect(ttlsOf(`${HEAD} ${ORDER} TTL`)).toEqual([{ kind: 'rows', expression: '' }]);
  const create = 'CREATE TABLE x.t (d DateTime TTL) ENGINE = MergeTree ORDER BY d';
  expect(ttlsOf(create)).toEqual([{ kind: 'column', column: 'd', expression: '' }]);
});

test('what follows the TTL of a column is none of it', () => {
  const of = (after: string) =>
    ttlsOf(`CREATE TABLE x.t (d DateTime, c String TTL d + toIntervalDay(1)${after}) ENGINE = MergeTree ORDER BY d`);
  for (const after of [' SETTINGS (min_compress_block_size = 1)', ' COLLATE binary', ' CODEC(LZ4)', " COMMENT 'x'"]) {
    expect(of(after)).toEqual([{ kind: 'column', column: 'c', expression: 'd + toIntervalDay(1)' }]);
  }
});

test('a column that is called ttl, without quotes, is no TTL', () => {
  const create = 'CREATE TABLE x.t (ttl DateTime, d DateTime) ENGINE = MergeTree ORDER BY d';
  expect(ttlsOf(create)).toEqual([]);
});
