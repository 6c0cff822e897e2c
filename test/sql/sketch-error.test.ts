/** How far off merged sketches are: what docs/metrics.md says of weeks and months. The ids are always the same, and so is the answer. */
import { afterAll, expect, inject, test } from 'vitest';
import { createClient } from '@clickhouse/client';
import { STATE_TYPES } from '../../templates/states.js';

const client = createClient({ url: inject('clickhouseUrl') });
afterAll(() => client.close());

/** So many groups of ids, each of them seen on about half of the days: what the merged sketch of the days says, beside the ids. */
const SQL = `
  SELECT sqrt(avg(pow(error, 2))) AS usual, max(abs(error)) AS most
  FROM
  (
    SELECT uniqCombined64Merge(13)(CAST(sketch, '${STATE_TYPES.uniques}')) / {ids:UInt32} - 1 AS error
    FROM
    (
      SELECT
        intDiv(number, {ids:UInt32}) AS group,
        d.number AS day,
        CAST(uniqCombined64StateIf(13)(concat('u', toString(i.number)), (i.number % {days:UInt32} = day) OR sipHash64(i.number, day) % 2 = 0), 'String') AS sketch
      FROM numbers({ids:UInt32} * {groups:UInt32}) AS i CROSS JOIN numbers({days:UInt32}) AS d
      GROUP BY group, day
    )
    GROUP BY group
  )`;

async function errors(ids: number, days: number) {
  const query_params = { ids, days, groups: Math.ceil(100_000 / ids) };
  const result = await client.query({ query: SQL, query_params, format: 'JSONEachRow' });
  const [row] = await result.json<{ usual: number; most: number }>();
  return row!;
}

test.each([7, 31])('of %d days', async (days) => {
  expect(await errors(250, days)).toEqual({ usual: 0, most: 0 });
  for (const ids of [500, 2_000, 8_000, 50_000]) {
    const { usual, most } = await errors(ids, days);
    expect(usual, `${ids} ids`).toBeGreaterThan(0);
    expect(usual, `${ids} ids`).toBeLessThan(0.013);
    expect(most, `${ids} ids`).toBeLessThan(0.04);
  }
  const { most } = await errors(20_500, days);
  expect(most).toBeLessThan(0.045);
});
