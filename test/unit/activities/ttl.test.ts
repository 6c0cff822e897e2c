import { expect, test } from 'vitest';
import { ttlsOf } from '../../../activities/retention/ttl.js';

const HEAD = "CREATE TABLE x.events (`timestamp` DateTime64(6, 'UTC'), `team_id` Int64) ENGINE = MergeTree";
const ORDER = 'PARTITION BY toYYYYMM(timestamp) ORDER BY (team_id, toDate(timestamp))';
const rowsOf = (ttl: string, primaryKey = 'team_id, toDate(timestamp)') =>
  ttlsOf({ create: `${HEAD} ${ORDER} ${ttl} SETTINGS index_granularity = 8192 COMMENT 'TTL b, c'`, primaryKey })
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
  ['TTL a GROUP BY team_id, b', 'a | b'],
  ["TTL a TO DISK 'd', b GROUP BY team_id SET n = any(n)", 'b'],
])('%s takes away by: %s', (clause, expected) => {
  expect(rowsOf(clause)).toBe(expected);
});

test('columns with a TTL, whatever they are called and default to', () => {
  const create =
    "CREATE TABLE x.t (`d` DateTime, `ttl` String DEFAULT 'TTL d', `a b` String CODEC(ZSTD(1)) TTL d + toIntervalDay(1), " +
    "`n` Map(String, Array(UInt8)) COMMENT 'x TTL y' TTL d + toIntervalDay(2), INDEX i n TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY d";
  expect(ttlsOf({ create, primaryKey: 'd' })).toEqual([
    { kind: 'column', column: 'a b', expression: 'd + toIntervalDay(1)' },
    { kind: 'column', column: 'n', expression: 'd + toIntervalDay(2)' },
  ]);
});

test('a column that is called ttl, without quotes, is no TTL', () => {
  const create = 'CREATE TABLE x.t (ttl DateTime, d DateTime) ENGINE = MergeTree ORDER BY d';
  expect(ttlsOf({ create, primaryKey: 'd' })).toEqual([]);
});
