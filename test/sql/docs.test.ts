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

test('every shipped metric is described below its template, with all that the table has columns for; and nothing else is', async () => {
  const tokens = ['input', 'output', 'total', 'cache_read_input', 'cache_creation_input', 'reasoning'];
  const properties = {
    ...Object.fromEntries(tokens.map((name) => [`$ai_${name}_tokens`, 1])),
    ...{ $ai_total_cost_usd: 1, $ai_latency: 1, $ai_is_error: true, $ai_trace_id: 't', $ai_session_id: 's' },
    ...{ $ai_model: 'm', $ai_tool_name: 't' },
  };
  await sql.insert(EVENT_TYPES.map((event) => ({ event, properties })));
  const rows = await sql.compute(shippedCatalogue());
  const shipped = rows.map(({ metric_name, template }) => `${template} ${metric_name}`);
  const described = metrics
    .split(/^### sql\//m)
    .slice(1)
    .map((section) => section.split(/^## /m, 1).join())
    .flatMap((section) => {
      const cells = [...section.matchAll(/^\| `([\w<>]+)` +\|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|$/gm)];
      expect(cells.flat().filter((cell) => cell.trim() === '')).toEqual([]);
      const kinds = EVENT_TYPES.map((event) => event.slice(1));
      const names = cells.flatMap(([, name = '']) => kinds.map((kind) => name.replace('<type>', kind)));
      return [...new Set(names)].map((name) => `${section.split('.sql')[0]} ${name}`);
    });
  expect(described.sort()).toEqual(shipped.sort());
  await sql.clear();
});
