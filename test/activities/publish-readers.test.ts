import { expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { publishUntilDone } from '../support/publishers.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const DAYS = ['2026-05-01', '2026-05-15', '2026-05-31'];
const TEAMS = 40;
const READS = 150;
const READERS = 2;

interface Read {
  date: string;
  rows: number;
  teams: number;
  values: number[];
}

test('readers never see an empty, partial, doubled or older day while days are computed again and published', async () => {
  for (const day of DAYS) await appendVersion(harness, { day, version: 1, rows: TEAMS });
  await publishUntilDone(harness, DAYS[0]!);
  let reads = 0;
  let publishes = 0;
  const done = () => reads >= READS && publishes >= 4;

  /** Looks again and again; each read must be whole, and no older than the one before it. */
  async function reader(): Promise<string[]> {
    const wrong: string[] = [];
    const latest = new Map(DAYS.map((day) => [day, 0]));
    while (!done()) {
      const found = await harness.select<Read>(
        `SELECT toString(d.date) AS date, count() AS rows, uniqExact(team_id) AS teams, groupUniqArray(metric_value) AS values
         FROM llma_metrics_daily AS d GROUP BY d.date ORDER BY date`,
      );
      reads++;
      for (const day of DAYS) {
        const { rows = 0, teams = 0, values = [] } = found.find(({ date }) => date === day) ?? {};
        const value = values[0] ?? 0;
        if (rows !== TEAMS || teams !== TEAMS || values.length !== 1 || value < latest.get(day)!) {
          wrong.push(`${day}: ${rows} rows of ${teams} teams, values ${values.join(', ')} after ${latest.get(day)}`);
        }
        latest.set(day, value);
      }
    }
    return wrong;
  }

  /** Computes days again, now and then with an older snapshot that comes too late, and publishes. */
  async function writer(): Promise<void> {
    for (let version = 2; !done(); version++) {
      for (const day of DAYS) await appendVersion(harness, { day, version, rows: TEAMS });
      await appendVersion(harness, { day: DAYS[1]!, version: version - 1, value: version - 1, rows: TEAMS + 1 });
      // Two at once, as after a worker that only seemed dead.
      await Promise.all([
        publishUntilDone(harness, DAYS[0]!),
        version % 3 === 0 ? publishUntilDone(harness, DAYS[0]!) : 0,
      ]);
      publishes++;
    }
  }

  const [, ...wrong] = await Promise.all([writer(), ...Array.from({ length: READERS }, reader)]);
  expect(wrong.flat()).toEqual([]);
  expect(reads).toBeGreaterThanOrEqual(READS);
});
