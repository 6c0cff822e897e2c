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
  server: 0,
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
    const names = (params['names'] as string[] | undefined) ?? [params['table']];
    if (sql.includes('clusterAllReplicas')) {
      if (elsewhere instanceof Error) throw elsewhere;
      return elsewhere.filter((one) => names.includes((one as { name: string }).name));
    }
    return all.filter(({ name }) => names.includes(name));
  };
  return { database: { select, settings: { sourceDatabase: 'raw' } } as unknown as Database, asked };
}
const none = new Set<string>();
const reads = { tables: ['events'], from: ['events'], functions: [], qualified: [], columns: none, stars: none };
const noViews = () => Promise.reject(new Error('no view'));

test('a Distributed table leads to the table that all shards have', async () => {
  const { database } = server([DISTRIBUTED, LOCAL], [LOCAL, { ...LOCAL, server: 1 }]);
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

test('a view of other servers leads to what is there, of each that has it', async () => {
  const view = row('shard', 'events_local', 'View');
  const held = (at: number) => ({ ...row('kept', 'held', 'MergeTree', { total_rows: '2' }), server: at });
  const parse = () => Promise.resolve({ ...reads, tables: ['kept.held'], qualified: ['kept.held'] });
  const found = async (...at: number[]) => {
    const views = [1, 2].map((on) => ({ ...view, server: on }));
    const { database } = server([DISTRIBUTED, held(0)], [...views, ...at.map(held)]);
    return await sourceTables(database, [reads], parse);
  };
  expect(await found(1, 2)).toMatchObject({ tables: [{ name: 'kept.held' }], unknown: [], rows: 4 });
  expect((await found(1)).unknown).toEqual(['kept.held, which shard.events_local reads']);
});

test('what servers of another cluster mean by a cluster is unknown; a view that can’t be read here is too', async () => {
  const again = row('shard', 'events_local', 'Distributed', { engine_full: "Distributed('main', 'kept', 'held')" });
  expect((await sourceTables(server([DISTRIBUTED], [again]).database, [reads], noViews)).unknown).toEqual([
    'kept.held on cluster main, which shard.events_local reads',
  ]);
  const view = server([DISTRIBUTED], [row('shard', 'events_local', 'View')]).database;
  const syntax = () => Promise.reject(Object.assign(new Error('Syntax error'), { code: '62' }));
  expect((await sourceTables(view, [reads], syntax)).unknown).toEqual(['shard.events_local']);
});

const refused = (code: string, message: string) => Object.assign(new Error(message), { code });
const RIGHTS = 'our user needs REMOTE ON *.* and the rights that "llma roles etl" prints';

test.each([
  ['is not there', [], ''],
  ['may not be asked for', refused('497', 'etl: no grant. '), ` (ClickHouse 497: etl: no grant: ${RIGHTS})`],
  ['is of no cluster', refused('701', "Cluster 'main' not found."), " (ClickHouse 701: Cluster 'main' not found)"],
])('a table of another server that %s is unknown, by name, whatever is here', async (_, elsewhere, why) => {
  const { database } = server([DISTRIBUTED, LOCAL], elsewhere);
  expect((await sourceTables(database, [reads], noViews)).unknown).toEqual([
    `shard.events_local on cluster main, which raw.events reads${why}`,
  ]);
});

test('a server that does not show its own tables is not taken for one that has none', async () => {
  const select = () => Promise.reject(refused('497', 'no'));
  const database = { select, settings: { sourceDatabase: 'raw' } } as unknown as Database;
  await expect(sourceTables(database, [reads], noViews)).rejects.toMatchObject({ code: '497' });
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
  const { database } = server([events, few, silent, shards, ofTeam], [few]);
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
