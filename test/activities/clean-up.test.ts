import { beforeEach, describe, expect, test } from 'vitest';
import { literal } from '../../clickhouse/names.js';
import { withDatabase } from '../support/activity-harness.js';
import { slowTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { parsePartition } from '../../config/partition.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const as = (workflowId: string, runId = harness.runId) =>
  harness.environment({ workflowExecution: { workflowId, runId } });

async function comments(): Promise<string[]> {
  const rows = await harness.select<{ comment: string }>(
    `SELECT comment FROM system.tables WHERE database = '${harness.name}' AND startsWith(name, 'llma_cand_')`,
  );
  return rows.map(({ comment }) => comment);
}

describe('a workflow id is what the user chose, and its tables say so', () => {
  test.each([
    `it's`,
    `"double" and 'single' and \`back\``,
    `back\\slash, \\' and \\\\`,
    `'; DROP TABLE events; --`,
    `') ENGINE = Memory COMMENT 'x`,
    `{{ daily }} {x:String} %s $1 ?`,
    `new\nline\ttab`,
    `ünïcode 日本 🙂`,
    `/* comment */ -- # !`,
    `backfill/2026-01-01_2026-01-31`,
    ``,
  ])('%j', async (workflowId) => {
    await harness.run('openChunk', { chunk: 0 }, as(workflowId));
    expect(await comments()).toEqual([workflowId]);
    expect(
      await harness.select(`SELECT name FROM system.tables WHERE database = '${harness.name}' AND name = 'events'`),
    ).toHaveLength(1);
    await harness.run('cleanUp', { chunk: 0, kill: false }, as(workflowId));
    expect(await comments()).toEqual([]);
  });

  test('as SQL text too, whatever it holds', async () => {
    for (const text of [`\\`, `'`, `\\'`, `''`, `a\0b`, `\r\n`]) {
      expect(await harness.select(`SELECT ${literal(text)} AS text`)).toEqual([{ text }]);
    }
  });
});

describe('clean-up', () => {
  let candidates: string;

  beforeEach(async () => {
    candidates = await pipeline.open();
  });

  test('drops every table of its chunk, whichever attempt made it, and may be repeated', async () => {
    await pipeline.open();
    await harness.run('openChunk', { chunk: 0 }, harness.environment({ attempt: 2 }));
    expect(await harness.temporaryTables()).toHaveLength(3);
    await harness.run('cleanUp', { chunk: 0, kill: true });
    expect(await harness.temporaryTables()).toEqual([]);
    await harness.run('cleanUp', { chunk: 0, kill: true });
  });

  test('leaves the tables of other chunks, runs and workflows alone', async () => {
    const others = [
      [10, as('w')],
      [1, harness.environment()],
      [0, as('other')],
      [0, as('daily', 'other run')],
    ] as const;
    for (const [chunk, environment] of others) await harness.run('openChunk', { chunk }, environment);
    await harness.run('cleanUp', { chunk: 0, kill: true });
    const left = await harness.temporaryTables();
    expect(left).toHaveLength(others.length);
    expect(left).not.toContain(candidates);
    for (const [chunk, environment] of others) await harness.run('cleanUp', { chunk, kill: false }, environment);
  });

  test('kills what still writes to them', async () => {
    harness.templates({ slow: slowTemplate(30) });
    const rendered = await pipeline.render('2026-03-10');
    const insert = failureOf(
      harness.run('executeInsert', { ...rendered, candidates, chunk: 0, maxExecutionSeconds: 60 }),
    );
    await expect.poll(() => harness.runningInserts(), { timeout: 20_000 }).toHaveLength(1);
    await harness.run('cleanUp', { chunk: 0, kill: true });
    expect(await harness.temporaryTables()).toEqual([]);
    expect(await insert).toMatchObject({ type: 'ClickHouseTransient' });
  });
});

test('an attempt at a chunk that is made again opens a table of its own', async () => {
  const tables = [await pipeline.open(), await pipeline.open()];
  expect(new Set(tables).size).toBe(2);
  await pipeline.computeDay(tables[0]!, parsePartition('2026-03-10'));
  expect(await harness.select(`SELECT count() AS n FROM ${tables[1]}`)).toEqual([{ n: 0 }]);
});
