/** A short campaign, so that the long ones start from one that works: eight faults, every read right, settled without help. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { serverDirectory } from '../support/server-directory.js';
import { campaign } from './campaign.js';
import { DOUBLED_BY_KILL } from './history.js';
import { isGood } from './report.js';
import { runningWorkers } from './worker-slot.js';

const folder = serverDirectory();
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

test('8 faults', async () => {
  const logFile = join(folder, 'log.jsonl');
  const report = await campaign({
    ...{
      // One that plans each of these kinds.
      seed: 53,
      faults: 8,
      every: 300,
      days: 5,
      workers: 2,
      settle: 90,
      load: { backfills: 1, days: 1, publishes: 0 },
      guardsOff: [],
      dataDir: folder,
      logFile,
    },
    // Without those that a run waits out by a timeout of tens of seconds.
    kinds: ['kill-clickhouse', 'cut', 'swallow', 'delay', 'kill-query', 'cancel', 'read-only-replica'],
  });
  const { wrong, unsettled, refused, badEnds } = report;
  const wrongReads = [...wrong].filter(([kind]) => kind !== DOUBLED_BY_KILL);
  expect({ wrongReads, unsettled, refused: [...refused], badEnds }).toEqual({
    ...{ wrongReads: [], refused: [], badEnds: [] },
    unsettled: {},
  });
  expect(isGood(report)).toBe(true);
  expect([...report.faults.values()].reduce((sum, n) => sum + n, 0)).toBe(8);
  expect(report.reads).toBeGreaterThan(20);
  expect(report.publishes).toBeGreaterThan(0);
  expect(runningWorkers()).toBe(0);
  const lines = readFileSync(logFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { what: string });
  expect(lines.filter(({ what }) => what === 'fault over')).toHaveLength(8);
}, 150_000);
