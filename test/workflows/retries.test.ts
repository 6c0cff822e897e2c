/** Failures that pass, failures that stay, and lost candidates, with the waits in between, on the time-skipping server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILURE } from '../../workflows/plan/failures.js';
import { FakePipeline, lost, permanently, ROWS_PER_DAY } from '../support/temporal-fakes.js';
import { waitFor } from '../support/temporal-wait-for.js';
import { openTimeSkipping, type WorkflowTests } from '../support/temporal-worker.js';

let tests: WorkflowTests;
beforeAll(async () => (tests = await openTimeSkipping()));
afterAll(() => tests.close());

const DAYS = ['2025-01-30', '2025-01-31', '2025-02-01', '2025-02-02'];
const RANGE = { from: DAYS[0]!, to: DAYS.at(-1)! };

describe('a failure that passes', () => {
  it('is tried again until it has passed, however long that takes', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.insert = ({ partition }, attempt) => {
      if (partition === DAYS[1] && attempt <= 8) throw new Error('connection refused');
    };
    pipeline.hooks.publish = (month, attempt) => {
      if (month === '202502' && attempt <= 5) throw new Error('connection refused');
    };
    const result = await tests.run(pipeline, async () => (await tests.backfill(RANGE)).result());
    expect(result).toMatchObject({ published: DAYS, failed: [], rows: DAYS.length * ROWS_PER_DAY });
    expect(result.errors).toEqual({});
    expect(pipeline.inserts.get(DAYS[1]!)).toBe(9);
    expect(pipeline.logged('publish 202502')).toHaveLength(6);
    expect(pipeline.ledger).toEqual([]);
  });
});

describe('a failure that stays', () => {
  const FINDINGS = [{ audit: 'finite_values', level: 'blocking', message: 'metric "a" of team 1 is nan' }] as const;

  it('fails its day by name and in the ledger, an audit blocks it; the others are published', async () => {
    const pipeline = new FakePipeline();
    const message = `sql/event_counts.sql for partition ${DAYS[1]}: ClickHouse 47: Unknown identifier`;
    pipeline.hooks.insert = ({ partition }) => {
      if (partition === DAYS[1]) throw permanently(FAILURE.template, message);
    };
    pipeline.hooks.verify = (partition) => {
      if (partition === DAYS[3]) throw permanently(FAILURE.verification, 'it was not accepted', [FINDINGS]);
    };
    const result = await tests.run(pipeline, async () => (await tests.backfill(RANGE)).result());
    expect(result).toMatchObject({
      published: [DAYS[0], DAYS[2]],
      failed: [DAYS[1]],
      blocked: [DAYS[3]],
      rows: 2 * ROWS_PER_DAY,
    });
    expect(result.errors).toEqual({
      [DAYS[1]!]: `TemplateError: ${message}`,
      [DAYS[3]!]: 'it was not accepted',
    });
    expect(pipeline.visibleDays).toEqual([DAYS[0], DAYS[2]]);
    expect(pipeline.inserts.get(DAYS[1]!)).toBe(1);
    expect(pipeline.ledger.sort((a, b) => a.partition.localeCompare(b.partition))).toEqual([
      { partition: DAYS[1], status: 'failed', error: `TemplateError: ${message}` },
      {
        partition: DAYS[3],
        status: 'blocked',
        error: 'it was not accepted',
        findings: FINDINGS,
        templates: { event_counts: 'h' },
      },
    ]);
  });

  it("of the accept of a month fails that month's days alone", async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.accept = ({ month }) => {
      if (month === '202501') throw permanently(FAILURE.clickhouse, 'no grant');
    };
    const result = await tests.run(pipeline, async () => (await tests.backfill(RANGE)).result());
    expect(result).toMatchObject({ published: DAYS.slice(2), failed: DAYS.slice(0, 2) });
    expect(pipeline.ledger.map(({ partition }) => partition)).toEqual(DAYS.slice(0, 2));
  });

  it('of an accept whose answer was lost hides nothing that it has accepted', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.accept = ({ month, days }) => {
      if (month !== '202501') return;
      for (const { partition } of days) pipeline.accepted.add(partition);
      throw permanently(FAILURE.clickhouse, 'no grant to read what was accepted');
    };
    const result = await tests.run(pipeline, async () => (await tests.backfill(RANGE)).result());
    expect(result).toMatchObject({ published: DAYS.slice(2), failed: DAYS.slice(0, 2) });
    expect(pipeline.visibleDays).toEqual(DAYS);
  });

  it('of the clean-up leaves a table for the next run, and loses no day', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.cleanUp = () => {
      pipeline.tables.clear();
      throw permanently(FAILURE.clickhouse, 'no grant for DROP TABLE');
    };
    const result = await tests.run(pipeline, async () => (await tests.backfill(RANGE)).result());
    expect(result).toMatchObject({ published: DAYS, failed: [] });
  });

  it('of the ledger ends the run, but what was accepted is published', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.insert = ({ partition }) => {
      if (partition === DAYS[0]) throw permanently(FAILURE.template, 'no such column');
    };
    pipeline.hooks.record = () => {
      throw permanently(FAILURE.clickhouse, 'no grant');
    };
    await tests.run(pipeline, async () => {
      const handle = await tests.backfill(RANGE);
      await expect(handle.result()).rejects.toMatchObject({ cause: { cause: { message: 'no grant' } } });
    });
    expect(pipeline.visibleDays).toEqual(DAYS.slice(1));
  });

  it('of the ledger, after a publish that was refused, does not hold back the next chunk', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.publish = (month) => {
      if (month === '202501') throw permanently(FAILURE.gate, 'a row too many');
    };
    pipeline.hooks.record = () => {
      throw permanently(FAILURE.clickhouse, 'no grant');
    };
    await tests.run(pipeline, async () => {
      const handle = await tests.backfill({ ...RANGE, maxPartitionsPerRun: 2 });
      await expect(handle.result()).rejects.toMatchObject({ cause: { cause: { message: 'no grant' } } });
      expect(await handle.query('progress')).toMatchObject({ state: 'failed', published: 2 });
    });
    expect(pipeline.visibleDays).toEqual(DAYS.slice(2));
  });
});

describe('candidates that were lost', () => {
  it('are computed again: the lost ones alone, in a table of their own', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.verify = (partition) => {
      if (partition === DAYS[0] && pipeline.inserts.get(partition)! < 3) throw lost(partition);
    };
    const result = await tests.run(pipeline, async () => (await tests.backfill(RANGE)).result());
    expect(result).toMatchObject({ published: DAYS, failed: [] });
    expect(pipeline.logged('open 0')).toHaveLength(3);
    expect(DAYS.map((day) => pipeline.inserts.get(day))).toEqual([3, 1, 1, 1]);
  });

  it('are computed three times at the most, and then their days have failed', async () => {
    const pipeline = new FakePipeline();
    pipeline.hooks.accept = ({ month }) => {
      if (month === '202502') throw lost(month);
    };
    const result = await tests.run(pipeline, async () => (await tests.backfill(RANGE)).result());
    expect(result).toMatchObject({ published: DAYS.slice(0, 2), failed: DAYS.slice(2) });
    expect(result.errors[DAYS[2]!]).toBe('CandidatesLost: 202502 is gone (after 3 rounds)');
    expect(pipeline.logged(`accept ${DAYS[2]}`)).toHaveLength(3);
    expect(pipeline.ledger.map(({ partition }) => partition)).toEqual(DAYS.slice(2));
  });
});

describe('a month that another publish holds for minutes', () => {
  it('is published as soon as it is free', async () => {
    const pipeline = new FakePipeline();
    let tries = 0;
    pipeline.hooks.publish = () => {
      if (++tries <= 60) throw new Error('connection refused');
    };
    await tests.run(pipeline, async () => {
      const other = await tests.publish('202501');
      await waitFor('its first try', () => tries > 0);
      const handle = await tests.backfill({ from: DAYS[0]!, to: DAYS[1]! });
      expect(await handle.result()).toMatchObject({ published: DAYS.slice(0, 2) });
      await other.result();
    });
    expect(pipeline.maxPublishing).toBe(1);
    expect(pipeline.logged('published')).toHaveLength(2);
  });
});
