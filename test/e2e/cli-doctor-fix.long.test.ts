import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doctor, openCli, type Cli } from './cli-harness.js';

let cli: Cli;

beforeAll(async () => {
  cli = await openCli();
  await cli.run('migrate', '--with-sources');
  await cli.run('schedule', 'apply');
  await cli.worker();
});
afterAll(() => cli.close());

describe('what doctor mends', () => {
  test('it publishes what is accepted and not visible', async () => {
    await cli.addEvents('2026-01-03', 3);
    await cli.run('backfill', '--from', '2026-01-03', '--to', '2026-01-03', '--wait');
    const { stdout: before } = await cli.run('show', '2026-01-03');
    await cli.clickhouse.command({ query: `ALTER TABLE ${cli.database}.llma_metrics_daily DROP PARTITION 202601` });

    const { code, stdout } = await cli.run('doctor');

    expect(code).toBe(0);
    expect(stdout).toContain('✓ publishes          month 202601 was unfinished, and is published\n');
    expect((await cli.run('show', '2026-01-03')).stdout).toBe(before);
    expect(before).toMatch(/ai_generation_count +3\n/);
  });

  test('with --fix it drops tables of runs that have ended, and leaves those that somebody works with', async () => {
    const { client } = cli.temporal;
    // On a queue of nobody: it stays open.
    const open = await client.workflow.start('waits', { taskQueue: 'nobody', workflowId: 'backfill/open', args: [] });
    const create = (name: string, owner: string) =>
      cli.clickhouse.command({
        query: `CREATE TABLE ${cli.database}.${name} (a Int8) ENGINE = Memory COMMENT '${owner}'`,
      });
    await create('llma_cand_0_0_0', 'backfill/open');
    await create('llma_cand_0123456789abcdef_0_0', 'backfill/open');
    await create('llma_cand_1_0_0', 'backfill/2026-01-03_2026-01-03');
    await create('llma_pub_202601_0', 'publish/202601');
    await create('llma_slice_0', '');
    try {
      expect(await doctor(cli, {})).toMatchObject({
        code: 0,
        bad: [
          {
            check: 'leftovers',
            level: 'warning',
            message: expect.stringMatching(
              /^4 tables \(llma_cand_0123456789abcdef_0_0, llma_cand_1_0_0, llma_pub_202601_0, llma_slice_0\) of runs that have ended$/,
            ) as string,
          },
        ],
      });
      expect((await cli.run('doctor', '--fix')).stdout).toMatch(/✓ leftovers +dropped 4 tables \(/);
      expect((await cli.run('doctor')).stdout).toMatch(/✓ leftovers +none; 1 temporary table of runs under way\n/);
    } finally {
      await open.terminate();
      await cli.run('doctor', '--fix');
    }
    expect((await cli.run('doctor')).stdout).toMatch(/✓ leftovers +none\n/);
  });
});
