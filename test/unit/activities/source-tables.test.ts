import { expect, test } from 'vitest';
import { readTree } from '../../../activities/retention/reads.js';
import { sourceTables } from '../../../activities/retention/source-tables.js';
import type { Database } from '../../../clickhouse/database.js';

const row = (database: string, name: string, engine: string, more: Record<string, string> = {}) => ({
  database,
  name,
  engine,
  engine_full: engine,
  create_table_query: `CREATE TABLE ${database}.${name} (\`t\` DateTime) ENGINE = ${engine}`,
  as_select: '',
  uuid: '',
  ...more,
});
const DISTRIBUTED = row('raw', 'events', 'Distributed', {
  engine_full: "Distributed('main', 'shard', 'events_local', rand())",
});
const LOCAL = row('shard', 'events_local', 'ReplicatedMergeTree');

/** A server whose own tables, and those of the cluster's other servers, are these. */
function server(local: unknown[], elsewhere: unknown[] | Error = []): { database: Database; asked: string[] } {
  const asked: string[] = [];
  const all = local as { database: string; name: string }[];
  const select = async (sql: string, { params = {} }: { params?: Record<string, unknown> } = {}) => {
    asked.push(sql);
    if (sql.includes('clusterAllReplicas')) {
      if (elsewhere instanceof Error) throw elsewhere;
      return elsewhere;
    }
    const names = (params['names'] as string[] | undefined) ?? [params['table']];
    return all.filter(({ name }) => names.includes(name));
  };
  return { database: { select, settings: { sourceDatabase: 'raw' } } as unknown as Database, asked };
}
const none = new Set<string>();
const reads = { tables: ['events'], functions: [], qualified: [], columns: none, stars: none };
const noViews = () => Promise.reject(new Error('no view'));

test.each([
  ['all shards have', [LOCAL, LOCAL]],
  ['nobody tells us of others', Object.assign(new Error('no'), { code: '497' })],
])('a Distributed table leads to the table that is here, where %s', async (_, elsewhere) => {
  const { database } = server([DISTRIBUTED, LOCAL], elsewhere);
  expect(await sourceTables(database, [reads], noViews)).toMatchObject({
    tables: [{ name: 'shard.events_local' }],
    remote: true,
    unknown: [],
  });
});

test('… or to that of another server of its cluster', async () => {
  const { database, asked } = server([DISTRIBUTED], [LOCAL]);
  expect(await sourceTables(database, [reads], noViews)).toMatchObject({
    tables: [{ name: 'shard.events_local' }],
    unknown: [],
  });
  expect(asked.at(-1)).toContain("clusterAllReplicas('main', system.tables)");
});

test('views of other servers are unknown: what they read is not here', async () => {
  const { database } = server([DISTRIBUTED], [row('shard', 'events_local', 'View')]);
  expect((await sourceTables(database, [reads], noViews)).unknown).toEqual([
    'shard.events_local on cluster main, which raw.events reads, a View',
  ]);
});

test.each([
  ['is not there', []],
  ['may not be asked for', Object.assign(new Error('no'), { code: '497' })],
])('a table of another server that %s is unknown, by name', async (_, elsewhere) => {
  const { database } = server([DISTRIBUTED], elsewhere);
  expect((await sourceTables(database, [reads], noViews)).unknown).toEqual([
    'shard.events_local on cluster main, which raw.events reads',
  ]);
});

test('a network that is away is not taken for an answer', async () => {
  const { database } = server([DISTRIBUTED], Object.assign(new Error('x'), { code: 'ECONNRESET' }));
  await expect(sourceTables(database, [reads], noViews)).rejects.toThrow('x');
  const away = server([DISTRIBUTED, LOCAL], Object.assign(new Error('y'), { code: '279' }));
  await expect(sourceTables(away.database, [reads], noViews)).rejects.toThrow('y');
});

test('table functions that lead elsewhere are unknown; others read nothing of ours', async () => {
  const { database } = server([]);
  const { unknown } = await sourceTables(database, [{ ...reads, functions: ['numbers', 'remoteSecure'] }], noViews);
  expect(unknown).toEqual(['the table function remoteSecure()']);
});

test('what a view reads that we may not see is unknown; a name of WITH, or a column, is not', async () => {
  const { database } = server([row('raw', 'events', 'View', { as_select: 'SELECT …' }), row('kept', 'seen', 'Memory')]);
  const parse = () =>
    Promise.resolve({
      ...reads,
      tables: ['kept.seen', 'with_name', 'e.column', 'internal.events_local'],
      functions: ['internal.of_team'],
      qualified: ['kept.seen', 'internal.events_local', 'internal.of_team'],
    });
  expect((await sourceTables(database, [reads], parse)).unknown).toEqual([
    'internal.events_local, which raw.events reads',
    'internal.of_team, which raw.events reads',
  ]);
});

test('how many rows there are at most is known where each table says its own, and is named once', async () => {
  const events = row('raw', 'events', 'MergeTree', { total_rows: '7' });
  const more = row('raw', 'more', 'MergeTree', { total_rows: '5' });
  const silent = row('raw', 'silent', 'MergeTree');
  const view = row('raw', 'twice', 'View', { as_select: 'SELECT 1 FROM more UNION ALL SELECT 1 FROM more' });
  const { database } = server([events, more, silent, view]);
  const parse = () => Promise.resolve({ ...reads, tables: ['more', 'more'] });
  const rowsOf = async (...tables: string[]) => (await sourceTables(database, [{ ...reads, tables }], parse)).rows;
  expect(await rowsOf('events', 'more')).toBe(12);
  expect(await rowsOf('events', 'silent')).toBe(Infinity);
  expect(await rowsOf('events', 'more', 'events')).toBe(Infinity);
  expect(await rowsOf('twice')).toBe(Infinity);
});

test('what no index knows counts with all its rows, or nobody says how many: a table of another kind, elsewhere, or a function', async () => {
  const events = row('raw', 'events', 'MergeTree', { total_rows: '7' });
  const few = row('raw', 'few', 'Log', { total_rows: '5' });
  const silent = row('raw', 'silent', 'MySQL');
  const shards = row('raw', 'shards', 'Distributed', { engine_full: "Distributed('main', 'raw', 'few')" });
  const ofTeam = row('raw', 'of_team', 'View');
  const { database } = server([events, few, silent, shards, ofTeam]);
  const parse = () => Promise.resolve({ ...reads, tables: ['few'] });
  const found = async (tables: string[], functions: string[] = []) => {
    const { unindexed, rows } = await sourceTables(database, [{ ...reads, tables, functions }], parse);
    return { unindexed, rows };
  };
  expect(await found(['events'], ['numbers_mt'])).toEqual({ unindexed: 0, rows: 7 });
  expect(await found(['events', 'few'])).toEqual({ unindexed: 5, rows: 12 });
  expect(await found(['events'], ['of_team'])).toEqual({ unindexed: 5, rows: 12 });
  expect(await found(['events', 'silent'])).toEqual({ unindexed: Infinity, rows: Infinity });
  expect(await found(['events'], ['s3'])).toEqual({ unindexed: Infinity, rows: Infinity });
  expect(await found(['shards'])).toMatchObject({ unindexed: Infinity });
});

test('a syntax tree: tables where they can stand, also after IN; count(*) reads no column', () => {
  const tree = [
    '    Function COUNT (children 1)',
    '      Asterisk',
    '    Identifier e.properties (alias p)',
    '     TableExpression (children 1)',
    '      TableIdentifier raw.events (alias e)',
    '     TableExpression (children 1)',
    '      Function numbers (alias n) (children 1)',
    '     TableExpression (children 1)',
    '      TableIdentifier system.one',
    '     Function globalNotIn (children 1)',
    '       Identifier team_id',
    '       Identifier teams',
    '     Function in (children 1)',
    '       Function tuple (children 1)',
    '         Identifier properties.model',
    '       Identifier few.pairs',
    '     Function in (children 1)',
    '       Identifier e.nested.id',
    '       Identifier e.ids',
  ];
  const { tables, functions, qualified, columns, stars } = readTree(['SelectQuery', ...tree]);
  expect(tables).toEqual(['raw.events', 'team_id', 'teams', 'few.pairs', 'e.nested.id', 'e.ids']);
  expect(qualified).toEqual(['raw.events', 'few.pairs']);
  expect(functions).toEqual(['numbers']);
  expect(columns.has('properties')).toBe(true);
  expect([...stars]).toEqual(['teams', 'few.pairs', 'e.ids']);
  expect([...readTree(['SelectQuery', ...tree, '    QualifiedAsterisk (children 1)']).stars]).toContain('raw.events');
});
