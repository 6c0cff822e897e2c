/** A look at all months, however odd the parts of one of them are. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database, QueryOptions } from '../../clickhouse/database.js';
import { lookAtMonths } from '../../clickhouse/look.js';
import { unfinishedMonths } from '../../clickhouse/recovery.js';
import { withDatabase } from '../support/activity-harness.js';
import { publish } from '../support/publishers.js';
import { liveRows } from '../support/tables.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const [DAY, OTHER] = ['2026-03-10', '2026-04-10'];
const look = async () => (await lookAtMonths(harness.database)).map(({ month, differs }) => [month, differs]);

describe('where somebody has changed values with a lightweight UPDATE, which leaves a patch part', () => {
  const SETTINGS = ['enable_block_number_column', 'enable_block_offset_column'];
  const settings = (change: string) => harness.command(`ALTER TABLE llma_metrics_daily ${change}`);
  beforeAll(() => settings(`MODIFY SETTING ${SETTINGS.map((name) => `${name} = 1`).join()}`));
  afterAll(() => settings(`RESET SETTING ${SETTINGS.join()}`));

  /** Two months, published; and what the publish of the first knows of it. */
  async function patched() {
    for (const day of [DAY, OTHER]) await appendVersion(harness, { day, version: 1, rows: 2 });
    await publish(harness, OTHER);
    const { shown } = await publish(harness, DAY);
    const before = await lookAtMonths(harness.database);
    await harness.command(`UPDATE llma_metrics_daily SET metric_value = 7 WHERE date = '${DAY}' AND team_id = 1`);
    expect(
      await harness.select(
        `SELECT 1 FROM system.parts WHERE database = '${harness.name}' AND startsWith(partition_id, 'patch-') AND active`,
      ),
    ).not.toEqual([]);
    return { before, shown };
  }

  test('its month has changed, and the others are seen as ever', async () => {
    const { before } = await patched();
    const after = await lookAtMonths(harness.database);
    expect(after.map(({ month, differs }) => [month, differs])).toEqual([
      ['202603', false],
      ['202604', false],
    ]);
    expect(after[0]!.signature).not.toBe(before[0]!.signature);
    expect(after[1]).toEqual(before[1]);
    await harness.command('ALTER TABLE llma_metrics_daily DROP PARTITION 202604');
    expect(await look()).toEqual([
      ['202603', false],
      ['202604', true],
    ]);
  });

  test('a publish of what the last one has left finds the day, and mends it', async () => {
    const { shown } = await patched();
    expect(await publish(harness, DAY, shown ? { shown } : {})).toMatchObject({ changed: [DAY] });
    expect((await liveRows(harness)).map(({ metric_value }) => metric_value)).toEqual([1, 1, 1, 1]);
    expect(await unfinishedMonths(harness.database)).toEqual([]);
    // Whether the patch part is still there or not.
    expect(await look()).toEqual([
      ['202603', false],
      ['202604', false],
    ]);
  });
});

test('a partition that is no month hides none', async () => {
  await appendVersion(harness, { day: DAY, version: 1, rows: 2 });
  await publish(harness, DAY);
  const database: Database = {
    ...harness.database,
    async select<Row>(sql: string, options?: QueryOptions): Promise<Row[]> {
      const rows = await harness.database.select<Row>(sql, options);
      const odd = ['all', '202613', 'patch-202603'].map((month) => ({ month, rows: '1', states: '0', parts: '1' }));
      return sql.includes('system.parts') ? [...(odd as Row[]), ...rows] : rows;
    },
  };
  expect((await lookAtMonths(database)).map(({ month }) => month)).toEqual(['202603']);
});
