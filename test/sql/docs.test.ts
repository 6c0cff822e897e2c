import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { CANONICAL_COLUMNS, OPTIONAL_COLUMNS } from '../../templates/canonical.js';
import { LIST_METHODS, DICT_METHODS } from '../../templates/jinja/collection-methods.js';
import { STRING_METHODS } from '../../templates/jinja/string-methods.js';
import {
  EVENT_TYPES,
  catalogueOf,
  openSqlHarness,
  removeSqlDirs,
  shippedCatalogue,
  type SqlHarness,
} from './harness.js';
import { problemsOf } from './problems.js';

const metrics = readFileSync(packageFile('docs', 'metrics.md'), 'utf8');
const adding = readFileSync(packageFile('docs', 'adding-a-metric.md'), 'utf8');
let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
afterEach(removeSqlDirs);
afterAll(() => sql.close());

const examples = [...adding.matchAll(/```sql\n([^]*?)```/g)].map(([, text]) => text ?? '');

test.each(examples)('the example beginning with %s is a valid template that runs', async (text) => {
  const catalogue = catalogueOf({ 'example.sql': text });
  expect(await problemsOf(catalogue, sql.describe)).toEqual([]);
  expect(await sql.compute(catalogue)).toEqual([]);
});

test('the columns of an LLM event are all there, with their types and in order', () => {
  const table = [...adding.matchAll(/^\| `(\w+)` +\| ([A-Z][^|]*?) +\|/gm)].map(([, name, type]) => ({ name, type }));
  const all = [...CANONICAL_COLUMNS, ...OPTIONAL_COLUMNS];
  expect(table.slice(-all.length)).toEqual(all);
});

test('every method of Python’s that there is is listed', () => {
  for (const methods of [STRING_METHODS, LIST_METHODS, DICT_METHODS]) {
    for (const name of Object.keys(methods)) expect(adding).toContain(`\`${name}\``);
  }
});

test('every shipped metric is described', async () => {
  const properties = { $ai_is_error: true };
  await sql.insert(EVENT_TYPES.map((event) => ({ event, properties })));
  const rows = await sql.compute(shippedCatalogue('event_counts', 'error_rates'));
  expect(rows).toHaveLength(12);
  for (const { metric_name, template } of rows) {
    const line = metrics.split('\n').find((row) => row.startsWith(`| \`sql/${template}.sql\``));
    expect(line).toContain(`\`${metric_name}\``);
  }
  await sql.clear();
});
