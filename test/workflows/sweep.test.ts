/** Every run removes what dead ones have left: beside its work, which neither waits for it nor fails by it. */
import { activityInfo } from '@temporalio/activity';
import type { WorkflowFailedError, WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cleanUp } from '../../activities/clean-up.js';
import { createCandidates } from '../../activities/create-candidates.js';
import { sweepLeftovers } from '../../activities/sweep-leftovers.js';
import { candidateStates } from '../../clickhouse/names.js';
import { FAILURE } from '../../workflows/plan/failures.js';
import { withDatabase } from '../support/activity-harness.js';
import { FakePipeline, permanently, untilCancelled } from '../support/temporal-fakes.js';
import { gate, waitFor } from '../support/temporal-wait-for.js';
import { openDevServer, type WorkflowTests } from '../support/temporal-worker.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openDevServer(inject('temporalAddress'))));
afterAll(() => tests.close());

const DAY = { from: '2025-01-01', to: '2025-01-01' };
const harness = withDatabase();

describe('a sweep', () => {
  it('is begun by both kinds of runs, and does not hold up their days', async () => {
    const pipeline = new FakePipeline();
    let sweeps = 0;
    let held = gate();
    pipeline.hooks.sweepLeftovers = () => {
      sweeps += 1;
      return held.opened;
    };
    await tests.run(pipeline, async () => {
      for (const begin of [() => tests.daily({ partition: '2025-01-01' }), () => tests.backfill(DAY)]) {
        held = gate();
        pipeline.visible.clear();
        const handle: WorkflowHandle = await begin();
        await waitFor('the day', () => pipeline.visibleDays.includes('2025-01-01'));
        expect((await handle.describe()).status.name).toBe('RUNNING');
        held.open();
        await handle.result();
      }
    });
    expect(sweeps).toBe(2);
  });

  it('that fails is told by the daily run, and fails neither', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.sweepLeftovers = () => {
      throw permanently(FAILURE.clickhouse, 'no grant to kill');
    };
    await tests.run(pipeline, async () => {
      const daily = await (await tests.daily({ partition: '2025-01-01' })).result();
      expect(daily.problems).toEqual(['sweepLeftovers: no grant to kill']);
      expect(await (await tests.backfill(DAY)).result()).toMatchObject({ published: ['2025-01-01'] });
    });
  });

  it('ends with a run that is cancelled', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.sweepLeftovers = () => untilCancelled();
    pipeline.hooks.insert = () => untilCancelled();
    await tests.run(pipeline, async () => {
      const handle = await tests.backfill(DAY);
      await waitFor('the day', () => pipeline.inserting.size === 1);
      await handle.cancel();
      const error: unknown = await handle.result().catch((reason: unknown) => reason);
      expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    });
  });
});

it('tables that a reset run has taken over stay until that run has ended, also that of states', async () => {
  const pipeline = new FakePipeline();
  const held = gate();
  pipeline.activities.decodeSlice = async ({ chunk }) => {
    const opened = await createCandidates(harness.deps, chunk);
    const { workflowId } = activityInfo().workflowExecution ?? {};
    await harness.command(
      `CREATE TABLE ${candidateStates(opened.candidates)} (a Int8) ENGINE = Memory COMMENT '${workflowId}'`,
    );
    return { ...opened, days: [], expired: [], rest: [] };
  };
  pipeline.activities.cleanUp = cleanUp(harness.deps);
  pipeline.activities.sweepLeftovers = sweepLeftovers(harness.deps);
  pipeline.hooks.insert = ({ partition }) => (partition === DAY.from ? held.opened : undefined);
  await tests.run(pipeline, async () => {
    const first = await tests.backfill(DAY);
    await waitFor('the INSERT', () => pipeline.inserting.size === 1);
    const { firstExecutionRunId: runId, workflowId } = first;
    const tables = await harness.temporaryTables();
    expect(tables).toHaveLength(2);
    const { events } = await tests.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const last = events?.findLast((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
    await tests.client.workflowService.resetWorkflowExecution({
      namespace: tests.client.options.namespace,
      workflowExecution: { workflowId, runId },
      workflowTaskFinishEventId: last as never,
      requestId: 'reset',
    });
    const second = tests.client.workflow.getHandle(workflowId);
    expect((await second.describe()).runId).not.toBe(runId);
    const sweep = async (partition: string) => void (await (await tests.daily({ partition })).result());

    await sweep('2025-03-01');
    expect(await harness.temporaryTables()).toEqual(tables);
    held.open();
    expect(await second.result()).toMatchObject({ published: ['2025-01-01'] });
    await sweep('2025-03-02');
    expect(await harness.temporaryTables()).toEqual([]);
  });
});
