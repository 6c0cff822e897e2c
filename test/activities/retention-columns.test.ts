/** The TTL of a column counts where the column is read, whatever way its values come. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { sourceGuard } from '../../activities/retention/guard.js';
import { packageFile } from '../../config/package-file.js';
import { addDays, fromTime, type Partition } from '../../config/partition.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
/** By the clock of this machine, which is ClickHouse's too. */
const OLD: Partition = addDays(fromTime(Date.now()), -11);
const SOON = 'TTL toDateTime(timestamp) + INTERVAL 10 DAY';

/** What expires first of what these read. */
async function expiryOf(...selects: string[]): Promise<string | undefined> {
  const templates = selects.map((sql, index) => ({ name: `t${index}`, sql }));
  const facts = await sourceGuard(harness.database, harness.settings)({ partition: OLD, templates });
  return (await facts.expiry(OLD))?.by;
}

afterEach(async () => {
  for (const name of ['over', 'between', 't', 'other']) await harness.command(`DROP TABLE IF EXISTS ${name} SYNC`);
});

describe('a column that is read through an ALIAS', () => {
  const EXPIRES: unknown = expect.stringMatching(/^column x of \w+\.t has TTL /);
  const created = (columns: string) =>
    harness.command(
      `CREATE TABLE t (timestamp DateTime, x String ${SOON}, z String, ${columns}) ENGINE = MergeTree ORDER BY timestamp`,
    );

  test('counts, however many are between', async () => {
    await created(
      "y String ALIAS x, `a b` String ALIAS concat(z, lower(y)) COMMENT 'q', free String ALIAS upper(z), alias String ALIAS z",
    );
    expect(await expiryOf('SELECT y FROM t')).toEqual(EXPIRES);
    expect(await expiryOf('SELECT max(e.`a b`) FROM t AS e')).toEqual(EXPIRES);
    expect(await expiryOf('SELECT free, alias FROM t')).toBeUndefined();
  });

  test('one that is stored has values of its own', async () => {
    await created('y String DEFAULT x, m String MATERIALIZED lower(x)');
    expect(await expiryOf('SELECT y, m FROM t')).toBeUndefined();
  });

  test('… a part of a column too', async () => {
    await harness.command(
      `CREATE TABLE t (timestamp DateTime, x Tuple(a String, b String) ${SOON}, y String ALIAS x.a) ENGINE = MergeTree ORDER BY timestamp`,
    );
    expect(await expiryOf('SELECT y FROM t')).toEqual(EXPIRES);
  });

  test.each([
    ['a view', ['CREATE VIEW over AS SELECT y AS named FROM t']],
    [
      'a view of a view',
      ['CREATE VIEW between AS SELECT y FROM t', 'CREATE VIEW over AS SELECT y AS named FROM between'],
    ],
    [
      'one that only the table before it has',
      [
        "CREATE TABLE over (timestamp DateTime, x String, named String ALIAS x) ENGINE = Buffer(currentDatabase(), 't', 1, 10, 100, 1, 10, 1, 10)",
      ],
    ],
    ['a Merge table', ["CREATE TABLE over (y String, named String ALIAS y) ENGINE = Merge(currentDatabase(), '^t$')"]],
  ])('through %s', async (_, statements) => {
    await created('y String ALIAS x');
    for (const statement of statements) await harness.command(statement);
    expect(await expiryOf('SELECT named FROM over')).toEqual(EXPIRES);
  });

  test('a published day is not computed again from what is left', async () => {
    await addEvents(harness, { day: OLD, count: 5 });
    const source = readFileSync(packageFile('sql', 'sources', 'posthog_events.sql'), 'utf8');
    const tokens = readFileSync(packageFile('sql', 'tokens_and_cost.sql'), 'utf8');
    harness.templates({
      'sources/posthog_events': source.replaceAll('properties', 'props2'),
      tokens_and_cost: tokens,
    });
    await harness.command('ALTER TABLE events ADD COLUMN props2 String ALIAS properties');
    try {
      await pipeline.backfill([OLD]);
      await harness.command(`ALTER TABLE events MODIFY COLUMN properties String ${SOON}`);
      await harness.command('OPTIMIZE TABLE events FINAL');
      const failure = await failureOf(pipeline.compute([OLD]));
      expect(failure).toMatchObject({ type: 'PartitionExpired', nonRetryable: true });
      expect(failure.message).toContain(`column properties of ${harness.name}.events has TTL`);
    } finally {
      await harness.command('ALTER TABLE events MODIFY COLUMN properties REMOVE TTL');
      await harness.command('ALTER TABLE events DROP COLUMN props2');
    }
  });
});

test('a column of which a part is read counts', async () => {
  const columns = `timestamp DateTime, x Tuple(a String, b String) ${SOON}, \`n.a\` Array(String) ${SOON}, z Tuple(a String)`;
  await harness.command(`CREATE TABLE t (${columns}) ENGINE = MergeTree ORDER BY timestamp`);
  const by = (column: string): unknown => expect.stringContaining(`column ${column} of ${harness.name}.t has TTL `);
  expect(await expiryOf('SELECT x.a FROM t')).toEqual(by('x'));
  expect(await expiryOf('SELECT max(t.x.a) FROM t')).toEqual(by('x'));
  expect(await expiryOf('SELECT e.n.a FROM t AS e')).toEqual(by('n.a'));
  expect(await expiryOf('SELECT q.a FROM t ARRAY JOIN n AS q')).toEqual(by('n.a'));
  expect(await expiryOf('SELECT z.a FROM t')).toBeUndefined();
});

describe('a column that nobody names, of a table with an asterisk or beside one', () => {
  const ALL = 'SELECT * EXCEPT (x) FROM llma_slice_1';
  const EXPIRES: unknown = expect.stringMatching(/^column debug of \w+\.t has TTL /);

  test.each<[string, boolean]>([
    [`SELECT count() FROM t, (${ALL}) AS s`, false],
    ['SELECT count(*) FROM t', false],
    [`SELECT count() FROM t WHERE timestamp IN (${ALL})`, false],
    ['SELECT * FROM (SELECT timestamp FROM t)', false],
    ['WITH c AS (SELECT timestamp FROM t) SELECT * FROM c', false],
    ['SELECT * FROM other UNION ALL SELECT timestamp FROM t', false],
    ['SELECT * FROM other WHERE timestamp IN (SELECT timestamp FROM over)', false],
    ['SELECT * FROM over', false],
    ['SELECT * FROM t', true],
    ["SELECT count(), max(COLUMNS('de')) FROM t", true],
    ['SELECT timestamp FROM other UNION ALL SELECT * FROM t', true],
    ['SELECT * FROM (SELECT * FROM t)', true],
    ['SELECT * FROM between', true],
    ['SELECT 1 FROM other WHERE (timestamp, debug2) IN t', true],
    // Whose it is can't be told by the syntax alone.
    ['SELECT * FROM llma_slice_1 AS s JOIN t ON t.timestamp = s.timestamp', true],
    ['SELECT s.* FROM llma_slice_1 AS s JOIN t ON t.timestamp = s.timestamp', true],
  ])('%s: %s', async (select, expires) => {
    const columns = '(timestamp DateTime, x String, debug String';
    await harness.command(`CREATE TABLE t ${columns} ${SOON}) ENGINE = MergeTree ORDER BY timestamp`);
    await harness.command(`CREATE TABLE other ${columns}) ENGINE = MergeTree ORDER BY timestamp`);
    await harness.command('CREATE VIEW over AS SELECT timestamp FROM t');
    await harness.command("CREATE TABLE between AS t ENGINE = Merge(currentDatabase(), '^t$')");
    // Whatever others read before and after it.
    for (const selects of [[select], [ALL, select], ['SELECT count() FROM t', select, 'SELECT * FROM other']]) {
      expect(await expiryOf(...selects)).toEqual(expires ? EXPIRES : undefined);
    }
  });

  test('a day is published by templates of the slice and of the source together', async () => {
    await addEvents(harness, { day: OLD, count: 5 });
    await harness.command(`ALTER TABLE events ADD COLUMN debug String ${SOON}`);
    try {
      harness.templates({
        mine: "SELECT date, team_id, 'mine' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id",
        raw: "SELECT toDate(timestamp) AS date, team_id, 'raw' AS metric_name, count() AS metric_value FROM events WHERE timestamp >= '{{ date_start }}' AND timestamp < '{{ date_end }}' GROUP BY ALL",
      });
      await pipeline.backfill([OLD]);
      const rows = await harness.select(
        'SELECT metric_name AS name, metric_value AS n FROM llma_metrics_daily ORDER BY name',
      );
      expect(rows).toEqual([
        { name: 'mine', n: 5 },
        { name: 'raw', n: 5 },
      ]);
    } finally {
      await harness.command('ALTER TABLE events DROP COLUMN debug');
    }
  });
});
