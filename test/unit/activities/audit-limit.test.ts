/** Which audits may read events, and so have a limit of what they read. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mayReadEvents } from '../../../activities/audit-limit.js';
import { packageFile } from '../../../config/package-file.js';

const asked = (source: string) => mayReadEvents({ name: 'mine', file: 'sql/audits/mine.sql', source });

test.each([
  `SELECT 'x' AS message FROM events`,
  'SELECT 1 AS message FROM `events`',
  `SELECT 1 AS message FROM {{ candidates }} JOIN "events" USING team_id`,
  `SELECT 1 AS message FROM {{ candidates }} WHERE team_id IN (SELECT team_id FROM events)`,
  `SELECT 1 AS message FROM {{ candidates }} WHERE team_id IN teams`,
  `SELECT 1 AS message FROM {{ candidates }}, events`,
  `SELECT 1 AS message FROM {{ candidates }} AS c, events AS e WHERE c.team_id = e.team_id`,
  `SELECT 1 AS message FROM (SELECT max(a, b), c FROM {{ candidates }}) AS c\n,\n  events`,
  `SELECT 1 AS message FROM {{ candidates }} AS c INNER JOIN {{ source }} AS s ON s.team_id = c.team_id, raw.events`,
  `SELECT 1 AS message FROM (SELECT 1 FROM (SELECT 2) AS a, events) AS b`,
  `SELECT 1 AS message FROM numbers(10)`,
  `SELECT 1 AS message FROM {{ llm_events }}`,
  `{% include 'other.sql' %}`,
])('%s', (source) => {
  expect(asked(source)).toBe(true);
});

test.each([
  `SELECT 1 AS message FROM {{ candidates }}`,
  `SELECT 1 AS message FROM {{ candidates }} AS c, {{ source }} AS s, (SELECT 1) AS t WHERE c.team_id = s.team_id`,
  `SELECT 1 AS message FROM (SELECT date, team_id FROM {{ day }} GROUP BY date, team_id ORDER BY date, team_id)`,
  `SELECT concat('taken from events, ', x, team_id) AS message FROM {{ day }} WHERE f(a, b) LIMIT 1, 2`,
  `-- a count from events, and more\nSELECT 1 AS message FROM {{ day }} /* , events */`,
])('not %s', (source) => {
  expect(asked(source)).toBe(false);
});

test('none that is shipped does', () => {
  const folder = packageFile('sql', 'audits');
  const sources = readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
  expect(sources.filter(asked)).toEqual([]);
});
