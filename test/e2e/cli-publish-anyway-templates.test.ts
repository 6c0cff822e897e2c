import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowsTemplate } from '../support/events.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, type Cli } from './cli-harness.js';

let cli: Cli;
let sqlDir: string;

/** How many events there are: another number after each that arrives. */
const SEEN = `SELECT date, team_id, 'seen' AS metric_name, toFloat64(count()) AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;

beforeAll(async () => {
  sqlDir = temporaryDirectory({
    'ratios.sql': rowsTemplate([1, 'x_rate', 101]),
    'shares.sql': rowsTemplate([1, 'y_rate', 102]),
    'seen.sql': SEEN,
  });
  cli = await openCli({ LLMA_SQL_DIR: sqlDir });
  await cli.run('migrate', '--with-sources');
  await cli.worker();
});
afterAll(() => cli.close());

const backfill = async (day: string, ...more: string[]) =>
  (await cli.run('backfill', '--from', day, '--to', day, ...more, '--wait')).code;
const anyway = (day: string, ...more: string[]) => cli.run('publish-anyway', day, '--reason', 'it is right', ...more);

/** The visible metrics of a day. */
async function visible(day: string): Promise<Record<string, number>> {
  const { rows } = await cli.json<{ rows: { metric_name: string; metric_value: number }[] }>('show', day);
  return Object.fromEntries(rows.map(({ metric_name, metric_value }) => [metric_name, metric_value]));
}

test('the templates of the run that was blocked are published, all others keep their numbers', async () => {
  const day = '2026-01-02';
  await cli.addEvents(day, 2);
  expect(await backfill(day, '--metrics', 'seen')).toBe(0);
  expect(await backfill(day, '--metrics', 'ratios')).toBe(1);
  await cli.addEvents(day, 3);

  const { code, stdout } = await anyway(day);

  expect(code).toBe(0);
  expect(stdout).toContain(`publish-anyway/${day}: started, with what was blocked: ratios\n`);
  expect(await visible(day)).toEqual({ x_rate: 101, seen: 2 });
});

test('what was accepted since is no matter of the block any more, and does not hide what was not', async () => {
  const day = '2026-01-03';
  await cli.addEvents(day, 2);
  expect(await backfill(day, '--metrics', 'ratios,seen')).toBe(1);
  expect(await backfill(day, '--metrics', 'seen')).toBe(0);
  await cli.addEvents(day, 3);

  expect(await anyway(day)).toMatchObject({ code: 0 });

  expect(await visible(day)).toEqual({ x_rate: 101, seen: 2 });
  expect(await anyway(day)).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: no audit has blocked ${day} (its last attempt was published): "llma backfill --from ${day} --to ${day}" computes it\n`,
  });
});

test('of two blocks the latest one is overridden, or the templates that are named', async () => {
  const day = '2026-01-04';
  expect(await backfill(day, '--metrics', 'shares')).toBe(1);
  expect(await backfill(day, '--metrics', 'ratios')).toBe(1);
  expect(await anyway(day, '--metrics', 'seen,shares')).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: --metrics seen: not blocked on ${day}; what is: ratios, shares\n`,
  });

  const latest = await anyway(day);

  expect(latest.code).toBe(0);
  expect(latest.stderr).toContain('blocked too, and left as they are (--metrics takes them): shares\n');
  expect(await visible(day)).toEqual({ x_rate: 101 });
  const named = await anyway(day, '--metrics', 'shares');
  expect(named.code).toBe(0);
  expect(named.stderr).not.toContain('blocked too');
  expect(await visible(day)).toEqual({ x_rate: 101, y_rate: 102 });
});

test('a block that a run of other templates has followed is told of the day, and retried', async () => {
  const day = '2026-01-06';
  const shown = async () => (await cli.run('show', day)).stdout;
  const said = `blocked, and not published: ratios; see "llma publish-anyway ${day}"\n`;
  await cli.addEvents(day, 2);
  expect(await backfill(day, '--metrics', 'ratios')).toBe(1);
  expect(await shown()).not.toContain(said);
  expect(await backfill(day, '--metrics', 'seen')).toBe(0);
  expect(await shown()).toContain(said);
  expect(await cli.json('show', day)).toMatchObject({ blocks: [['ratios']] });

  // The last run of the range: it did not compute what was blocked.
  const nothing = `no day from ${day} to ${day} has failed in its last attempt, and nothing of this run is blocked: there is nothing to do\n`;
  expect((await cli.run('retry-failed', `${day}_${day}`)).stdout).toContain(nothing);
  const range = { from: day, to: day };
  const run = { taskQueue: 'llma-metrics', workflowId: 'all of them' };
  const all: unknown = await cli.temporal.client.workflow.execute('backfillMetrics', { ...run, args: [range] });
  expect(all).toMatchObject({ blocked: [day] });
  expect(await backfill(day, '--metrics', 'seen')).toBe(0);
  expect((await cli.run('retry-failed', 'all of them')).stdout).toContain(`backfill/${day}_${day}: started\n`);
  await cli.run('progress', `${day}_${day}`, '--wait');

  expect(await anyway(day)).toMatchObject({ code: 0 });
  expect(await shown()).not.toContain('blocked, and not published');
});

test('where the ledger does not say what was blocked, the operator does', async () => {
  const day = '2026-01-05';
  await cli.clickhouse.insert({
    table: `${cli.database}.llma_partition_runs`,
    values: [{ date: day, status: 'blocked', workflow_id: 'an older one', error: 'not accepted' }],
    format: 'JSONEachRow',
  });

  expect(await anyway(day)).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: the ledger does not say which templates of ${day} were blocked: name them with --metrics, or compute the day again with "llma backfill --from ${day} --to ${day}"\n`,
  });
  expect(await anyway(day, '--metrics', 'ratios')).toMatchObject({ code: 0 });
  expect(await visible(day)).toEqual({ x_rate: 101 });
});

test('of a file that is gone nothing is published, and nothing is blocked for ever', async () => {
  const day = '2026-01-07';
  const gone = join(sqlDir, 'gone.sql');
  writeFileSync(gone, rowsTemplate([1, 'z_rate', 103]));
  expect(await backfill(day, '--metrics', 'gone,ratios')).toBe(1);
  rmSync(gone);
  expect((await cli.run('show', day)).stdout).toContain(
    'blocked, and gone from sql/: gone; nothing is left to publish of that\n',
  );

  const { code, stdout, stderr } = await anyway(day);

  expect(code).toBe(0);
  expect(stdout).toContain('started, with what was blocked: ratios\n');
  expect(stderr).toContain('blocked too, and gone from sql/: gone; nothing is left to publish of that\n');
  expect(await visible(day)).toEqual({ x_rate: 101 });
  expect((await anyway(day)).stderr).toContain(`error: no audit has blocked ${day} but what is gone from sql/: gone (`);
  expect((await cli.run('retry-failed', `backfill/${day}_${day}`)).stdout).toContain('there is nothing to do\n');
});
