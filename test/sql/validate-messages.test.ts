import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { catalogueOf, openSqlHarness, removeSqlDirs, type SqlHarness } from './harness.js';
import { GOOD, problemsOf } from './problems.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const problemsIn = (text: string) => problemsOf(catalogueOf({ 'm.sql': text }), sql.describe);

describe('errors of ClickHouse come with the file’s line, and short', () => {
  test.each([
    [
      'a syntax error',
      GOOD.replace('GROUP BY date, team_id', '\nGROUP BY date team_id'),
      '4 Syntax error at `team_id`',
    ],
    [
      'a syntax error after lines of a loop',
      `{% for e in event_types %}\n-- {{ e }}\n{% endfor %}\n${GOOD} GROUP`,
      '6 Syntax error at `GROUP`',
    ],
    [
      'a syntax error after other letters than ASCII',
      `-- ${'😀'.repeat(40)}\nSELECT 1 2\n${'-- x\n'.repeat(50)}`,
      '2 Syntax error at `2`',
    ],
    [
      'an unknown column',
      GOOD.replace('count()', '\n  sum(inputs)'),
      '2 Unknown expression or function identifier `inputs`',
    ],
    [
      'an unknown table',
      GOOD.replace('{{ llm_events }}', 'nothing_here'),
      "2 Unknown table expression identifier 'nothing_here'",
    ],
    ['an unknown database', GOOD.replace('{{ llm_events }}', 'nodb.events'), '2 Database nodb does not exist'],
    ['an unknown function', GOOD.replace('count()', 'cuont()'), '1 Function with name `cuont` does not exist'],
    [
      'a column outside of GROUP BY',
      GOOD.replace(', team_id\n', '\n').replace('GROUP BY date, team_id', 'GROUP BY date'),
      "1 Column 'team_id' is not under aggregate function and not in GROUP BY keys",
    ],
    ['wrong types', GOOD.replace('count()', 'sum(model)'), 'Illegal type'],
    ['FORMAT, which can’t stand in a subquery', `${GOOD}\nFORMAT JSON`, '4 Syntax error at `FORMAT`'],
  ])('%s', async (_what, text, expected) => {
    const [problem, ...others] = await problemsIn(text);
    expect(others.filter((other) => !other.includes('column'))).toEqual([]);
    expect(problem).toContain(expected);
    expect(problem).not.toMatch(/version|DB::Exception|Expected one of|SELECT date/);
    expect(problem!.length).toBeLessThan(200);
  });

  test('in an included file it is the included file’s', async () => {
    const catalogue = catalogueOf({
      'm.sql': `\n{% include 'parts/body.sql' %}`,
      'parts/body.sql': GOOD.replace('count()', '\ncuont()'),
    });
    expect((await problemsOf(catalogue, sql.describe))[0]).toContain('sql/parts/body.sql:2 Function with name `cuont`');
  });

  test('in a macro of another file too', async () => {
    const catalogue = catalogueOf({
      'm.sql': `{% import 'parts/lib.sql' as lib %}\n${GOOD.replace('count()', '{{ lib.value() }}')}`,
      'parts/lib.sql': '{% macro value() %}\n\ncuont()\n{% endmacro %}',
    });
    expect((await problemsOf(catalogue, sql.describe))[0]).toContain('sql/parts/lib.sql:3 Function with name `cuont`');
  });

  test('white space control does not move the lines', async () => {
    const text = `{%- set a = 1 -%}\n\n\n   SELECT date, {# note -#}\n\n team_id, 'x' AS metric_name,\n cuont() AS metric_value FROM {{ llm_events }}`;
    expect((await problemsIn(text))[0]).toContain('sql/m.sql:7 ');
  });
});

describe('errors of the template', () => {
  test.each([
    ['an undefined variable', GOOD.replace('GROUP', '-- {{ date_begin }}\nGROUP'), '3 `date_begin` is undefined'],
    ['a syntax error of Jinja2', `\n{% for x in %}${GOOD}`, '2 '],
    ['an include that leads out', `\n{% include '../m.sql' %}`, '2 "../m.sql" is not a file below'],
    ['an include of nothing', `\n{% include 'gone.sql' %}`, '2 there is no file gone.sql to include or import'],
    ['a comment without end', `${GOOD} /* `, '3 a comment /* has no end'],
    ['a quote without end', `${GOOD} '`, "3 a ' has no closing '"],
    ['a bracket too many', `${GOOD})`, '3 a ) closes nothing'],
    ['two statements', `${GOOD};\nSELECT 1`, '3 a template is one SELECT'],
    ['a header that names nothing', `-- metrics:\n${GOOD}`, '1 "-- metrics:" names ""'],
  ])('%s', async (_what, text, expected) => {
    const problems = await problemsIn(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`sql/m.sql:${expected}`);
  });

  test('all files are looked at, and named', async () => {
    const catalogue = catalogueOf({ 'a.sql': '{{ a }}', 'b.sql': GOOD, 'c.sql': 'SELECT', 'd.sql': 'SELECT 1' });
    expect((await problemsOf(catalogue, sql.describe)).map((problem) => problem.split(' ')[0])).toEqual([
      'sql/a.sql:1',
      ...['sql/c.sql:1'],
      ...Array.from({ length: 5 }, () => 'sql/d.sql:1'),
    ]);
  });
});
