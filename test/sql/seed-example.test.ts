import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { parsePartition } from '../../config/partition.js';
import { validateCatalogue } from '../../templates/validate.js';
import { DAY, EVENT_TYPES, catalogueOf, openSqlHarness, removeSqlDirs, shortly, type SqlHarness } from './harness.js';

/** The example of the original pipeline's documentation, word for word; docs/adding-a-metric.md shows the same. */
const EXAMPLE = `{% for event_type in event_types %}
{% set metric_name = event_type.lstrip('$') + '_tokens' %}
SELECT
    date(timestamp) as date,
    team_id,
    '{{ metric_name }}' as metric_name,
    toFloat64(sum(JSONExtractInt(properties, '$ai_total_tokens'))) as metric_value
FROM events
WHERE event = '{{ event_type }}'
  AND timestamp >= toDateTime('{{ date_start }}', 'UTC')
  AND timestamp < toDateTime('{{ date_end }}', 'UTC')
GROUP BY date, team_id
HAVING metric_value > 0
{% if not loop.last %}
UNION ALL
{% endif %}
{% endfor %}
`;

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
  await sql.insert([
    { properties: { $ai_total_tokens: 10 } },
    { properties: { $ai_total_tokens: 5 }, timestamp: `${DAY} 23:59:59.999999` },
    { properties: { $ai_total_tokens: 7 }, event: '$ai_embedding', team_id: 2 },
    { properties: { $ai_total_tokens: 0 }, event: '$ai_span' },
    { properties: { $ai_total_tokens: 99 }, timestamp: '2025-03-11 00:00:00' },
    { properties: { $ai_total_tokens: 99 }, event: '$pageview' },
  ]);
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

test('the original’s example works word for word, dropped into sql/', async () => {
  const rows = await sql.compute(catalogueOf({ 'token_counts.sql': EXAMPLE }));
  expect(shortly(rows)).toEqual(['1 ai_generation_tokens = 15', '2 ai_embedding_tokens = 7']);
  expect(rows[0]).toMatchObject({ date: DAY, template: 'token_counts' });
});

test('beside others, with one event type, with Windows’ line ends, and with a semicolon at its end', async () => {
  const variants = { 'a.sql': EXAMPLE, 'b.sql': EXAMPLE.replaceAll('\n', '\r\n'), 'c.sql': `${EXAMPLE};\n-- the end` };
  const rows = await sql.compute(catalogueOf(variants), { eventTypes: ['$ai_generation'] });
  expect(rows.map(({ template, metric_value }) => [template, metric_value])).toEqual([
    ['a', 15],
    ['b', 15],
    ['c', 15],
  ]);
});

test('it is valid', async () => {
  const catalogue = catalogueOf({ 'token_counts.sql': EXAMPLE });
  const samplePartition = parsePartition(DAY);
  expect(
    await validateCatalogue({ catalogue, eventTypes: EVENT_TYPES, samplePartition, describe: sql.describe }),
  ).toEqual([]);
});

test('the documentation shows this example', () => {
  expect(readFileSync(packageFile('docs', 'adding-a-metric.md'), 'utf8')).toContain(EXAMPLE);
});
