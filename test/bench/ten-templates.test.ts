/** What the parts `ten` and `concurrency` compute: by date, which makes days one INSERT, or not. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { notByDate, withTenTemplates } from '../../bench/ten-templates.js';
import { loadCatalogue } from '../../templates/catalogue.js';

test.each([
  ['by date', undefined, true],
  ['each day by itself', notByDate, false],
])('ten templates, %s, for as long as they are used', async (_, edit, expected) => {
  const directory = await withTenTemplates((sqlDir) => {
    const { templates } = loadCatalogue({ sqlDir });
    expect(templates.map(({ byDate }) => byDate)).toEqual(Array(10).fill(expected));
    expect(templates.every(({ declaredMetrics }) => declaredMetrics?.length === 1)).toBe(true);
    return Promise.resolve(sqlDir);
  }, edit);
  expect(existsSync(directory)).toBe(false);
});

test('a template whose header is another one is no template of the part', () => {
  expect(() => notByDate('-- metrics: x\nSELECT 1')).toThrow('expected one header "-- metrics, by date:"');
});
