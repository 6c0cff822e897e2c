/** Texts of others that try to become SQL: nothing may be dropped, and no other table be touched. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parsePartition, type Month, type Partition } from '../../config/partition.js';
import { loadSettings } from '../../config/settings.js';
import { withDatabase, type ActivityHarness } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, Pipeline, withPipeline } from '../support/pipeline.js';
import { ledger, liveRows } from '../support/tables.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-01';

const HOSTILE = [
  `'; DROP TABLE events; --`,
  `') UNION ALL SELECT 1, 2, 3 --`,
  `\\'; TRUNCATE TABLE events; #`,
  '`; DROP TABLE events',
  '2026-03-01\0',
  `2026-03-01' OR '1'='1`,
  '{partition:Date} {{ daily }} $1 $$ %s %00',
  '/* "open',
  'line\r\nline\tand \x1b[2J\u2028',
  '日本 🙂',
] as const;

/** Tables that are there, and what is in those that no pipeline writes. */
async function state(): Promise<unknown> {
  const tables = await harness.select(
    `SELECT name FROM system.tables WHERE database = '${harness.name}' AND name NOT LIKE 'llma\\_cand\\_%' ORDER BY name`,
  );
  return { tables, events: await harness.select('SELECT sum(cityHash64(*)) FROM events') };
}

let before: unknown;
beforeEach(async () => {
  await addEvents(harness, { day: DAY, count: 3 });
  before = await state();
});
afterEach(async () => expect(await state()).toEqual(before));

describe('what people type is refused as a whole', () => {
  const refused = { type: 'InvalidInput', nonRetryable: true };

  test('as a date, a month, a metric', async () => {
    for (const text of HOSTILE) {
      for (const input of [{ from: text }, { to: text }, { metrics: [text] }, { order: text }, { [text]: 1 }]) {
        expect(await failureOf(harness.run('readSettings', { kind: 'backfill', input }))).toMatchObject(refused);
      }
      const attempts = [
        harness.run('readSettings', { kind: 'daily', input: { partition: text } }),
        harness.run('renderTemplates', { partition: text as Partition, eventTypes: ['$ai_generation'] }),
        harness.run('publishMonthPartition', { month: text as Month }),
      ];
      for (const attempt of attempts) expect(await failureOf(attempt), text).toMatchObject(refused);
    }
    for (const text of ['ALL', 'ID', '202613', '2026_1', '202603 FROM x']) {
      const attempt = harness.run('publishMonthPartition', { month: text as Month });
      expect(await failureOf(attempt), text).toMatchObject(refused);
    }
  });

  test('in the configuration', () => {
    const names = ['DATABASE', 'SOURCE_DATABASE'].map((name) => `CLICKHOUSE_${name}`);
    names.push(
      ...['CLUSTER', 'ENGINE', 'METRICS', 'PARTITION_START_DATE', 'EVENT_TYPES'].map((name) => `LLMA_${name}`),
    );
    for (const text of HOSTILE) {
      for (const name of names) {
        expect(() => loadSettings({ [name]: text }, '/nonexistent'), name).toThrow(`${name}=`);
        expect(() => loadSettings({ [name]: `MergeTree${text}` }, '/nonexistent'), name).toThrow(`${name}=`);
      }
    }
  });

  test('as an event type, or a table of candidates, of an activity', async () => {
    const rendered = await pipeline.render(DAY);
    for (const text of [...HOSTILE, 'events', 'llma_metrics_versions']) {
      const insert = { ...rendered, chunk: 0, maxExecutionSeconds: 60 };
      for (const [candidates, refused] of [
        [text, 'not a temporary table of ours'],
        [`llma_cand_${text}`, /not an identifier of ours|does not exist|is gone/],
      ] as const) {
        await expect(harness.run('executeInsert', { ...insert, candidates })).rejects.toThrow(refused);
      }
      // The others are harmless between quotes: only configuration refuses them.
      if (!/['"`\\\p{Cc}\u2028]/u.test(text)) continue;
      const input = { partition: parsePartition(DAY), eventTypes: ['$ai_generation', text] };
      expect((await failureOf(harness.run('renderTemplates', input))).message).toContain('can’t stand in SQL');
    }
  });
});

describe('what people choose freely stays what it is', () => {
  const as = (workflowId: string) => harness.environment({ workflowExecution: { workflowId, runId: harness.runId } });

  test('a workflow id, in the comment of its tables', async () => {
    const controls = String.fromCharCode(...Array.from({ length: 33 }, (_, code) => code), 127);
    for (const text of [...HOSTILE, controls, '\\', '\\0', `${'x'.repeat(999)}'`]) {
      const { candidates } = await harness.run('openChunk', { chunk: 0 }, as(text));
      const comment = `SELECT comment FROM system.tables WHERE database = '${harness.name}' AND name = '${candidates}'`;
      expect(await harness.select(comment)).toEqual([{ comment: text }]);
      await harness.run('cleanUp', { chunk: 0, kill: true }, as(text));
    }
  });

  test('a workflow id, in the ledger and in log_comment, which is JSON whatever it holds', async () => {
    const workflowId = HOSTILE.join(' ');
    const run: ActivityHarness['run'] = (name, input) => harness.run(name, input, as(workflowId));
    const own = new Pipeline({ settings: harness.settings, run });
    harness.templates({ m: rowsTemplate([1, 'a', 1]) });
    await own.backfill([DAY]);
    await own.cleanUp();
    expect(await ledger(harness, 'workflow_id AS id')).toEqual([{ id: workflowId }, { id: workflowId }]);
    await harness.command('SYSTEM FLUSH LOGS query_log');
    const rows = await harness.select<{ id: string }>(
      `SELECT DISTINCT JSONExtractString(log_comment, 'llma', 'workflowId') AS id FROM system.query_log
       WHERE JSONExtractString(log_comment, 'llma', 'runId') = '${harness.runId}' AND JSONHas(log_comment, 'llma', 'publish')`,
    );
    expect(rows).toEqual([{ id: workflowId }]);
  });

  test('an error, also one that was cut in the middle of a character', async () => {
    const day = { partition: parsePartition(DAY), status: 'failed' } as const;
    const errors = [...HOSTILE, 'cut \ud83d'];
    await harness.run('recordOutcomes', { days: errors.map((error) => ({ ...day, error })) });
    const rows = await ledger<{ error: string }>(harness, 'error');
    expect(rows.map(({ error }) => error).sort()).toEqual([...HOSTILE, 'cut \ufffd'].sort());
  });
});

describe('what a template returns is a value', () => {
  const names = HOSTILE;
  const template = (all: readonly string[]) =>
    `SELECT toDate('{{ date_start }}') AS date, 1 AS team_id, arrayJoin([${all.map(quoted).join(', ')}]) AS metric_name, 1.5 AS metric_value`;
  /** Byte by byte: the template language has meanings of its own for some of them. */
  const quoted = (text: string) => `unhex('${Buffer.from(text).toString('hex')}')`;

  test('metric names reach the table as they are, and move with their template', async () => {
    harness.templates({ one: template(names) });
    await pipeline.backfill([DAY]);
    expect((await liveRows(harness)).map(({ metric_name }) => metric_name).sort()).toEqual([...names].sort());
    harness.templates({ two: template(names) });
    await pipeline.backfill([DAY]);
    expect((await liveRows(harness)).map(({ metric_name }) => metric_name).sort()).toEqual([...names].sort());
  });

  test('a name of bytes that are no text is kept byte by byte', async () => {
    harness.templates({ one: template(['x']).replace(quoted('x'), "unhex('ff00275c')") });
    await pipeline.backfill([DAY]);
    expect(await harness.select('SELECT hex(metric_name) AS h FROM llma_metrics_daily')).toEqual([{ h: 'FF00275C' }]);
  });

  test('and findings about them are sentences', async () => {
    harness.templates({ one: template([...names.slice(0, 5), ...names.slice(0, 5)]) });
    const failure = await failureOf(pipeline.compute([DAY]));
    expect(failure).toMatchObject({ type: 'VerificationFailed' });
    for (const text of names.slice(0, 5)) expect(failure.message).toContain(`"${text}"`);
  });
});
