/** Whatever makes a month's live rows differ from its current ones is found, published, and told once. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { afterEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../clickhouse/database.js';
import { lookAtMonths } from '../../clickhouse/look.js';
import type { PublishMonthInput } from '../../workflows/publish-month.js';
import { RecoveryLoop } from '../../worker/recovery-loop.js';
import { withDatabase } from '../support/activity-harness.js';
import { rowsTemplate } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAYS = ['2026-03-09', '2026-03-10'];
const SPOILT = '2026-03-10';

const logged: string[] = [];
const log = { info: (text: string) => void logged.push(text), warn: (text: string) => void logged.push(text) };
let loops: RecoveryLoop[] = [];
let publishes = 0;

afterEach(async () => {
  for (const loop of loops) await loop.stop();
  // What was asked when they were stopped still ends.
  await expect.poll(async () => held || (await harness.runningQueries()).length > 0, { timeout: 20_000 }).toBe(false);
  loops = [];
  logged.length = 0;
  publishes = 0;
});

/** The publish that runs, or ran last: as in Temporal, its id is a lock. */
let last: Promise<unknown> = Promise.resolve();
let held = false;
let endedAt = new Date();

/** Temporal whose workflows publish at once. */
function publishing(): Client {
  const start = async (workflowType: string, { args: [input] }: { args: [PublishMonthInput] }) => {
    if (held) throw new WorkflowExecutionAlreadyStartedError('it runs', 'publish', workflowType);
    publishes += 1;
    held = true;
    last = pipeline.publish(`${input.month.slice(0, 4)}-${input.month.slice(4)}-01`).finally(() => {
      held = false;
      endedAt = new Date();
    });
    last.catch(() => undefined);
  };
  const describe = async () => {
    if (held) return { status: { name: 'RUNNING' } };
    const name = await last.then(
      () => 'COMPLETED',
      () => 'FAILED',
    );
    return { status: { name }, closeTime: endedAt };
  };
  const workflow = { start, getHandle: () => ({ describe, result: () => last }) };
  return { workflow, withDeadline: (_: number, work: () => unknown) => work() } as unknown as Client;
}

function startLoop(client = publishing(), database: Database = harness.database): RecoveryLoop {
  const loop = new RecoveryLoop({ client, database, log, every: 150 });
  loops.push(loop);
  return loop;
}

const mended = () => expect.poll(() => logged.at(-1), { timeout: 20_000 }).toMatch(/equal again$/);
const visible = () => harness.select('SELECT * FROM llma_metrics_daily ORDER BY ALL');

/** Two days of two teams, as they are after they were computed, accepted and published. */
async function published() {
  for (const day of DAYS) await appendVersion(harness, { day, version: 1, rows: 2, value: 1.5 });
  await pipeline.publish(SPOILT);
  return await visible();
}

/** What a lightweight UPDATE needs: its patch part is of a partition of its own. */
const PATCHES = 'enable_block_number_column = 1, enable_block_offset_column = 1';

describe('a month is mended that', () => {
  test.each([
    ['somebody inserted into', `INSERT INTO llma_metrics_daily VALUES ('${SPOILT}', 9, 'stray', 1)`],
    [
      'somebody inserted into that never was computed',
      `INSERT INTO llma_metrics_daily VALUES ('2026-07-01', 9, 'stray', 1)`,
    ],
    ['somebody dropped', 'ALTER TABLE llma_metrics_daily DROP PARTITION 202603'],
    ['is there twice', 'ALTER TABLE llma_metrics_daily ATTACH PARTITION 202603 FROM llma_metrics_daily'],
    ['somebody deleted from', `DELETE FROM llma_metrics_daily WHERE date = '${SPOILT}'`],
    [
      'has as many rows, but others',
      `ALTER TABLE llma_metrics_daily UPDATE metric_value = 7 WHERE date = '${SPOILT}' SETTINGS mutations_sync = 1`,
    ],
  ])('%s', async (_, statement) => {
    const before = await published();
    startLoop();
    await harness.command(statement);
    expect(await visible()).not.toEqual(before);
    await mended();
    expect(await visible()).toEqual(before);
    expect(logged).toEqual([
      expect.stringMatching(
        /^month 20260[37]: live and current rows differ, a publish was started; see docs\/operations.md, "/,
      ),
      expect.stringMatching(/^month 20260[37]: live and current rows are equal again$/),
    ]);
  });

  test('somebody patched, and another one meanwhile', async () => {
    await harness.command(`ALTER TABLE llma_metrics_daily MODIFY SETTING ${PATCHES}`);
    try {
      await appendVersion(harness, { day: '2026-04-01', version: 1 });
      await pipeline.publish('2026-04-01');
      const before = await published();
      startLoop();
      await harness.command(`UPDATE llma_metrics_daily SET metric_value = 7 WHERE date = '${SPOILT}'`);
      await harness.command('ALTER TABLE llma_metrics_daily DROP PARTITION 202604');
      await expect.poll(visible, { timeout: 20_000 }).toEqual(before);
      await expect
        .poll(() => logged.filter((text) => text.endsWith('equal again')), { timeout: 20_000 })
        .toHaveLength(2);
    } finally {
      await harness.command(
        'ALTER TABLE llma_metrics_daily RESET SETTING enable_block_number_column, enable_block_offset_column',
      );
    }
  });

  test('was accepted, and whose run was terminated before it was published', async () => {
    harness.templates({ a: rowsTemplate([1, 'x', 1]) });
    await pipeline.computeAndAccept(DAYS);
    startLoop();
    await mended();
    expect(await visible()).toHaveLength(2);
  });

  test('was accepted without any row, or with other values of as many rows', async () => {
    await published();
    startLoop();
    harness.templates({ a: rowsTemplate([1, 'x', 3], [2, 'x', 4]) });
    await pipeline.computeAndAccept([SPOILT]);
    await mended();
    expect(await harness.select('SELECT sum(metric_value) AS n FROM llma_metrics_daily')).toEqual([{ n: 10 }]);
    logged.length = 0;
    harness.templates({ a: 'SELECT * FROM (' + rowsTemplate([1, 'x', 1]) + ') WHERE 0' });
    await pipeline.computeAndAccept(['2026-04-01']);
    await mended();
    expect(await harness.select(`SELECT status FROM llma_partition_status WHERE date = '2026-04-01'`)).toEqual([
      { status: 'published' },
    ]);
  });
});

test('what is well is left alone, whether it was looked at before or not', async () => {
  await published();
  // A merge in the background changes what a month looks like, not what it has.
  const well = [
    {
      month: '202603',
      differs: false,
      accepted: expect.any(String) as string,
      signature: expect.any(String) as string,
    },
  ];
  expect(await lookAtMonths(harness.database)).toEqual(well);
  startLoop();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect([publishes, logged]).toEqual([0, []]);
  expect(await lookAtMonths(harness.database)).toEqual(well);
});

test('a publish that is refused is tried ever more rarely, and told once, with the reason', async () => {
  await published();
  await harness.command(`ALTER TABLE llma_metrics_versions DELETE WHERE team_id = 2 SETTINGS mutations_sync = 1`);
  await harness.command('ALTER TABLE llma_metrics_daily DROP PARTITION 202603');
  startLoop();
  await expect.poll(() => publishes, { timeout: 20_000 }).toBe(3);
  expect(logged).toEqual([
    expect.stringMatching(/^month 202603: live and current rows differ/),
    expect.stringMatching(
      /^month 202603 still differs after its publish: month 202603 was not published: 2026-03-09 has 1 rows in .*its markers say 2.*"A publish fails with GateFailed"$/,
    ),
  ]);
});

test('servers that are away are said once, and what happened meanwhile is mended when they are back', async () => {
  const before = await published();
  let away = true;
  const client = publishing();
  const { workflow } = client;
  const start = (...of: Parameters<typeof workflow.start>) => {
    if (away) throw new Error('14 UNAVAILABLE: no connection');
    return workflow.start(...of);
  };
  startLoop({
    ...client,
    withDeadline: (_: number, work: () => unknown) => work(),
    workflow: { ...workflow, start },
  } as Client);
  const nowhere = openDatabase({ ...harness.settings.clickhouse, url: 'http://127.0.0.1:1' });
  const other = startLoop(client, nowhere);
  await harness.command('ALTER TABLE llma_metrics_daily DROP PARTITION 202603');
  await expect.poll(() => logged.length, { timeout: 20_000 }).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(logged.toSorted()).toEqual([
    expect.stringMatching(/^the months could not be looked at: 14 UNAVAILABLE/),
    expect.stringMatching(/^the months could not be looked at: .*ECONNREFUSED/),
  ]);
  await other.stop();
  away = false;
  await mended();
  expect(await visible()).toEqual(before);
  await nowhere.close();
});

test('any number of loops do no harm, and stop at once', async () => {
  const before = await published();
  const all = [startLoop(), startLoop(), startLoop()];
  await harness.command('ALTER TABLE llma_metrics_daily DROP PARTITION 202603');
  await expect.poll(visible, { timeout: 20_000 }).toEqual(before);
  const asked = Date.now();
  await Promise.all(all.map((loop) => loop.stop()));
  expect(Date.now() - asked).toBeLessThan(1000);
});
