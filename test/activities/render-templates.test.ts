import { describe, expect, test } from 'vitest';
import { MAX_SQL_BYTES, renderTemplates, type RenderTemplatesInput } from '../../activities/render-templates.js';
import { parsePartition } from '../../config/partition.js';
import { activityDeps } from '../support/activity-deps.js';
import { failureOf } from '../support/pipeline.js';

const DAY = parsePartition('2024-02-29');
const SIMPLE = `SELECT toDate('{{ date_start }}') AS date, 1 AS team_id, 'a' AS metric_name, 1 AS metric_value`;

const render = (sql: Record<string, string> | undefined, input: Partial<RenderTemplatesInput> = {}) =>
  renderTemplates(activityDeps(sql ? { sql } : {}))({ partition: DAY, eventTypes: ['$ai_span'], ...input });

test('SQL and hashes that belong together, by name', async () => {
  const { partition, templates, llmEvents } = await render(undefined);
  expect(partition).toBe(DAY);
  expect(templates.map(({ name }) => name)).toEqual(['error_rates', 'event_counts']);
  for (const { hash, sql } of templates) {
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(sql).toContain("'2024-02-29 00:00:00'");
    expect(sql).toContain("'2024-03-01 00:00:00'");
    expect(sql).toContain("'$ai_span'");
  }
  expect(llmEvents).toContain("'2024-03-01 00:00:00'");
  expect((await render(undefined, { metrics: ['event_counts'] })).templates.map(({ name }) => name)).toEqual([
    'event_counts',
  ]);
});

test('a header’s names go with their template', async () => {
  const { templates } = await render({ 'a.sql': `-- metrics: a, b_*\n${SIMPLE}`, 'b.sql': SIMPLE });
  expect(templates.map(({ declared }) => declared)).toEqual([['a', 'b_*'], undefined]);
});

test('a template that renders to nothing is there, without SQL', async () => {
  const blank = "{% macro m() %}x{% endmacro %}\n-- nothing\n{% if partition == 'never' %}SELECT 1{% endif %};\n";
  const { templates } = await render({ 'blank.sql': blank, 'simple.sql': SIMPLE });
  expect(templates.map(({ name, sql }) => [name, sql === ''])).toEqual([
    ['blank', true],
    ['simple', false],
  ]);
});

describe('what can’t be rendered ends the day, with file and line', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['an undefined variable', { 'x.sql': 'SELECT 1,\n{{ evnt_types }}' }, /^sql\/x\.sql:2: .*evnt_types/],
    ['a block without an end', { 'x.sql': '{% for e in event_types %}' }, /^sql\/x\.sql(:\d+)?: /],
    [
      'a file outside sql/',
      { 'x.sql': "{% include '../secrets.sql' %}" },
      /^sql\/x\.sql:1: .*"\.\.\/secrets\.sql" is not a file below/,
    ],
    ['two statements', { 'x.sql': `${SIMPLE};\nDROP TABLE events` }, /^sql\/x\.sql(:\d+)?: a template is one SELECT/],
    ['a string without an end', { 'x.sql': "SELECT 'a" }, /^sql\/x\.sql(:\d+)?: a ' has no closing '/],
    [
      'a UNION ALL that joins nothing',
      { 'x.sql': `${SIMPLE} UNION ALL` },
      /^sql\/x\.sql(:\d+)?: UNION ALL has no SELECT after it/,
    ],
  ])('%s', async (_, sql, message) => {
    const failure = await failureOf(render(sql));
    expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(failure.message).toMatch(message);
  });

  test('no templates, no directory, a template that this worker does not have, no sources', async () => {
    const { message } = await failureOf(render({}));
    expect(message).toMatch(/^there are no metric templates: looked for \*\.sql in /);
    const missing = await failureOf(render({ 'a.sql': SIMPLE }, { metrics: ['a', 'b'] }));
    expect(missing).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(missing.message).toMatch(/^the run computes sql\/b\.sql, which this worker does not have in \/.*\/sql$/);
    const noSources = await failureOf(render({ 'a.sql': SIMPLE, 'sources/.keep': '' }));
    expect(noSources).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(noSources.message).toMatch(/^there are no sources to read events from: looked for \*\.sql in /);
  });

  test('event types that could leave their quotes', async () => {
    const failure = await failureOf(render({ 'a.sql': SIMPLE }, { eventTypes: ["$x' OR 1"] }));
    expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(failure.message).toMatch(/^event type "\$x' OR 1": quotes, backslashes/);
  });

  test('more SQL than the payloads of a workflow task may hold', async () => {
    const long = (bytes: number) => `${SIMPLE} -- ${'x'.repeat(bytes)}`;
    await render({ 'a.sql': long(MAX_SQL_BYTES - 2000) });
    const failure = await failureOf(render({ 'a.sql': long(70_000), 'b.sql': long(80_000), 'c.sql': SIMPLE }));
    expect(failure).toMatchObject({ type: 'TemplateError', nonRetryable: true });
    expect(failure.message).toMatch(
      /^partition 2024-02-29: the rendered templates have 1[45]\d KB, at most 128 KB fit; the largest are b \(79 KB\), a \(69 KB\), c \(1 KB\): shorten them/,
    );
  });
});
