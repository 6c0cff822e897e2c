import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parsePartition } from '../../../config/partition.js';
import { loadCatalogue, type Catalogue } from '../../../templates/catalogue.js';
import { CatalogueError, TemplateError } from '../../../templates/errors.js';
import { llmEventsRelation, renderSources } from '../../../templates/relation.js';
import { renderPartition, type RenderOptions } from '../../../templates/render.js';
import { unionOf, wrapTemplate } from '../../../templates/wrap.js';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const SOURCES = {
  'sources/one.sql': 'SELECT 1 AS a -- one',
  'sources/two.sql': "SELECT '{{ date_start }}' AS b, {{ event_types }} AS c;",
};

function catalogueOf(files: Readonly<Record<string, string>>): Catalogue {
  const sqlDir = mkdtempSync(join(tmpdir(), 'llma-render-'));
  directories.push(sqlDir);
  for (const [name, text] of Object.entries({ ...SOURCES, ...files })) {
    mkdirSync(dirname(join(sqlDir, name)), { recursive: true });
    writeFileSync(join(sqlDir, name), text);
  }
  return loadCatalogue({ sqlDir });
}

const OPTIONS: RenderOptions = { eventTypes: ['$ai_trace', '$ai_span'], partition: parsePartition('2024-12-31') };
const renderOne = (text: string, options: Partial<RenderOptions> = {}) =>
  renderPartition(catalogueOf({ 'm.sql': text }), { ...OPTIONS, ...options }).templates[0];

test('the variables: the day, the day after it, and the event types', () => {
  expect(renderOne('{{ date_start }} {{ date_end }} {{ partition }} {{ event_types }}')?.sql).toBe(
    "2024-12-31 2025-01-01 2024-12-31 ['$ai_trace', '$ai_span']",
  );
});

test('each template comes with its name and hash, without its semicolon', () => {
  const catalogue = catalogueOf({ 'b.sql': 'SELECT 2;', 'a.sql': '\nSELECT 1 -- one\n' });
  expect(renderPartition(catalogue, OPTIONS)).toEqual({
    templates: catalogue.templates.map(({ name, hash }) => ({
      name,
      hash,
      sql: name === 'a' ? '\nSELECT 1 -- one' : 'SELECT 2',
      usesLlmEvents: false,
    })),
    blank: [],
  });
});

test('what renders to nothing is skipped, and listed', () => {
  const files = {
    'a.sql': '{% macro m() %}x{% endmacro %}',
    'b.sql': '-- nothing\n;',
    'c.sql': 'SELECT 1',
    'd.sql': '{% if date_start < "2024" %}SELECT 1{% endif %}',
  };
  const { templates, blank } = renderPartition(catalogueOf(files), OPTIONS);
  expect(templates.map(({ name }) => name)).toEqual(['c']);
  expect(blank).toEqual(['a', 'b', 'd']);
});

test('a template that changes the list of event types changes only its own', () => {
  const catalogue = catalogueOf({
    'a.sql': "{% set _ = event_types.append('x') %}{{ event_types | length }}",
    'b.sql': '{{ event_types | length }}',
  });
  expect(renderPartition(catalogue, OPTIONS).templates.map(({ sql }) => sql)).toEqual(['3', '2']);
  expect(OPTIONS.eventTypes).toHaveLength(2);
});

describe('llm_events', () => {
  test('is the union of the sources, of the range alone, by name', () => {
    const { sql, usesLlmEvents } = renderOne('FROM {{ llm_events }}')!;
    expect(usesLlmEvents).toBe(true);
    expect(sql).toContain('FROM (\nSELECT 1 AS a\n) WHERE');
    expect(sql).toContain("FROM (\nSELECT '2024-12-31' AS b, ['$ai_trace', '$ai_span'] AS c\n) WHERE");
    expect(
      sql.match(
        /SELECT toDate\(timestamp, 'UTC'\) AS date, timestamp, ingested_at, toLowCardinality\('(one|two)'\) AS source, event, event_id, team_id, trace_id, .*, tags, .* FROM/g,
      ),
    ).toHaveLength(2);
    expect(
      sql.match(
        /timestamp >= toDateTime64\('2024-12-31 00:00:00', 6, 'UTC'\) AND timestamp < toDateTime64\('2025-01-01 00:00:00', 6, 'UTC'\) AND event IN \('\$ai_trace', '\$ai_span'\)/g,
      ),
    ).toHaveLength(2);
    expect(sql.match(/UNION ALL/g)).toHaveLength(1);
    // Of an event that was delivered several times the last delivery.
    expect(sql).toMatch(/LIMIT 1 BY date, team_id, event, event_id\)$/);
  });

  test('or a table, of the day alone', () => {
    expect(renderOne('FROM {{ llm_events }}', { llmEvents: 'db.slice' })?.sql).toMatch(
      /^FROM \(SELECT \* EXCEPT \(not_understood, left_out\) FROM db\.slice WHERE date >= toDate\('2024-12-31'\) AND date < toDate\('2025-01-01'\) AND NOT left_out\)$/,
    );
  });

  test('is only asked for by those who say so, also by way of an include or a macro', () => {
    const files = {
      'a.sql': '{{ date_start }} -- llm_events',
      'b.sql': "{% include 'p/x.sql' %}",
      'c.sql': "{% import 'p/y.sql' as y with context %}{{ y.m() }}",
      'd.sql': '{% if false %}{{ llm_events }}{% endif %}1',
      'p/x.sql': 'FROM {{ llm_events }}',
      'p/y.sql': '{% macro m() %}FROM {{ llm_events }}{% endmacro %}',
    };
    const { templates } = renderPartition(catalogueOf(files), OPTIONS);
    expect(templates.map(({ name, usesLlmEvents }) => [name, usesLlmEvents])).toEqual([
      ['a', false],
      ['b', true],
      ['c', true],
      ['d', false],
    ]);
  });

  test('a range of several days', () => {
    const range = { eventTypes: ['$x'], dateStart: '2025-01-01', dateEnd: '2025-02-01' };
    expect(renderSources(catalogueOf({ 'm.sql': '' }), range).map(({ name, file }) => `${name} ${file}`)).toEqual([
      expect.stringMatching(/^one .*\/sources\/one\.sql$/),
      expect.stringMatching(/^two .*\/sources\/two\.sql$/),
    ]);
    expect(llmEventsRelation(catalogueOf({ 'm.sql': '' }), range)).toContain(
      "timestamp < toDateTime64('2025-02-01 00:00:00', 6, 'UTC')",
    );
  });

  test('a source that can’t be rendered is named, not the template that asked', () => {
    const catalogue = catalogueOf({ 'm.sql': 'FROM {{ llm_events }}', 'sources/one.sql': '\n{{ nope }}' });
    expect(() => renderPartition(catalogue, OPTIONS)).toThrow(/^[\w-]+\/sources\/one\.sql:2: `nope` is undefined/);
    const blank = catalogueOf({ 'm.sql': 'FROM {{ llm_events }}', 'sources/one.sql': '-- nothing' });
    expect(() => renderPartition(blank, OPTIONS)).toThrow(/^[\w-]+\/sources\/one\.sql: it renders to nothing/);
  });
});

describe('event types', () => {
  test.each(["it's", '$ai_"x', 'a`b', 'a\\', 'a\nb', 'a\0b', 'a\u2028b', 'a\u0085b', ''])(
    '%j can’t stand in SQL',
    (eventType) => {
      const render = () =>
        renderPartition(catalogueOf({ 'm.sql': "SELECT '{{ event_types[0] }}'" }), {
          ...OPTIONS,
          eventTypes: ['ok', eventType],
        });
      expect(render).toThrow(CatalogueError);
      expect(render).toThrow(`event type ${JSON.stringify(eventType)}: quotes, backslashes and control characters`);
    },
  );

  test('none at all is an error too', () => {
    expect(() => renderOne('SELECT 1', { eventTypes: [] })).toThrow('there are no event types to compute metrics of');
  });

  test('spaces, dots, dashes and letters of any script may', () => {
    const eventTypes = ['$ai_x', 'a b', 'a.b:c-d', 'ünï', '日本'];
    expect(renderOne("{{ event_types | join('|') }}", { eventTypes })?.sql).toBe('$ai_x|a b|a.b:c-d|ünï|日本');
  });
});

test.each([
  [
    'SELECT 1\nUNION ALL',
    'sql/m.sql:2: UNION ALL has no SELECT after it; put it between {% if not loop.last %} and {% endif %}',
  ],
  ['SELECT (1', 'm.sql:1: a ( is never closed'],
  ['SELECT 1 /* {{ date_start }}', 'm.sql:1: a comment /* has no end'],
])('%j is not sent to the server', (text, message) => {
  const render = () => renderOne(text);
  expect(render).toThrow(TemplateError);
  expect(render).toThrow(message.replace('sql/', ''));
});

test('wrapped, every template says its name and a comment at its end stays one', () => {
  const wrapped = wrapTemplate({ name: 'a_b', sql: 'SELECT 1 -- one' });
  expect(wrapped).toContain("'a_b' AS template\nFROM (\nSELECT 1 -- one\n) AS llma_rows");
  expect(wrapped.match(/template a_b: /g)).toHaveLength(4);
  expect(unionOf([wrapped, wrapped])).toBe(`${wrapped}\nUNION ALL\n${wrapped}`);
});
