/** Two live tables, one publish: nobody takes back what became visible, and no metrics are shown before their states. */
import { beforeEach, expect, test } from 'vitest';
import { unfinishedMonths } from '../../clickhouse/recovery.js';
import { withDatabase } from '../support/activity-harness.js';
import { countStatements, freezeAtStatement, publish, publishUntilDone, STEPS } from '../support/publishers.js';
import { liveRows } from '../support/tables.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const [DAY, OTHER] = ['2026-04-10', '2026-04-20'];
const states = true;

const append = (day: string, version: number, rows = 1) =>
  appendVersion(harness, { day, version, rows, ids: version, value: version });

/** Of each day, the version that its visible rows and states say. */
async function seen() {
  const rows = await liveRows(harness);
  const ids = await harness.select<{ day: string; ids: number }>(
    'SELECT toString(s.date) AS day, toUInt64(finalizeAggregation(uniques)) AS ids FROM llma_metrics_states AS s ORDER BY day',
  );
  return {
    rows: Object.fromEntries(rows.map(({ date, metric_value }) => [date, metric_value])),
    states: Object.fromEntries(ids.map(({ day, ids: n }) => [day, n])),
  };
}

const both = (day: number, other: number) => ({
  rows: { [DAY]: day, [OTHER]: other },
  states: { [DAY]: day, [OTHER]: other },
});

beforeEach(async () => {
  await append(DAY, 1);
  await append(OTHER, 1);
  await publish(harness, DAY, { states });
});

test('a publisher that is frozen between any two statements while another publishes newer rows and states takes nothing back', async () => {
  await append(DAY, 2);
  const statements = await countStatements(harness, DAY, { states });
  expect(statements).toBeGreaterThan(15);
  const steps = new Set<unknown>();
  for (let at = 0; at < statements; at++) {
    const version = 10 + 2 * at;
    await append(DAY, version);
    const { outcome, thaw, step } = await freezeAtStatement(harness, DAY, at, { states });
    const where = `before statement ${at}, of ${step}`;
    await append(DAY, version + 1);
    await publish(harness, DAY, { states });
    expect(await seen(), where).toEqual(both(version + 1, 1));
    thaw();
    const ended = await outcome;
    expect(await seen(), `${where}: the frozen publisher took something back`).toEqual(both(version + 1, 1));
    if (!steps.has(step)) expect(ended instanceof Error, step).toBe(step !== 'claim' && step !== 'drop');
    steps.add(step);
  }
  expect([...steps]).toEqual(STEPS);
  expect(await publish(harness, DAY)).toMatchObject({ changed: [] });
  expect(await unfinishedMonths(harness.database)).toEqual([]);
});

test('a publisher that dies between the two swaps: states are newer for a while, never older, and the next publish mends it', async () => {
  await append(DAY, 2);
  const { command } = harness.database;
  const dying = {
    ...harness.database,
    command: (sql: string, options?: Parameters<typeof command>[1]) =>
      sql.startsWith('ALTER TABLE') && sql.includes('`llma_metrics_daily`')
        ? Promise.reject(new Error('killed'))
        : command(sql, options),
  };
  await expect(publish(harness, DAY, { states, database: dying })).rejects.toThrow('killed');
  expect(await seen()).toEqual({ ...both(1, 1), states: { [DAY]: 2, [OTHER]: 1 } });
  expect(await unfinishedMonths(harness.database)).toEqual([{ month: '202604', days: [DAY] }]);
  expect(await publish(harness, DAY)).toMatchObject({ changed: [DAY] });
  expect(await seen()).toEqual(both(2, 1));
  expect(await harness.temporaryTables()).toEqual([]);
});

test('a month without states is swapped once, whatever other months have', async () => {
  await appendVersion(harness, { day: '2026-05-01', version: 1 });
  const swaps: string[] = [];
  const { command } = harness.database;
  const database = {
    ...harness.database,
    command: (sql: string, options?: Parameters<typeof command>[1]) => {
      if (sql.startsWith('ALTER TABLE')) swaps.push(sql);
      return command(sql, options);
    },
  };
  await publish(harness, '2026-05-01', { database, states });
  expect(swaps).toHaveLength(1);
  await publish(harness, DAY, { database, states });
  expect(swaps).toHaveLength(3);
  expect(swaps[1]).toContain('llma_metrics_states');
});

test('readers see whole days of rows and of states, neither ever older, and states at least as new as rows', async () => {
  const TEAMS = 20;
  const days = [DAY, OTHER];
  for (const day of days) await append(day, 2, TEAMS);
  await publish(harness, DAY);
  let reads = 0;
  let publishes = 0;
  const done = () => reads >= 100 && publishes >= 4;

  interface Read {
    date: string;
    rows: number;
    values: number[];
  }
  const read = (value: string, table: string) =>
    harness.select<Read>(
      `SELECT toString(d.date) AS date, count() AS rows, groupUniqArray(toUInt64(${value})) AS values FROM ${table} AS d GROUP BY d.date`,
    );

  async function reader(): Promise<string[]> {
    const wrong: string[] = [];
    const latest = new Map<string, number>();
    while (!done()) {
      const rows = await read('metric_value', 'llma_metrics_daily');
      const ofStates = await read('finalizeAggregation(uniques)', 'llma_metrics_states');
      reads++;
      for (const day of days) {
        const versions = [rows, ofStates].map((found, index) => {
          const of = found.find(({ date }) => date === day);
          const version = of?.values[0] ?? 0;
          const key = `${day} ${index}`;
          if (of?.rows !== TEAMS || of.values.length !== 1 || version < (latest.get(key) ?? 0)) {
            wrong.push(`${key}: ${of?.rows} rows of versions ${of?.values.join()} after ${latest.get(key)}`);
          }
          latest.set(key, version);
          return version;
        });
        // The states were read after the rows.
        if (versions[1]! < versions[0]!)
          wrong.push(`${day}: rows of ${versions[0]}, and then states of ${versions[1]}`);
      }
    }
    return wrong;
  }

  // So that some reads come between the two swaps.
  const { command } = harness.database;
  const slow = {
    ...harness.database,
    command: async (sql: string, options?: Parameters<typeof command>[1]) => {
      if (sql.startsWith('ALTER TABLE')) await new Promise((resolve) => setTimeout(resolve, 100));
      return await command(sql, options);
    },
  };
  const publishing = () => publishUntilDone(harness, DAY, { database: slow, states });

  async function writer(): Promise<void> {
    for (let version = 3; !done(); version++) {
      for (const day of days) await append(day, version, TEAMS);
      // An older snapshot that comes too late, and two publishers at once, as after a worker that only seemed dead.
      await append(OTHER, version - 1, TEAMS + 1);
      await Promise.all([publishing(), version % 2 === 0 ? publishing() : 0]);
      publishes++;
    }
  }

  const [, ...wrong] = await Promise.all([writer(), reader(), reader()]);
  expect(wrong.flat()).toEqual([]);
});
