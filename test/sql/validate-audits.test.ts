import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { catalogueOf, openSqlHarness, removeSqlDirs, type SqlHarness } from './harness.js';
import { GOOD, problemsOf } from './problems.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const FINE = "-- blocking: It holds.\nSELECT 'no' AS message FROM {{ candidates }}";
const withAudits = (audits: Readonly<Record<string, string>>) =>
  catalogueOf({
    'm.sql': GOOD,
    ...Object.fromEntries(Object.entries(audits).map(([name, text]) => [`audits/${name}`, text])),
  });
const problems = (text: string) => problemsOf(withAudits({ 'a.sql': text }), sql.describe);

describe('which audits there are', () => {
  test('those that are shipped, and those of audits/, each with its level and sentence', () => {
    const { audits } = withAudits({ 'my_own.sql': '-- warning: Fridays are quiet.\n', 'finite_values.sql': FINE });
    expect(audits.map(({ name }) => name)).toEqual([
      'counts_match_source',
      'declared_metrics',
      'duplicate_keys',
      'finite_values',
      'my_own',
      'numerator_within_denominator',
      'rates_have_parts',
      'rates_in_range',
      'thin_day',
      'vanished_teams',
    ]);
    const found = (name: string) => audits.find((audit) => audit.name === name);
    expect(found('my_own')).toMatchObject({ level: 'warning', always: false, sentence: 'Fridays are quiet.' });
    expect(found('duplicate_keys')).toMatchObject({ level: 'blocking', always: true });
    // One of the same name takes the place of the shipped one.
    expect(found('finite_values')).toMatchObject({ sentence: 'It holds.' });
  });

  test.each(['SELECT 1', '-- SELECT', '-- blocking:', '-- warning, always: x', '-- fatal: x', '\n-- blocking: x'])(
    'the first line %j does not say what should hold',
    (text) => {
      expect(() => withAudits({ 'a.sql': text })).toThrow(
        'audits/a.sql:1: expected a first line like "-- blocking: Rates are from 0 to 100." or "-- warning: …", which says what should hold',
      );
    },
  );
});

describe('what is wrong with an audit is said with its file and line', () => {
  test.each<[string, string, string]>([
    ['nothing', FINE, ''],
    ['it renders to nothing', '-- warning: x\n{% if false %}SELECT 1{% endif %}', ''],
    [
      'another column',
      "-- blocking: x\nSELECT 'a' AS text FROM {{ candidates }}",
      'it returns text; expected one column, message: a sentence for each thing that is wrong',
    ],
    ['an unknown variable', '-- blocking: x\nSELECT {{ candidate }}', '`candidate` is undefined'],
    ['an unknown column', '-- blocking: x\nSELECT toString(metric) AS message\nFROM {{ day }}', 'metric'],
  ])('%s', async (_, text, said) => {
    const found = await problems(text);
    if (said === '') expect(found).toEqual([]);
    else {
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(/audits\/a\.sql/);
      expect(found[0]).toContain(said);
    }
  });

  test('every relation has the columns that the documentation promises', async () => {
    const all = [
      'SELECT date, team_id, metric_name, metric_value, template FROM {{ candidates }}',
      'SELECT date, team_id, metric_name, metric_value, template FROM {{ day }}',
      'SELECT date, team_id, metric_name, metric_value, template FROM {{ current }}',
      'SELECT date, rows, source_rows, teams FROM {{ days }}',
      'SELECT team_id, metric_name, metric_value, events FROM {{ recount }}',
      'SELECT template, pattern, header FROM {{ declared }}',
      'SELECT team_id, event, events, duplicates FROM {{ source }}',
      'SELECT event_id, model, is_error FROM {{ llm_events }}',
    ].map((select) => `SELECT toString(tuple(*)) AS message FROM (${select})`);
    expect(await problems(`-- warning: x {{ partition }}\n${all.join('\nUNION ALL\n')}`)).toEqual([]);
  });
});
