/** What the measurements of `bench/scaling.ts` stand on: each point begins with nothing, and computes what is shipped. */
import { createClient } from '@clickhouse/client';
import { expect, inject, test } from 'vitest';
import { emptyTables, TEMPLATES } from '../../bench/scaling-ground.js';
import { packageFile } from '../../config/package-file.js';
import { loadCatalogue } from '../../templates/catalogue.js';
import { withDatabase } from '../support/activity-harness.js';

const harness = withDatabase();

test('every table of ours is emptied, and the record of migrations is not', async () => {
  const tables = async (which: string) =>
    (
      await harness.select<{ name: string }>(
        `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'llma_') AND engine LIKE '%MergeTree' AND ${which} ORDER BY name`,
      )
    ).map(({ name }) => name);
  // Those that migrations of before have made are filled by nothing.
  const former = ['llma_metrics_state_versions'];
  const filled = (await tables(`name != 'llma_schema_migrations'`)).filter((name) => !former.includes(name));
  expect(filled).toContain('llma_metrics_states_versions');
  for (const name of filled) {
    await harness.command(`INSERT INTO ${name} (date) VALUES ('2026-05-01')`);
  }
  expect(await tables('total_rows > 0')).toEqual([...filled, 'llma_schema_migrations']);
  const client = createClient({ url: inject('clickhouseUrl') });
  await emptyTables(client, harness.name).finally(() => client.close());
  expect(await tables('total_rows > 0')).toEqual(['llma_schema_migrations']);
});

test('all shipped templates are computed', () => {
  const shipped = loadCatalogue({ sqlDir: packageFile('sql') }).templates.map(({ name }) => name);
  expect([...TEMPLATES].sort()).toEqual(shipped.sort());
});
