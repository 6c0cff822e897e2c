import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createActivities } from '../../activities/index.js';
import type { AuditFinding } from '../../activities/run-audits.js';
import type { VerifyRowCountsInput } from '../../activities/verify-row-counts.js';
import type { Database } from '../../clickhouse/database.js';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { withPipeline } from '../support/pipeline.js';
import { GOOD, insertDays, verificationOf, type Row } from '../support/verifications.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);

const day = (n: number) => `2026-03-${String(n).padStart(2, '0')}`;

/** Audits of a user's own: the metrics that they look for are in some days only. */
const AUDITS = {
  plain: `-- blocking: No day has a tax.
SELECT concat('team ', toString(team_id), ' pays on {{ partition }}, of ', toString((SELECT count() FROM {{ source }}))) AS message FROM {{ candidates }} WHERE metric_name = 'tax'`,
  plain_broken: `-- warning: It divides.
SELECT toString(intDiv(1, toInt64(metric_value))) AS message FROM {{ day }} WHERE metric_name = 'divide'`,
  dated_broken: `-- warning, by date: It divides, too.
SELECT date, toString(intDiv(1, toInt64(metric_value))) AS message FROM {{ day }} WHERE metric_name = 'divide_by_date'`,
  dated_source: `-- warning, by date: The source is small.
SELECT date, concat(toString(uniqExact(event_id)), ' events, ', toString((SELECT count() FROM {{ partitions }}) > 0)) AS message FROM {{ llm_events }} GROUP BY date HAVING count() > 2`,
};

const outcome = (input: VerifyRowCountsInput) => verificationOf(harness, input);

test('many days verified at once: each has exactly the result that it has alone', async () => {
  // Tuesdays with more rows and teams than March will have, and a day of the chunk that was published before, with another template.
  harness.templates({
    m: rowsTemplate([1, 'm', 1], [2, 'm', 1], [9, 'm', 1], ...[...'abcdefgh'].map((metric): Row => [9, metric, 1])),
  });
  await pipeline.backfill([3, 10, 17, 24].map((n) => `2026-02-${String(n).padStart(2, '0')}`));
  harness.templates({ m: rowsTemplate([1, 'm', 1]), old: rowsTemplate([1, 'x_count', 4]) });
  await pipeline.backfill([day(4), day(8)]);
  await addEvents(harness, { day: day(7), count: 2 }, { day: day(13), count: 3, deliveries: 2 });

  const inputs = await insertDays({
    harness,
    pipeline,
    audits: AUDITS,
    rows: {
      [day(1)]: GOOD,
      [day(2)]: [...GOOD, [1, 'm', 5]],
      [day(3)]: [[2, 'm', 'nan']],
      [day(4)]: [...GOOD, [1, 'x_bad_count', 5], [1, 'x_bad_rate', 100]],
      [day(5)]: [...GOOD, [3, 'm', 1], [4, 'm', 1]],
      [day(6)]: [...many(7)].map(([team]) => [team, 'x_rate', 200 + team]),
      [day(7)]: [...GOOD, [1, 'ai_generation_count', 7]],
      [day(8)]: [...GOOD, [1, 'undeclared', 1], [1, 'x_a_rate', 10]],
      [day(9)]: [...GOOD, [5, 'tax', 1]],
      [day(10)]: [...GOOD, [1, 'divide', 0]],
      [day(11)]: [...GOOD, [1, 'divide_by_date', 0]],
      [day(12)]: [[0, '', 1], ...GOOD],
      [day(13)]: [...GOOD, [1, 'ai_generation_count', 3]],
      [day(14)]: [...GOOD, [2, 'x_rate', -1]],
    },
  });
  const [{ candidates }] = inputs as [VerifyRowCountsInput];
  await harness.command(`ALTER TABLE ${candidates} DELETE WHERE date = '${day(5)}' AND team_id = 3`);
  const asked = inputs.map((input, index) => (index === 13 ? { ...input, override: 'it is right' } : input));
  const alone: unknown[] = [];
  for (const input of asked) alone.push(await outcome(input));
  expect(alone.map(shown)).toMatchInlineSnapshot(`
    [
      [
        "warning vanished_teams: team 9 has no rows, and had some on 4 of the last 7 days",
      ],
      [
        "VerificationFailed: partition 2026-03-02 was not accepted:
    duplicate_keys: A day has one row of each team and metric.
      team 1 has 2 rows of metric "m", from template m
    no override accepts this: mend the template or the source, then llma backfill --from 2026-03-02 --to 2026-03-02",
        "warning vanished_teams: team 9 has no rows, and had some on 4 of the last 7 days",
      ],
      [
        "VerificationFailed: partition 2026-03-03 was not accepted:
    finite_values: Values are finite numbers.
      template m: metric "m" of team 2 is nan",
        "warning thin_day: the day has 1 rows, the median of 4 earlier Tuesdays is 11",
        "warning vanished_teams: team 1 has no rows, and had some on 4 of the last 7 days",
        "warning vanished_teams: team 9 has no rows, and had some on 4 of the last 7 days",
      ],
      [
        "VerificationFailed: partition 2026-03-04 was not accepted:
    numerator_within_denominator: Of a rate x_y_rate, the numerator x_y_count is at most the denominator x_count.
      team 1: "x_bad_count" is 5, and "x_count" is 4; "x_count" is of an earlier computation: compute both templates together, "llma backfill --metrics m,old"",
        "warning vanished_teams: team 9 has no rows, and had some on 4 of the last 7 days",
      ],
      [
        "CandidatesLost: partition 2026-03-05: 4 rows were written, 3 are there; ClickHouse restarted, or the insert was cut",
      ],
      [
        "VerificationFailed: partition 2026-03-06 was not accepted:
    rates_in_range: Metrics whose names end in _rate are percentages from 0 to 100.
      template m: metric "x_rate" of team 20 is 220
      template m: metric "x_rate" of team 21 is 221
      template m: metric "x_rate" of team 22 is 222
      template m: metric "x_rate" of team 23 is 223
      template m: metric "x_rate" of team 24 is 224
      … and 2 more",
        "warning vanished_teams: team 1 has no rows, and had some on 5 of the last 7 days",
        "warning vanished_teams: team 2 has no rows, and had some on 4 of the last 7 days",
        "warning vanished_teams: team 9 has no rows, and had some on 4 of the last 7 days",
      ],
      [
        "VerificationFailed: partition 2026-03-07 was not accepted:
    counts_match_source: A count of events is what an independent recount of the source finds.
      metric "ai_generation_count" of team 1 is 7, but the source has 2 such events",
        "warning vanished_teams: team 9 has no rows, and had some on 4 of the last 7 days",
      ],
      [
        "VerificationFailed: partition 2026-03-08 was not accepted:
    declared_metrics: A template with a header "-- metrics:" returns no other metrics than those.
      sql/m.sql returns "undeclared", which its header "-- metrics: m, x*, tax, divide*, ai_*, first" does not name: add the name there, or change the template",
        "warning rates_have_parts: metric "x_a_rate" of 1 team has no "x_a_count"",
        "warning vanished_teams: team 9 has no rows, and had some on 4 of the last 7 days",
      ],
      [
        "VerificationFailed: partition 2026-03-09 was not accepted:
    plain: No day has a tax.
      team 5 pays on 2026-03-09, of 0",
        "warning vanished_teams: team 9 has no rows, and had some on 4 of the last 7 days",
      ],
      [
        "TemplateError: sql/audits/plain_broken.sql for partition 2026-03-10: ClickHouse 153: Division by zero",
      ],
      [
        "TemplateError: sql/audits/dated_broken.sql for partition 2026-03-11: ClickHouse 153: Division by zero",
      ],
      [
        "TemplateError: sql/m.sql for partition 2026-03-12 returned 1 rows with an empty metric_name; expected named metrics of that day alone",
      ],
      [
        "warning dated_source: 3 events, 1",
        "warning vanished_teams: team 9 has no rows, and had some on 4 of the last 7 days",
      ],
      [
        "blocking rates_in_range: template m: metric "x_rate" of team 2 is -1",
        "warning vanished_teams: team 9 has no rows, and had some on 4 of the last 7 days",
      ],
    ]
  `);

  const together = async (indexes: readonly number[]) => {
    const results = await Promise.all(indexes.map((index) => outcome(asked[index]!)));
    expect(results).toEqual(indexes.map((index) => alone[index]));
  };
  const all = asked.map((_, index) => index);
  // With the day whose audit by date can't be run, each day is asked alone.
  await together([10, 0, 13]);
  const answered = all.filter((index) => index !== 10);
  await together(answered);
  await fc.assert(fc.asyncProperty(fc.shuffledSubarray(answered, { minLength: 2 }), together), { numRuns: 1 });
});

function many(teams: number): Row[] {
  return Array.from({ length: teams }, (_, index) => [20 + index, 'm', 1]);
}

/** A result, for people: the failure, and what audits warn of. */
function shown(result: unknown): unknown {
  const { type, message, details, findings } = result as {
    type?: string;
    message?: string;
    details?: AuditFinding[][];
    findings?: AuditFinding[];
  };
  const all = (findings ?? details?.[0] ?? []).filter(({ level }) => type === undefined || level === 'warning');
  const found = all.map((finding) => `${finding.level} ${finding.audit}: ${finding.message}`);
  return type === undefined ? found : [`${type}: ${message}`, ...found];
}

test('an audit by date that speaks of another day is told so', async () => {
  const late = "-- warning, by date: x\nSELECT date - 1 AS date, 'x' AS message FROM {{ partitions }}";
  const [input] = await insertDays({ harness, pipeline, rows: { [day(1)]: GOOD }, audits: { late } });
  expect(await outcome(input!)).toMatchObject({
    type: 'TemplateError',
    nonRetryable: true,
    message: expect.stringMatching(
      /audits\/late\.sql for partition 2026-03-01 returned a message of 2026-02-28; expected days of \{\{ partitions \}\} alone$/,
    ) as string,
  });
});

test('4 days at once take few queries', async () => {
  const rows = Object.fromEntries([1, 2, 3, 4].map((n) => [day(n), GOOD]));
  const inputs = await insertDays({ harness, pipeline, rows });
  const queries: string[] = [];
  const database: Database = {
    ...harness.database,
    select: (sql, options) => {
      queries.push(sql);
      return harness.database.select(sql, options);
    },
  };
  const { verifyRowCounts } = createActivities({ ...harness.deps, database });
  const verified = await Promise.all(inputs.map((input) => harness.environment().run(verifyRowCounts as never, input)));
  expect(verified).toHaveLength(4);
  // The counts, the recount, the history and the audits; and what the watch over a slow query asks, and once what audits read.
  const own = queries.filter((sql) => !sql.includes('system.') && !sql.includes('EXPLAIN AST'));
  const told = [
    'AS source_teams',
    'AS recounted',
    'argMax',
    'FROM `' + harness.name + '`.`llma_partition_runs`',
    'AS messages',
  ];
  expect(own).toHaveLength(told.length);
  for (const text of told) expect(own.filter((sql) => sql.includes(text))).toHaveLength(1);
});
