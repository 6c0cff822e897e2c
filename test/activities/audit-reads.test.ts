/** Which audits read events, and so have a limit of what they read, and how often an audit reads our own tables. */
import { expect, test } from 'vitest';
import { auditReads } from '../../activities/audit-reads.js';
import { namesOfWith } from '../../activities/retention/with-names.js';
import { withDatabase } from '../support/activity-harness.js';

// Events are in a database of their own, as they may be.
const harness = withDatabase({ environment: { CLICKHOUSE_SOURCE_DATABASE: 'default' } });

/** What an audit reads, with the names of its relations in their places. */
async function readsOf(audit: string) {
  const { database } = harness;
  const sql = audit.replaceAll(/\{\{ (\w+) \}\}/g, (_, name: string) => {
    if (name === 'llm_events') return `(SELECT * FROM ${database.temporary('llma_slice_0123456789abcdef_0_fe')})`;
    const candidates = database.temporary('llma_cand_0123456789abcdef_0_ab');
    return database.statement(`pipeline/audit-${name}.sql`, { candidates }).trim();
  });
  return await auditReads(database)(`SELECT 'mine' AS audit, toDate('2026-03-10') AS date FROM (\n${sql}\n)`);
}

test.each([
  `SELECT 'x' AS message FROM events`,
  'SELECT 1 AS message FROM `events`',
  `SELECT 1 AS message FROM/**/events`,
  `# it's\nSELECT 1 AS message FROM events WHERE event = 'a'`,
  `SELECT 1 AS message FROM {{ candidates }} JOIN "events" USING team_id`,
  `SELECT 1 AS message FROM {{ candidates }} WHERE team_id IN (SELECT team_id FROM events)`,
  `SELECT 1 AS message FROM {{ candidates }} WHERE team_id IN teams`,
  `SELECT 1 AS message FROM {{ candidates }} WHERE 1 IN (teams)`,
  `SELECT 1 AS message FROM {{ candidates }} AS c, events AS e WHERE c.team_id = e.team_id`,
  `SELECT 1 AS message FROM (SELECT 1 FROM (SELECT 2) AS a, events) AS b`,
  `SELECT 1 AS message FROM {{ candidates }} AS c JOIN other.llma_metrics_versions AS v USING team_id`,
  `SELECT 1 AS message FROM llma_metrics_versions`,
  `SELECT 1 AS message FROM numbers(10)`,
  `SELECT 1 AS message FROM system.parts`,
  `SELECT 1 AS message FROM {{ llm_events }}`,
  `WITH events AS (SELECT team_id FROM events) SELECT 1 AS message FROM events`,
  `SELECT 1 AS message FROM (WITH events AS (SELECT 1) SELECT 1 FROM events) AS a JOIN events AS b ON 1 = 1`,
])('%s', async (audit) => {
  expect(await readsOf(audit)).toMatchObject({ events: true });
});

test.each([
  `SELECT 1 AS message FROM {{ candidates }}`,
  `SELECT 1 AS message FROM {{ candidates }} AS c, {{ source }} AS s, (SELECT 1) AS t WHERE c.team_id = s.team_id`,
  `SELECT 1 AS message FROM {{ current }} WHERE metric_name IS DISTINCT FROM 'good' AND team_id NOT IN (1, 2)`,
  `SELECT concat('taken from events, ', x, team_id) AS message FROM {{ day }} WHERE f(a, b) LIMIT 1, 2`,
  `-- a count from events, and more\nSELECT 1 AS message FROM {{ day }} /* , events */`,
  `WITH before AS (SELECT team_id FROM {{ current }}) SELECT 1 AS message FROM before WHERE team_id IN before`,
  `WITH (SELECT max(date) FROM {{ days }}) AS last SELECT last AS message FROM {{ declared }}, {{ recount }}, {{ deliveries }}`,
])('not %s', async (audit) => {
  expect(await readsOf(audit)).toMatchObject({ events: false });
});

test.each([
  [`SELECT 1 FROM {{ day }} AS a, {{ current }} AS b, {{ llm_events }} AS c`, { candidates: 1, versions: 2, slice: 1 }],
  [
    `WITH a AS (SELECT 1 FROM {{ current }}), b AS (SELECT 1 FROM a, a AS x) SELECT 1 FROM b, b AS y`,
    { candidates: 0, versions: 4, slice: 0 },
  ],
])('%s reads our own tables so often', async (audit, own) => {
  expect((await readsOf(audit)).own).toEqual(own);
});

test('what can’t be parsed reads nothing', async () => {
  expect(await readsOf(`SELECT count() OVER > 3 FROM events`)).toMatchObject({ events: false });
});

test.each([
  ['WITH a AS (SELECT 1), `b c` AS ((SELECT 2)) SELECT * FROM a, `b c` UNION ALL SELECT * FROM a', ['a', 'b c']],
  ["WITH a AS (WITH b AS (FROM t SELECT 1) SELECT * FROM b) SELECT 'a', 'b' FROM a", ['b', 'a']],
  ['WITH (SELECT 1) AS a, 2 AS b SELECT sum(x) OVER w FROM c AS (d) WINDOW w AS (PARTITION BY x)', []],
  ['WITH events AS (SELECT * FROM events) SELECT * FROM events', []],
  ['SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a), a', []],
])('the names of WITH in %s', (sql, names) => {
  expect([...namesOfWith(sql)].sort()).toEqual([...names].sort());
});
