import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openSqlHarness, removeSqlDirs, type SqlHarness } from '../sql/harness.js';
import { GOOD } from '../sql/problems.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { refused, refusedIn, type Files } from './refused.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const AUDIT = '-- blocking: It holds.\nSELECT 1 AS x';
const RAW = "SELECT toDate(timestamp) AS date, team_id, 'x' AS metric_name, 1 AS metric_value FROM events";

test.each<[string, Files, string]>([
  [
    'sources without a file',
    { 'm.sql': GOOD, 'sources/README.md': '' },
    'there are no sources to read events from: looked for *.sql in <sql>/sources; write one, or remove the directory to use the shipped one',
  ],
  [
    'a source',
    { 'm.sql': RAW, 'source/s.sql': 'SELECT 1' },
    'sql/source: nothing reads this folder; rename it to sources, or to something else',
  ],
  [
    'a state',
    { 'm.sql': GOOD, 'State/m.sql': '' },
    'sql/State: nothing reads this folder; rename it to states, or to something else',
  ],
  [
    'an audit',
    { 'm.sql': GOOD, 'audit/a.sql': AUDIT },
    'sql/audit: nothing reads this folder; rename it to audits, or to something else',
  ],
  [
    'capitals',
    { 'm.sql': GOOD, 'Audits/a.sql': AUDIT },
    'sql/Audits: nothing reads this folder; rename it to audits, or to something else',
  ],
  ...['sources', 'states', 'audits'].map((folder): [string, Files, string] => [
    `a file ${folder}`,
    { 'm.sql': RAW, [folder]: '' },
    `<sql>/${folder} is no directory: expected one of *.sql files; rename it, or set LLMA_SQL_DIR`,
  ]),
])('a folder that is not used is not passed over: %s', async (_what, files, expected) => {
  expect(await refused(sql, files)).toEqual([expected]);
});

test.each<[string, Files]>([
  ['folders of included files', { 'm.sql': "{% include 'parts/m.sql' %}", 'parts/m.sql': GOOD, 'stats/x.sql': '' }],
  ['a folder of something else', { 'm.sql': GOOD, 'source/README.md': '' }],
  ['no source where no template asks for events', { 'm.sql': RAW, 'sources/README.md': '' }],
])('nothing is wrong with %s', async (_what, files) => {
  expect(await refused(sql, files)).toEqual([]);
});

test('LLMA_SQL_DIR that is a file', async () => {
  const file = join(temporaryDirectory(), 'm.sql');
  writeFileSync(file, GOOD);
  expect(await refusedIn(file, sql)).toEqual([
    `${file} is no directory: expected one of *.sql files; rename it, or set LLMA_SQL_DIR`,
  ]);
});
