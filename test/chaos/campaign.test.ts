/**
 * Short campaigns, so that the long ones start from one that works: eight faults, every read right, settled without help;
 * and one that can't settle, and says so.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { Output } from '../../scripts/output.js';
import { serverDirectory } from '../support/server-directory.js';
import { campaign } from './campaign.js';
import { DOUBLED_BY_KILL } from './history.js';
import { isGood, printReport } from './report.js';
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

test('runs that nobody ends are named, and the campaign ends', async () => {
  const report = await campaign({
    ...{ seed: 1, faults: 1, every: 10, kinds: ['terminate'], days: 2, workers: 0, settle: 1 },
    load: { backfills: 1, days: 1, publishes: 1 },
    guardsOff: [],
    dataDir: folder,
    logFile: join(folder, 'stuck.jsonl'),
  });
  expect(isGood(report)).toBe(false);
  const open = report.unsettled['no workflow is open'] ?? [];
  expect(open).toContain('backfill/chaos-last');
  const said = new PassThrough();
  printReport(new Output(said, said), report);
  const text = String(said.read());
  expect(text).toContain('NOT settled:');
  for (const id of open) expect(text).toContain(id);
}, 30_000);
