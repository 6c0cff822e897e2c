/** Days of templates by date that are inserted at the same time are one INSERT, and each has exactly what it has alone. */
import { expect, test } from 'vitest';
import type { ExecuteInsertOutput } from '../../activities/execute-insert.js';
import type { ExecuteInsertInput } from '../../activities/insert-settings.js';
import { parsePartition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);

const DAYS = [1, 2, 3, 4, 5].map((n) => parsePartition(`2026-03-0${n}`));
const metric = (value: string, { date = 'date', header = '-- metrics, by date: *' } = {}) =>
  `${header}\nSELECT ${date} AS date, team_id, 'm' AS metric_name, ${value} AS metric_value FROM {{ llm_events }} GROUP BY date, team_id`;

/** The days rendered, from one slice. 2 March has no events. */
async function inputs(files?: Readonly<Record<string, string>>): Promise<ExecuteInsertInput[]> {
  if (files) harness.templates(files);
  for (const [index, day] of DAYS.entries()) {
    if (index !== 1) await addEvents(harness, { day, count: 3 + index }, { day, team: 7, event: '$ai_span', count: 2 });
  }
  const candidates = await pipeline.open();
  const { slice: of, days } = await pipeline.decode(DAYS);
  const { eventTypes } = harness.settings;
  return await Promise.all(
    days.map(async (day) => ({
      ...(await pipeline.render(day.partition, undefined, of)),
      candidates,
      chunk: 0,
      maxExecutionSeconds: 60,
      slice: { of: of!, day, eventTypes },
    })),
  );
}

const insert = (input: ExecuteInsertInput, info = {}) =>
  harness.run('executeInsert', input, harness.environment({ activityId: input.partition, ...info }));
const queries = (outputs: readonly ExecuteInsertOutput[]) => new Set(outputs.map(({ queryId }) => queryId)).size;

/** What an execution wrote: metrics, and the recount of what they read. */
async function rowsOf(input: ExecuteInsertInput, { token }: ExecuteInsertOutput): Promise<unknown[]> {
  return await harness.select(
    `SELECT * EXCEPT token FROM ${input.candidates} WHERE token = {token:String} ORDER BY ALL`,
    { token },
  );
}

test('several days: one INSERT, and of each day the rows, the counts and the token of its own', async () => {
  const of = await inputs();
  const together = await Promise.all(of.map((input) => insert(input)));
  const alone: ExecuteInsertOutput[] = [];
  for (const input of of) alone.push(await insert(input));

  // The first may have begun by itself.
  expect(queries(together)).toBeLessThan(3);
  expect(queries(alone)).toBe(5);
  expect(new Set([...together, ...alone].map(({ token }) => token)).size).toBe(10);
  for (const [index, input] of of.entries()) {
    const [a, b] = [together[index]!, alone[index]!];
    expect(await rowsOf(input, a)).toEqual(await rowsOf(input, b));
    expect(a).toMatchObject({ writtenRows: b.writtenRows, version: b.version, snapshot: b.snapshot });
    expect(a.writtenRows).toBe(index === 1 ? 0 : 6);
  }
  await harness.command('SYSTEM FLUSH LOGS query_log');
  const comments = await harness.select<{ days: string[] }>(
    `SELECT JSONExtract(log_comment, 'llma', 'partitions', 'Array(String)') AS days FROM system.query_log
     WHERE type = 'QueryFinish' AND query_id IN {ids:Array(String)}`,
    { ids: together.map(({ queryId }) => queryId) },
  );
  expect(comments.flatMap(({ days }) => days).sort()).toEqual([...DAYS]);
});

test('a template that is not by date: each day is its own INSERT', async () => {
  const of = await inputs({
    a: metric('count()'),
    b: metric('sum(1)', { header: '-- metrics: *' }).replace("'m'", "'n'"),
  });
  expect(queries(await Promise.all(of.map((input) => insert(input))))).toBe(5);
});

test('a day that one template fails for fails alone, by its name', async () => {
  const value = `count() + throwIf(any(date) = '2026-03-03', 'no third of March')`;
  const of = await inputs({ good: metric('count()').replace("'m'", "'n'"), picky: metric(value) });
  const ends = await Promise.allSettled(of.map((input) => insert(input)));
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect((ends[2] as PromiseRejectedResult).reason).toMatchObject({ type: 'TemplateError', nonRetryable: true });
  expect(String((ends[2] as PromiseRejectedResult).reason)).toContain('sql/picky.sql for partition 2026-03-03: ');
  for (const [index, end] of ends.entries()) {
    if (end.status === 'fulfilled') expect(end.value.writtenRows).toBe(index === 1 ? 0 : 6);
  }
});

test('a template that returns rows of another day than it was asked for stops each day, also in the midst of others', async () => {
  harness.templates({ m: metric('count()', { date: 'date + 1' }) });
  for (const day of DAYS) await addEvents(harness, { day, count: 2 });
  const decoded = await pipeline.decode(DAYS);
  const candidates = await pipeline.open();
  const failures = await Promise.all(DAYS.map((day) => failureOf(pipeline.computeDay(candidates, day, { decoded }))));
  expect(failures.map(({ message }) => message)).toEqual(
    DAYS.map((day, index) => {
      const next = DAYS[index + 1] ?? '2026-03-06';
      return `sql/m.sql for partition ${day} returned 1 rows of other days, such as ${next}; expected named metrics of that day alone: restrict timestamp with date_start and date_end, or write toDate(…, 'UTC')`;
    }),
  );
});

test('a new attempt kills the INSERT that its predecessor is in; the other days of it come back', async () => {
  // Of another length each, or the server would sleep once. Longer than any machine needs to get to the kill: nobody waits for its end.
  const sleeps = Array.from({ length: 60 }, (_, n) => `max(sleepEachRow(${0.3 + n / 1000}))`);
  const of = await inputs({ m: metric(['count()', ...sleeps].join(' + ')) });
  const [one, , two, three] = of as [ExecuteInsertInput, unknown, ExecuteInsertInput, ExecuteInsertInput];
  const ids: unknown[] = [];
  const environment = harness.environment({ activityId: two.partition });
  environment.on('heartbeat', (details: { queryId?: string } | undefined) => ids.push(details?.queryId));
  // Only INSERTs: other queries of an attempt begin in the same way, and are gone in a moment.
  const running = async () => {
    const sql = `SELECT query_id FROM system.processes
      WHERE current_database = '${harness.name}' AND startsWith(query_id, 'llma-insert-') AND query LIKE 'INSERT%sleepEachRow%'`;
    return (await harness.select<{ query_id: string }>(sql)).map(({ query_id: id }) => id);
  };
  const first = [failureOf(insert(one)), failureOf(harness.run('executeInsert', two, environment))];
  await expect.poll(running, { timeout: 20_000 }).toHaveLength(1);
  const [query] = await running();
  // Whichever of the two began: the day that is not in the running INSERT waits for it.
  const [{ days = [] } = {}] = await harness.select<{ days: string[] }>(
    `SELECT JSONExtract(Settings['log_comment'], 'llma', 'partitions', 'Array(String)') AS days FROM system.processes WHERE query_id = '${query}'`,
  );
  await expect.poll(() => ids, { timeout: 20_000 }).toContain(days.includes(two.partition) ? query : undefined);

  // A third day's attempt leaves it alone; that of a day in it does not.
  const again = failureOf(insert(three, { attempt: 2 }));
  await new Promise((resolve) => setImmediate(resolve));
  expect(await running()).toContain(query);
  const own = days.includes(one.partition) ? one : two;
  harness.templates({ m: metric('count()') });
  const { queryId } = await insert(
    { ...own, ...(await pipeline.render(own.partition, undefined, own.slice!.of)) },
    { attempt: 2 },
  );
  expect(queryId).not.toBe(query);
  expect(await first[own === one ? 0 : 1]!).toMatchObject({ type: 'ClickHouseTransient' });
  await harness.run('cleanUp', { chunk: 0, kill: true });
  for (const other of [...first, again]) expect(await other).toMatchObject({ type: 'ClickHouseTransient' });
});

test('a day that found the server overloaded comes back alone, and gentler', async () => {
  const before = { heartbeatDetails: { past: { overloaded: 1 } }, attempt: 2 };
  const of = await inputs();
  const outputs = await Promise.all(of.map((input, index) => insert(input, index < 3 ? before : {})));
  for (const own of outputs.slice(0, 3)) {
    expect(own.settings).toMatchObject({ max_threads: '1' });
    expect(outputs.filter(({ queryId }) => queryId === own.queryId)).toEqual([own]);
  }
});

test('a slice that was emptied is noticed for every day', async () => {
  harness.templates({ m: metric('count()') });
  for (const day of DAYS) await addEvents(harness, { day, count: 2 });
  const decoded = await pipeline.decode(DAYS);
  await harness.command(`TRUNCATE TABLE ${decoded.slice!.table}`);
  const candidates = await pipeline.open();
  const failures = await Promise.all(DAYS.map((day) => failureOf(pipeline.computeDay(candidates, day, { decoded }))));
  for (const failure of failures) expect(failure).toMatchObject({ type: 'SliceLost' });
});
