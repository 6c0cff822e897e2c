/** A month's publish is a child whose id is the month's lock. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FAILURE } from '../../workflows/plan/failures.js';
import { FakePipeline, permanently } from '../support/temporal-fakes.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { openDevServer, untilRefused, type WorkflowTests } from '../support/temporal-worker.js';
import { days } from '../support/worker-database.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openDevServer(inject('temporalAddress'))));
afterAll(() => tests.close());

const JANUARY = days('2025-01-01', '2025-01-04');
const OTHERS = days('2025-01-11', '2025-01-14');

describe('two runs with days in one month', () => {
  it('publish one after the other, each what it has accepted', async () => {
    const pipeline = new FakePipeline();
    const held = gate();
    pipeline.hooks.publish = () => held.opened;
    await tests.run(pipeline, async () => {
      const first = await tests.backfill({ from: JANUARY[0]!, to: JANUARY[3]! });
      await waitFor('the first publish', () => pipeline.publishing === 1);
      const second = await tests.backfill({ from: OTHERS[0]!, to: OTHERS[3]! });
      await untilRefused(second);
      expect(pipeline.logged('publish 202501')).toHaveLength(1);
      held.open();
      expect(await first.result()).toMatchObject({ published: JANUARY });
      expect(await second.result()).toMatchObject({ published: OTHERS });
    });
    expect(pipeline.maxPublishing).toBe(1);
    expect(pipeline.visibleDays).toEqual([...JANUARY, ...OTHERS]);
  });
});

describe('a publish', () => {
  it('that is refused by its gate fails the days with the reason, and no other month', async () => {
    const pipeline = new FakePipeline();
    const message = 'month 202412 was not published: 2024-12-31 has 3 rows, its markers say 4';
    pipeline.hooks.publish = (month) => {
      if (month === '202412') throw permanently(FAILURE.gate, message);
    };
    const result = await tests.run(pipeline, async () =>
      (await tests.backfill({ from: '2024-12-30', to: '2025-01-04' })).result(),
    );
    expect(result).toMatchObject({ published: JANUARY, failed: ['2024-12-30', '2024-12-31'] });
    expect(result.errors).toEqual({ '2024-12-30': message, '2024-12-31': message });
    expect(pipeline.ledger.map(({ partition, status, error }) => [partition, status, error])).toEqual([
      ['2024-12-30', 'failed', message],
      ['2024-12-31', 'failed', message],
    ]);
  });

  it('in progress survives the end of the run that began it', async () => {
    const pipeline = new FakePipeline();
    const held = gate();
    pipeline.hooks.publish = () => held.opened;
    await tests.run(pipeline, async () => {
      const parent = await tests.backfill({ from: JANUARY[0]!, to: JANUARY[3]! });
      await waitFor('the publish', () => pipeline.publishing === 1);
      await parent.terminate();
      await expect(parent.result()).rejects.toThrow();
      held.open();
      await tests.client.workflow.getHandle('publish/202501').result();
    });
    expect(pipeline.visibleDays).toEqual(JANUARY);
  });

  it('with a bug in it ends, and frees the month', async () => {
    const pipeline = new FakePipeline();
    const { publishMonthPartition } = pipeline.activities;
    // An answer that the workflow's own code can't read.
    pipeline.activities.publishMonthPartition = async () => ({ month: '202501' }) as never;
    await tests.run(pipeline, async () => {
      await expect((await tests.publish('202501')).result()).rejects.toThrow();
      pipeline.activities.publishMonthPartition = publishMonthPartition;
      expect(await (await tests.publish('202501')).result()).toMatchObject({ month: '202501' });
    });
  });

  it.each([
    [{ month: '2025-01' }, 'month "2025-01": expected year and month like "202601"'],
    [{ month: '202513' }, 'month "202513": there is no such month'],
    [{}, 'month undefined: expected year and month'],
    [null, 'month undefined: expected year and month'],
    ['202501', 'input "202501": expected an object; publishMonth takes {"month": "202601"}'],
    [202501, 'input 202501: expected an object; publishMonth takes'],
    [['202501'], 'input ["202501"]: expected an object; publishMonth takes'],
    [{ month: '202501', from: '2025-01-05' }, 'there is no option "from"; publishMonth takes {"month": "202601"}'],
  ])('of %j fails with a sentence that says what it takes', async (input, message) => {
    await tests.run(new FakePipeline(), async () => {
      await expect((await tests.start('publishMonth', input)).result()).rejects.toMatchObject({
        cause: { type: 'InvalidInput', message: expect.stringContaining(message) as string },
      });
    });
  });
});
