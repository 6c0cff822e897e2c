import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowsTemplate } from '../support/events.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { openCli, type Cli } from './cli-harness.js';

let cli: Cli;

const DAY = '2026-01-02';
/** A day that was never computed before it expired. */
const SKIPPED = '2026-01-03';
/** How many events there are, and a rate that an audit blocks. */
const SEEN = `SELECT date, team_id, 'seen' AS metric_name, toFloat64(count()) AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;

beforeAll(async () => {
  const sqlDir = temporaryDirectory({ 'seen.sql': SEEN, 'ratios.sql': rowsTemplate([1, 'x_rate', 101]) });
  cli = await openCli({ LLMA_SQL_DIR: sqlDir });
  await cli.run('migrate', '--with-sources');
  await cli.worker();
  await cli.addEvents(DAY, 3);
  await cli.addEvents(SKIPPED, 3);
  expect((await cli.run('backfill', '--from', DAY, '--to', DAY, '--wait')).code).toBe(1);
  await cli.clickhouse.command({
    query: `ALTER TABLE ${cli.database}.events MODIFY TTL toDateTime(timestamp) + INTERVAL 30 DAY SETTINGS materialize_ttl_after_modify = 0`,
  });
});
afterAll(() => cli.close());

const anyway = (...more: string[]) => cli.run('publish-anyway', DAY, '--reason', 'it is right', ...more);

test('a blocked day that has expired since is published with a reason for each, and nothing else is a success', async () => {
  const skipped = await anyway();
  expect(skipped.code).toBe(1);
  expect(skipped.stdout).not.toContain('✓');
  expect(skipped.stderr).toContain(
    `error: publish-anyway/${DAY}: ${DAY} was not published; what was published of it before stays:\n  ${DAY}  PartitionExpired: `,
  );
  expect(skipped.stderr).toContain(
    `  if what is left of it is right all the same: llma publish-anyway ${DAY} --reason TEXT --compute-expired TEXT\n`,
  );

  // The other order of both reasons ends there, too.
  const blocked = await cli.run('backfill', '--from', DAY, '--to', DAY, '--compute-expired', 'kept', '--wait');
  expect(blocked.stderr).toContain(
    `if a blocked day is right all the same: llma publish-anyway ${DAY} --reason TEXT\n`,
  );

  expect((await anyway('--compute-expired', ' ')).code).toBe(2);
  const published = await anyway('--compute-expired', 'all rows are there');
  expect(published).toMatchObject({ code: 0 });
  expect(published.stdout).toContain(`✓ publish-anyway/${DAY}: 1 day published, 2 rows`);
  const shown = await cli.run('show', DAY);
  expect(shown.stdout).toMatch(/an objection was overridden for 2026-01-02: .*it is right/);
  expect(shown.stdout).toContain('all rows are there');
});

test('of a day that was skipped as expired, the remedy is a command that computes it', async () => {
  await cli.run('backfill', '--from', SKIPPED, '--to', SKIPPED, '--wait');
  const command = ['backfill', '--from', SKIPPED, '--to', SKIPPED, '--compute-expired'];

  const { code, stderr } = await cli.run('publish-anyway', SKIPPED, '--reason', 'it is right');
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `error: no audit has blocked ${SKIPPED} (it was skipped as expired): "llma ${command.join(' ')} TEXT" computes it from what is left\n`,
  });
  // Of an audit that blocks: it was computed.
  expect((await cli.run(...command, 'kept', '--wait')).stderr).toContain('1 day was blocked');
});
