/** What operators ask a running backfill, and tell it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { backfillMetrics } from '../../workflows/index.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { TASK_QUEUE } from '../../workflows/plan/names.js';
import { FakePipeline, permanently } from '../support/temporal-fakes.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { openDevServer, untilIdle, update, type WorkflowTests } from '../support/temporal-worker.js';
import { days } from '../support/worker-database.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openDevServer(inject('temporalAddress'))));
afterAll(() => tests.close());

const DAYS = days('2025-01-01', '2025-01-06');
const RANGE = { from: DAYS[0]!, to: DAYS.at(-1)! };

/** What the server says of an update that a workflow refused. */
async function refusal(answer: Promise<unknown>): Promise<string> {
  const error: unknown = await answer.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
  return (error as WorkflowUpdateFailedError).cause?.message ?? '';
}

describe('pause', () => {
  it('begins no new partition, publishes what was computed, and lasts until its last reason is released', async () => {
    const pipeline = new FakePipeline();
    const held = gate();
    pipeline.hooks.insert = () => held.opened;
    await tests.run(pipeline, async () => {
      const handle = await tests.backfill({ ...RANGE, concurrency: 2 });
      await waitFor('two inserts', () => pipeline.inserting.size === 2);
      expect(await update(handle, 'pause', { reason: 'maintenance' })).toEqual({
        pausedBy: ['maintenance'],
        concurrency: 2,
      });
      expect(await update(handle, 'pause')).toEqual({ pausedBy: ['maintenance', 'operator'], concurrency: 2 });
      held.open();
      await waitFor('what was computed', async () => (await handle.query<{ done: number }>('progress')).done === 2);
      expect(pipeline.visibleDays).toEqual(DAYS.slice(0, 2));
      await untilIdle(handle);
      const progress = await handle.query<Record<string, unknown>>('progress');
      expect(progress).toMatchObject({ state: 'paused', done: 2, total: 6, current: [] });
      expect(progress).toMatchObject({ pausedBy: ['maintenance', 'operator'] });
      expect(progress).not.toHaveProperty('eta');

      expect(await refusal(update(handle, 'resume', { reason: 'lunch' }))).toBe(
        'it is not paused by "lunch", but by "maintenance", "operator"',
      );
      expect(await update(handle, 'resume', { reason: 'maintenance' })).toEqual({
        pausedBy: ['operator'],
        concurrency: 2,
      });
      await untilIdle(handle);
      expect(pipeline.inserts.size).toBe(2);
      expect(await update(handle, 'resume')).toEqual({ pausedBy: [], concurrency: 2 });
      expect(await handle.result()).toMatchObject({ published: DAYS });
    });
    expect([...pipeline.inserts.values()]).toEqual(DAYS.map(() => 1));
  });

  it('holds a run from its start, and so does a concurrency', async () => {
    const pipeline = new FakePipeline();
    await tests.run(pipeline, async () => {
      const startWorkflowOperation = new WithStartWorkflowOperation<typeof backfillMetrics>('backfillMetrics', {
        taskQueue: TASK_QUEUE,
        workflowId: 'paused-from-the-start',
        workflowIdConflictPolicy: 'FAIL',
        args: [{ ...RANGE, concurrency: 8 }],
      });
      const args: [{ concurrency: number }] = [{ concurrency: 2 }];
      await tests.client.workflow.executeUpdateWithStart('setConcurrency', { args, startWorkflowOperation });
      const handle = await startWorkflowOperation.workflowHandle();
      expect(await handle.result()).toMatchObject({ published: DAYS });
      expect(pipeline.maxInserting).toBeLessThanOrEqual(2);
      expect(await handle.query('progress')).toMatchObject({ concurrency: 2 });
    });
  });

  it('refuses what it does not understand, and takes no input for an operator', async () => {
    const pipeline = new FakePipeline();
    const held = gate();
    pipeline.hooks.insert = () => held.opened;
    await tests.run(pipeline, async () => {
      const handle = await tests.backfill(RANGE);
      expect(await refusal(update(handle, 'resume'))).toBe('the run is not paused');
      expect(await refusal(update(handle, 'pause', { reason: 5 }))).toMatch(/^reason 5: expected a text/);
      expect(await refusal(update(handle, 'pause', { reason: ' ' }))).toMatch(/^reason " ": expected a text/);
      for (const wrong of [undefined, null, {}, { concurrency: 0 }, { concurrency: 65 }, { concurrency: '8' }]) {
        expect(await refusal(update(handle, 'setConcurrency', wrong))).toMatch(/expected a whole number from 1 to 64/);
      }
      expect(await update(handle, 'pause', null)).toMatchObject({ pausedBy: ['operator'] });
      expect(await update(handle, 'resume', null)).toMatchObject({ pausedBy: [] });
      held.open();
      await handle.result();
    });
  });
});

describe("Temporal's own command", () => {
  it('asks and tells the same things', async () => {
    const pipeline = new FakePipeline();
    const held = gate();
    pipeline.hooks.insert = () => held.opened;
    await tests.run(pipeline, async () => {
      const { workflowId } = await tests.backfill({ ...RANGE, concurrency: 2 });
      const cli = async (command: string, name: string, ...more: string[]): Promise<unknown> => {
        const where = ['--address', inject('temporalAddress'), '--namespace', tests.client.options.namespace];
        const what = [
          'workflow',
          ...command.split(' '),
          '--workflow-id',
          workflowId,
          '--name',
          name,
          '--output',
          'json',
        ];
        const { stdout } = await promisify(execFile)(inject('temporalCliPath'), [...what, ...more, ...where]);
        return JSON.parse(stdout) as unknown;
      };
      await waitFor('two inserts', () => pipeline.inserting.size === 2);
      const paused = { pausedBy: ['cli'], concurrency: 2 };
      expect(await cli('update execute', 'pause', '--input', '{"reason":"cli"}')).toMatchObject({ result: paused });
      expect(await cli('query', 'progress')).toMatchObject({ queryResult: [{ state: 'paused', ...paused, total: 6 }] });
      const wider = { pausedBy: ['cli'], concurrency: 4 };
      expect(await cli('update execute', 'setConcurrency', '--input', '{"concurrency":4}')).toMatchObject({
        result: wider,
      });
      await expect(cli('update execute', 'resume', '--input', '{"reason":"x"}')).rejects.toThrow(/not paused by \"x\"/);
      expect(await cli('update execute', 'retryFailed')).toMatchObject({ result: { retrying: [] } });
      expect(await cli('update execute', 'resume')).toMatchObject({ result: { pausedBy: [] } });
      held.open();
      await tests.client.workflow.getHandle(workflowId).result();
    });
  });
});

describe('retryFailed', () => {
  it('computes the failed days again while the backfill runs', async () => {
    const pipeline = new FakePipeline();
    const held = gate();
    let mended = false;
    pipeline.hooks.insert = async ({ partition }) => {
      if (partition === DAYS[1] && !mended) throw permanently(FAILURE.template, 'no such column');
      if (partition === DAYS[5]) await held.opened;
    };
    await tests.run(pipeline, async () => {
      const handle = await tests.backfill({ ...RANGE, maxPartitionsPerRun: 3 });
      await waitFor('the second chunk', () => pipeline.inserting.has(DAYS[5]!));
      await waitFor('the first one', async () => (await handle.query<{ done: number }>('progress')).done === 3);
      expect(await handle.query('progress')).toMatchObject({ failed: 1, errors: { [DAYS[1]!]: /no such column/ } });
      mended = true;
      expect(await handle.executeUpdate('retryFailed')).toEqual({ retrying: [DAYS[1]] });
      expect(await handle.executeUpdate('retryFailed')).toEqual({ retrying: [] });
      const progress = await handle.query<{ errors: object }>('progress');
      expect(progress).toMatchObject({ failed: 0, done: 2 });
      expect(progress.errors).toEqual({});
      held.open();
      const result = await handle.result();
      expect(result).toMatchObject({ published: DAYS, failed: [], rows: 12 });
      expect(result.errors).toEqual({});
    });
  });
});

describe('what people see', () => {
  it('progress has the shape that scripts rely on, while it runs and after its end', async () => {
    const pipeline = new FakePipeline();
    const held = gate();
    pipeline.hooks.insert = async ({ partition }) => {
      if (partition === DAYS[0]) throw permanently(FAILURE.template, 'line one | of\ntwo');
      if (partition === DAYS[4]) await held.opened;
    };
    await tests.run(pipeline, async () => {
      const handle = await tests.backfill({ ...RANGE, maxPartitionsPerRun: 3, metrics: ['event_counts'] });
      const details = async () =>
        (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
      await waitFor('the second chunk', () => pipeline.inserting.has(DAYS[4]!));
      await waitFor('the first publish, and the others of the second chunk', async () => {
        const { published, current } = await handle.query<{ published: number; current: string[] }>('progress');
        return published === 2 && current.length === 1;
      });
      const common = { ...RANGE, total: 6, blocked: 0, superseded: 0, skipped: 0, failed: 1, concurrency: 8 };
      const errors = { [DAYS[0]!]: 'TemplateError: line one | of\ntwo' };
      const options = {
        maxPartitionsPerRun: 3,
        order: 'oldest-first',
        metrics: ['event_counts'],
        pausedBy: [],
        errors,
        warnings: {},
      };
      expect(await handle.query('progress')).toEqual({
        ...{ ...common, ...options, state: 'running', done: 3, published: 2, rows: 4 },
        current: [DAYS[4]],
        eta: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      });
      const shown = await details();
      expect(shown).toContain(`**running** · ${RANGE.from} … ${RANGE.to}`);
      expect(shown).toContain('| 3 | 6 | 2 | 1 | 0 | 0 | 0 | 4 |');
      expect(shown).toContain(`| ${DAYS[0]} | TemplateError: line one \\| of two |`);
      held.open();
      await handle.result();
      expect(await handle.query('progress')).toEqual({
        ...{ ...common, ...options, state: 'done', done: 6, published: 5, rows: 10, current: [] },
      });
      expect(await details()).toContain('**done**');
      const { typedSearchAttributes } = await handle.describe();
      expect(
        Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])),
      ).toMatchObject({
        LlmaRunKind: 'backfill',
        LlmaPartition: DAYS.slice(3),
        LlmaFailed: 1,
      });
    });
  });

  it('progress says so when a run never came to know what to do', async () => {
    await tests.run(new FakePipeline(), async () => {
      const handle = await tests.backfill({ from: '2025-02-30' });
      await expect(handle.result()).rejects.toThrow();
      await expect(handle.query('progress')).rejects.toThrow(/has not read its settings/);
    });
  });
});
