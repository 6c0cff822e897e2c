import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePartition } from '../../config/partition.js';
import { llmEventsRelation } from '../../templates/relation.js';
import { renderPartition } from '../../templates/render.js';
import { wrapTemplate } from '../../templates/wrap.js';
import { EVENT_TYPES, openSqlHarness, shippedCatalogue, type SqlHarness } from './harness.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
  for (const month of ['2025-01', '2025-02', '2025-03']) {
    await sql.insert([10, 11, 12].map((day) => ({ timestamp: `${month}-${day} 00:00:00` })));
  }
});
afterAll(() => sql.close());

/** The plan of one shipped template's query for 2025-02-11. */
async function planOf(name: string): Promise<string> {
  const options = { eventTypes: EVENT_TYPES, partition: parsePartition('2025-02-11') };
  const [template] = renderPartition(shippedCatalogue(name), options).templates;
  return await explained(wrapTemplate(template!));
}

async function explained(query: string): Promise<string> {
  const rows = await sql.select<{ explain: string }>(`EXPLAIN actions = 1, indexes = 1 ${query}`);
  return rows.map(({ explain }) => explain).join('\n');
}

test.each(shippedCatalogue().templates.map(({ name }) => name))(
  '%s reads the day’s part of the table alone',
  async (name) => {
    const plan = await planOf(name);
    expect(plan).toMatch(/Parts: 1\/3/);
    expect(plan).toMatch(/Condition:.*toDate\(timestamp\)/);
  },
);

test('what counts events does not read their properties, what asks for details does', async () => {
  const range = { eventTypes: EVENT_TYPES, dateStart: '2025-02-11', dateEnd: '2025-02-12' };
  const relation = llmEventsRelation(shippedCatalogue('event_counts'), range);
  const plan = (what: string) => explained(`SELECT ${what} FROM ${relation}`);
  expect(await plan('count(), uniqExact(team_id, event, event_id)')).not.toContain('properties');
  expect(await plan('countIf(is_error)')).toContain('properties');
});

test('each template reads the table once, whatever the number of event types', async () => {
  for (const { name } of shippedCatalogue().templates) {
    expect((await planOf(name)).match(/ReadFromMergeTree/g)).toHaveLength(1);
  }
});
