import { defaultPayloadConverter } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Temporal } from '../../../scripts/connect.js';
import type { Run } from '../../../scripts/runs.js';
import { startedWith } from '../../../scripts/started-with.js';

/** Temporal with these runs of one id, by what they were started with. The first one's id is "first". */
function temporalOf(runs: Readonly<Record<string, unknown>>): Temporal {
  const getWorkflowExecutionHistory = ({ execution }: { execution: { runId: string } }) => {
    if (!(execution.runId in runs)) {
      const gone = { code: 5, details: 'not found', metadata: {} };
      return Promise.reject(Object.assign(new Error('not found'), gone));
    }
    const input = runs[execution.runId];
    const payloads = input === undefined ? [] : [defaultPayloadConverter.toPayload(input)];
    const workflowExecutionStartedEventAttributes = { input: { payloads }, firstExecutionRunId: 'first' };
    return Promise.resolve({ history: { events: [{ workflowExecutionStartedEventAttributes }] } });
  };
  return { namespace: 'n', connection: { workflowService: { getWorkflowExecutionHistory } } } as never;
}

const run = (runId: string) => ({ workflowId: 'w', runId }) as Run;
const input = { from: '2026-01-01', metrics: ['big'] };
const settings = {
  from: '2026-01-01',
  to: '2026-01-31',
  maxPartitionsPerRun: 14,
  concurrency: 8,
  order: 'oldest-first',
  metrics: ['big'],
  override: 'why',
  computeExpired: 'because',
  lookbackDays: 3,
};

test.each([
  ['its input', { first: input }, 'first', input],
  ['nothing', { first: undefined }, 'first', {}],
  ['null', { first: null }, 'first', {}],
  ['that of its first run', { first: input, last: { continued: { settings } } }, 'last', input],
  [
    'what it works with, when its first run is forgotten',
    { last: { continued: { settings } } },
    'last',
    {
      from: '2026-01-01',
      to: '2026-01-31',
      maxPartitionsPerRun: 14,
      concurrency: 8,
      order: 'oldest-first',
      metrics: ['big'],
      computeExpired: 'because',
      publishAnyway: 'why',
    },
  ],
])('%s', async (_, runs, latest, expected) => {
  expect(await startedWith(temporalOf(runs), run(latest))).toEqual(expected);
});
