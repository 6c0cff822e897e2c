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
    expect(found('my_own')).toMatchObject({ byDate: false });
    expect(found('duplicate_keys')).toMatchObject({ level: 'blocking', always: true, byDate: true });
    expect(withAudits({ 'a.sql': '-- warning, by date: x' }).audits[0]).toMatchObject({
      level: 'warning',
      byDate: true,
    });
    expect(withAudits({ 'a.sql': '-- blocking, by date, always: By date.' }).audits[0]).toMatchObject({
      always: true,
      byDate: true,
      sentence: 'By date.',
    });
    // One of the same name takes the place of the shipped one.
    expect(found('finite_values')).toMatchObject({ sentence: 'It holds.' });
  });

  test.each([
    'SELECT 1',
    '-- SELECT',
    '-- blocking:',
    '-- warning, always: x',
    '-- fatal: x',
    '-- blocking, by day: x',
    '\n-- blocking: x',
  ])('the first line %j does not say what should hold', (text) => {
    expect(() => withAudits({ 'a.sql': text })).toThrow(
      'audits/a.sql:1: expected a first line like "-- blocking: Rates are from 0 to 100." or "-- warning: …", which says what should hold',
    );
  });
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
    ['nothing, by date', "-- blocking, by date: x\nSELECT 'a' AS message, date FROM {{ candidates }}", ''],
    [
      'no date, by date',
      "-- blocking, by date: x\nSELECT 'a' AS message FROM {{ candidates }}",
      'it returns message; expected date, message, as its header says "by date": a sentence for each thing that is wrong, and the day of {{ partitions }} that it is about',
    ],
    [
      'a date that is none',
      "-- blocking, by date: x\nSELECT toString(date) AS date, 'a' AS message FROM {{ day }}",
      'its column date is String; expected Date, a day of {{ partitions }}',
    ],
    [
      'a date of an audit that does not say so',
      "-- blocking: x\nSELECT date, 'a' AS message FROM {{ day }}",
      'it returns date, message; expected one column, message',
    ],
    ['the partition, by date', "-- warning, by date: x\nSELECT '{{ partition }}'", '`partition` is undefined'],
    ['all days, of one', '-- warning: x\nSELECT date FROM {{ partitions }}', '`partitions` is undefined'],
    ['an unknown variable', '-- blocking: x\nSELECT {{ candidate }}', '`candidate` is undefined'],
    [
      'a number that only the whole day has',
      '-- blocking: x\nSELECT toString(duplicates) AS message FROM {{ source }}',
      'duplicates',
    ],
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
    const rows = [
      'SELECT date, team_id, metric_name, metric_value, template FROM {{ candidates }}',
      'SELECT date, team_id, metric_name, metric_value, template FROM {{ day }}',
      'SELECT date, team_id, metric_name, metric_value, template FROM {{ current }}',
      'SELECT date, rows, source_rows, teams FROM {{ days }}',
      'SELECT template, pattern, header FROM {{ declared }}',
      'SELECT event_id, model, is_error FROM {{ llm_events }}',
    ];
    const own = [
      'SELECT team_id, metric_name, metric_value, events FROM {{ recount }}',
      'SELECT team_id, event, events FROM {{ source }}',
      'SELECT events, duplicates FROM {{ deliveries }}',
    ];
    const rowCounts = 'SELECT {{ recount_rows + declared_rows + days_rows }}';
    const union = (columns: string, selects: readonly string[]) =>
      selects.map((select) => `SELECT ${columns} FROM (${select})`).join('\nUNION ALL\n');
    const one = union('toString(tuple(*)) AS message', [...rows, ...own, rowCounts]);
    expect(await problems(`-- warning: x {{ partition }}\n${one}`)).toEqual([]);
    const dated = own.map((select) => select.replace('SELECT ', 'SELECT date, '));
    const lastDays = 'SELECT arrayJoin({{ last_days }}) AS week, week.1 + 1, length(week.2)';
    const all = [...rows, ...dated, rowCounts, 'SELECT date FROM {{ partitions }}', lastDays];
    const byDate = union('today() AS date, toString(tuple(*)) AS message', all);
    expect(await problems(`-- warning, by date: x\n${byDate}`)).toEqual([]);
  });
});
