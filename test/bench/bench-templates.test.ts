/** What the parts `ten`, `one` and `concurrency` compute: by date, which makes days one INSERT, or not. */
import { existsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { notByDate, withTemplates } from '../../bench/bench-templates.js';
import { reference } from '../../bench/reference.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { DAY, openSqlHarness } from '../sql/harness.js';

test.each([
  ['by date', undefined, true],
  ['each day by itself', notByDate, false],
])('ten templates, %s, for as long as they are used', async (_, edit, expected) => {
  const directory = await withTemplates(
    'ten',
    (sqlDir) => {
      const { templates } = loadCatalogue({ sqlDir });
      expect(templates.map(({ byDate }) => byDate)).toEqual(Array(10).fill(expected));
      expect(templates.every(({ declaredMetrics }) => declaredMetrics?.length === 1)).toBe(true);
      return Promise.resolve(sqlDir);
    },
    edit,
  );
  expect(existsSync(directory)).toBe(false);
});

test('a template whose header is another one is no template of the part', () => {
  expect(() => notByDate('-- metrics: x\nSELECT 1')).toThrow('expected one header "-- metrics, by date:"');
});

test('one template computes what the ten do', async () => {
  const sql = await openSqlHarness();
  onTestFinished(() => sql.close());
  const values: Readonly<Record<string, string>> = {
    start: `'${DAY}'`,
    per_day: '3000',
    days: '1',
    teams: '5',
    pad: '10',
  };
  await sql.command(reference('events.sql').replaceAll(/\{(\w+):\w+\}/g, (_, name: string) => values[name] ?? ''));
  const of = (folder: 'ten' | 'one') =>
    withTemplates(folder, async (sqlDir) =>
      (await sql.compute(loadCatalogue({ sqlDir }))).map(
        ({ team_id, metric_name, metric_value }) => `${team_id} ${metric_name} ${metric_value.toPrecision(12)}`,
      ),
    );
  const [ten, one] = [await of('ten'), await of('one')];
  expect(one.length).toBeGreaterThan(100);
  expect(one.sort()).toEqual(ten.sort());
});
