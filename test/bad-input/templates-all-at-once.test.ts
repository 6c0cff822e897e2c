import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../clickhouse/database.js';
import { loadSettings } from '../../config/settings.js';
import { examineTemplates } from '../../worker/check-templates.js';
import { openSqlHarness, removeSqlDirs, sqlDirOf, type SqlHarness } from '../sql/harness.js';
import { GOOD } from '../sql/problems.js';
import { refused, type Files } from './refused.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const WRONG = {
  'good.sql': GOOD,
  'wrong.sql': `${GOOD})`,
  'audits/wrong.sql': '-- blocking: It holds.\nSELECT 1 AS x',
};
const SAID = [
  'sql/wrong.sql:3: a ) closes nothing',
  'sql/audits/wrong.sql: it returns x; expected one column, message: a sentence for each thing that is wrong',
];
const LATIN1 = Buffer.from(`-- caf\u00e9\n${GOOD}`, 'latin1');

test.each<[string, Files, string]>([
  [
    'a file name',
    { 'Costs.sql': GOOD },
    'sql/Costs.sql: a template’s name has only a-z, 0-9, _ and -, and ends with .sql; rename the file',
  ],
  [
    'a source’s name',
    { 'sources/S.sql': 'SELECT 1' },
    'sql/sources/S.sql: a template’s name has only a-z, 0-9, _ and -, and ends with .sql; rename the file',
  ],
  ['an encoding', { 'm.sql': LATIN1 }, 'sql/m.sql: "m.sql" is not UTF-8 in line 1: save it as UTF-8'],
  [
    'an encoding beside states',
    { 'm.sql': LATIN1, 'states/m.sql': GOOD },
    'sql/m.sql: "m.sql" is not UTF-8 in line 1: save it as UTF-8',
  ],
  [
    'states without a template',
    { 'states/n.sql': GOOD },
    'sql/states/n.sql: there is no metric template sql/n.sql that these states belong to; rename the file',
  ],
  [
    'an audit’s header',
    { 'audits/a.sql': 'SELECT 1' },
    'sql/audits/a.sql:1: expected a first line like "-- blocking: Rates are from 0 to 100." or "-- warning: …", which says what should hold',
  ],
])('%s that is wrong hides no errors of the other files', async (_what, files, expected) => {
  expect(await refused(sql, { ...WRONG, ...files })).toEqual([expected, ...SAID]);
});

test.each<[string, string, string[]]>([
  ['a quote', GOOD.replace("'x'", "'x"), ["sql/m.sql:2: a ' has no closing '"]],
  [
    'a variable',
    GOOD.replace('llm_events', 'llm_event'),
    [expect.stringMatching(/^sql\/m\.sql:3: `llm_event` is undefined/) as string],
  ],
  [
    'a column',
    GOOD.replace('count()', 'sum(tokens)'),
    ['sql/m.sql:2: Unknown expression or function identifier `tokens`'],
  ],
  ['no SELECT', '', ['sql/m.sql: it has no SELECT: write one, or remove the file']],
  ['nothing else', GOOD, []],
])('a header that is wrong hides nothing of its file: %s', async (_what, text, expected) => {
  const header = 'sql/m.sql:1: "-- metric:" is not known: expected "-- metrics:", or "-- metrics, by date:"';
  expect(await refused(sql, { 'm.sql': `-- metric: x\n${text}` })).toEqual([header, ...expected]);
});

const examined = (environment: Readonly<Record<string, string>>) =>
  examineTemplates(loadSettings(environment, '/nonexistent'), {
    select: (statement: string) => sql.select(statement),
    supported: () => Promise.resolve({}),
  } as unknown as Database);

test('nor does a link that leads out, or an unknown name in LLMA_METRICS', async () => {
  const sqlDir = sqlDirOf(WRONG);
  const known = await examined({ LLMA_SQL_DIR: sqlDir, LLMA_METRICS: 'nope' });
  expect(known.problems).toEqual(['there is no metric template "nope"; known are good, wrong', ...SAID]);

  writeFileSync(join(sqlDir, '../outside.sql'), GOOD);
  symlinkSync(join(sqlDir, '../outside.sql'), join(sqlDir, 'link.sql'));
  const linked = await examined({ LLMA_SQL_DIR: sqlDir });
  expect(linked.problems).toEqual([expect.stringMatching(/^sql\/link\.sql: "link\.sql" is a link to /), ...SAID]);
  expect(linked.catalogue.templates.map(({ name }) => name)).toEqual(['good', 'wrong']);
});

test('a directory that is not there is all that is said', async () => {
  const sqlDir = join(sqlDirOf({}), 'gone');
  expect((await examined({ LLMA_SQL_DIR: sqlDir })).problems).toEqual([
    `there is no directory ${sqlDir}: create it, or set LLMA_SQL_DIR`,
  ]);
});
