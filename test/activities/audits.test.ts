import { describe, expect, test } from 'vitest';
import { withDatabase } from '../support/activity-harness.js';
import { addEvents, rowsTemplate } from '../support/events.js';
import { failureOf, withPipeline } from '../support/pipeline.js';
import { appendVersion } from '../support/versions.js';

const harness = withDatabase();
const pipeline = withPipeline(harness);
const DAY = '2026-03-10';
const at = (date: string, template: string) => template.replace('{{ date_start }}', date);

/** What verification says about a day of these templates. */
async function verdict(templates: Record<string, string>): Promise<string> {
  harness.templates(templates);
  const failure = await failureOf(pipeline.compute([DAY]));
  expect(failure).toMatchObject({ type: 'VerificationFailed', nonRetryable: true });
  expect(failure.message).toMatch(/^partition 2026-03-10 was not accepted:\n/);
  return failure.message.slice(`partition ${DAY} was not accepted:\n`.length);
}

describe('candidates that must not be accepted, each for its reason', () => {
  const FINITE = 'finite_values: Values are finite numbers.\n  ';
  const RATES = 'rates_in_range: Metrics whose names end in _rate are percentages from 0 to 100.\n  ';
  const KEYS = 'duplicate_keys: A day has one row of each team and metric.\n  ';

  test.each<[string, Record<string, string>, string]>([
    [
      'a key twice in one template',
      { twice: rowsTemplate([7, 'a', 1], [7, 'a', 2]) },
      `${KEYS}team 7 has 2 rows of metric "a", from template twice`,
    ],
    [
      'a key in two templates',
      { one: rowsTemplate([7, 'a', 1], [7, 'b', 1]), two: rowsTemplate([7, 'a', 1], [8, 'a', 1]) },
      `${KEYS}team 7 has 2 rows of metric "a", from template one and template two`,
    ],
    ['nan', { odd: rowsTemplate([1, 'a', 'nan']) }, `${FINITE}template odd: metric "a" of team 1 is nan`],
    ['infinity', { odd: rowsTemplate([1, 'a', '-inf']) }, `${FINITE}template odd: metric "a" of team 1 is -inf`],
    [
      'a rate above 100',
      { rates: rowsTemplate([1, 'x_rate', 101], [2, 'x_rate', 100], [3, 'x_rate', 0], [4, 'rated', 101]) },
      `${RATES}template rates: metric "x_rate" of team 1 is 101`,
    ],
    [
      'a rate below 0',
      { rates: rowsTemplate([1, 'x_rate', -1]) },
      `${RATES}template rates: metric "x_rate" of team 1 is -1`,
    ],
    [
      'a metric that the header does not name',
      { headed: `-- metrics: a, b_*\n${rowsTemplate([1, 'a', 1], [1, 'b_x', 1], [2, 'c', 1], [1, 'c', 1])}` },
      'declared_metrics: A template with a header "-- metrics:" returns no other metrics than those.\n' +
        '  sql/headed.sql returns "c", which its header "-- metrics: a, b_*" does not name: add the name there, or change the template',
    ],
    [
      'a numerator above its denominator',
      { rates: rowsTemplate([1, 'x_count', 4], [1, 'x_bad_count', 5], [1, 'x_bad_rate', 100]) },
      'numerator_within_denominator: Of a rate x_y_rate, the numerator x_y_count is at most the denominator x_count.\n' +
        '  team 1: "x_bad_count" is 5, and "x_count" is 4',
    ],
    [
      'a numerator of what has something above its denominator',
      { rates: rowsTemplate([1, 'x_count', 4], [1, 'x_has_bad_count', 5], [1, 'x_has_bad_rate', 100]) },
      'numerator_within_denominator: Of a rate x_y_rate, the numerator x_y_count is at most the denominator x_count.\n' +
        '  team 1: "x_has_bad_count" is 5, and "x_count" is 4',
    ],
    [
      'nothing of a rate of one word, which names no denominator',
      { rates: rowsTemplate([1, 'error_rate', 1.25], [1, 'error_count', 2], [1, 'bad', 'nan']) },
      `${FINITE}template rates: metric "bad" of team 1 is nan`,
    ],
  ])('%s', async (_, templates, message) => {
    const said = await verdict({ good: rowsTemplate([1, 'good', 1]), ...templates });
    expect(said.replace(/\nno override accepts this: .*/, '')).toBe(message);
  });

  test.each<[string, Record<string, string>, string]>([
    [
      'rows of the day before',
      { days: at('2026-03-09', rowsTemplate([1, 'a', 1], [2, 'a', 1])) },
      "sql/days.sql for partition 2026-03-10 returned 2 rows of other days, such as 2026-03-09; expected named metrics of that day alone: restrict timestamp with date_start and date_end, or write toDate(…, 'UTC')",
    ],
    [
      'no metric name: a marker must not be forged',
      { nameless: rowsTemplate([0, '', 5]) },
      'sql/nameless.sql for partition 2026-03-10 returned 1 rows with an empty metric_name; expected named metrics of that day alone',
    ],
  ])('%s, whatever anybody overrides', async (_, templates, message) => {
    harness.templates({ good: rowsTemplate([1, 'good', 1]), ...templates });
    const failure = await failureOf(pipeline.compute([DAY], { override: 'they are right' }));
    expect(failure).toEqual({ type: 'TemplateError', nonRetryable: true, message });
  });
});

test('everything that is wrong is said at once', async () => {
  const said = await verdict({
    a: rowsTemplate([1, 'x', 'nan'], [1, 'x_rate', 200]),
    b: rowsTemplate([1, 'x', 1]),
  });
  expect(said.match(/^\w+(?=:)/gm)).toEqual(['duplicate_keys', 'finite_values', 'rates_in_range']);
});

test('an audit shows five rows, and not five thousand, and how many more there are', async () => {
  const rows = `SELECT toDate('{{ date_start }}') AS date, number AS team_id, 'a' AS metric_name, nan AS metric_value FROM numbers(5000)`;
  const lines = (await verdict({ many: rows })).split('\n');
  expect(lines).toHaveLength(7);
  expect(lines.at(-1)).toBe('  … and 4995 more');
});

test('a bad execution does not hold back a good one in the same candidates table', async () => {
  await addEvents(harness, { day: DAY, count: 2 });
  const candidates = await pipeline.open();
  harness.templates({ a: rowsTemplate([1, 'a', 'nan']) });
  await failureOf(pipeline.computeDay(candidates, DAY));
  harness.templates({ a: rowsTemplate([1, 'a', 1]) });
  expect(await pipeline.computeDay(candidates, DAY)).toMatchObject({ rows: 1, source: { rows: 2 } });
});

test('a good day passes all audits, at the edges too', async () => {
  harness.templates({
    edges: rowsTemplate([0, 'a', '-1e300'], [1, 'rate', 100], [2, 'rate', '0.0'], [3, 'ünïcode "quoted"', 0]),
  });
  expect((await pipeline.compute([DAY])).days[0]).toMatchObject({ rows: 4, findings: [] });
});

describe('warnings', () => {
  const warnings = async (day: string) => {
    const computed = await pipeline.compute([day]);
    await pipeline.accept(computed);
    await pipeline.publish(day);
    return (computed.days[0]?.findings ?? []).map(({ audit, level, message }) => `${level} ${audit}: ${message}`);
  };

  test('a rate that can’t be added up', async () => {
    harness.templates({ rates: rowsTemplate([1, 'x_bad_rate', 50], [2, 'x_bad_rate', 0], [2, 'x_count', 5]) });
    expect(await warnings(DAY)).toEqual([
      'warning rates_have_parts: metric "x_bad_rate" of 1 team has no "x_bad_count"',
      'warning rates_have_parts: metric "x_bad_rate" of 1 team has no "x_count"',
    ]);
  });

  test('a thin day, beside the same weekday of the weeks before; the ledger keeps what was said', async () => {
    // Tuesdays. A version of the tests' own is one of as many events.
    await appendVersion(harness, { day: '2026-02-10', version: 10 });
    await appendVersion(harness, { day: '2026-02-17', version: 20 });
    await appendVersion(harness, { day: '2026-02-24', version: 30 });
    await pipeline.publish('2026-02-10');
    await addEvents(harness, { day: DAY, count: 5 });
    const said = ['warning thin_day: the day has 5 events, the median of 3 earlier Tuesdays is 20'];
    expect(await warnings(DAY)).toEqual(said);
    const status = await harness.select(`SELECT status, audits FROM llma_partition_status WHERE date = '${DAY}'`);
    expect(status).toEqual([
      { status: 'published', audits: [{ audit: 'thin_day', level: 'warning', message: said[0]?.slice(18) }] },
    ]);
    await addEvents(harness, { day: DAY, count: 1 });
    expect(await warnings(DAY)).toEqual([]);
  });

  test('two weeks are too few to call a day thin', async () => {
    // Two Tuesdays, and a Wednesday.
    for (const day of ['2026-02-17', '2026-02-24', '2026-02-25']) await appendVersion(harness, { day, version: 1000 });
    await pipeline.publish('2026-02-17');
    await addEvents(harness, { day: DAY, count: 5 });
    expect(await warnings(DAY)).toEqual([]);
  });

  // Of eight days how many teams have rows, from team 1 on: of the last seven team 2 is there on four, team 3 on three.
  test.each([
    ['the latest', [1, 1, 1, 1, 2, 3, 3, 3]],
    ['the earliest', [3, 3, 3, 3, 2, 1, 1, 1]],
  ])('a team that had rows on most of the last seven days, on %s of them, and has none', async (_, teams) => {
    for (const [index, rows] of teams.entries()) {
      await appendVersion(harness, { day: `2026-03-0${2 + index}`, version: 1, rows });
    }
    await pipeline.publish(DAY);
    await addEvents(harness, { day: DAY, team: 1, count: 1 });
    expect(await warnings(DAY)).toEqual([
      'warning vanished_teams: team 2 has no rows, and had some on 4 of the last 7 days',
    ]);
  });
});

describe('an override', () => {
  test('lets a day pass that an audit blocks; the ledger has the findings and the reason', async () => {
    harness.templates({ a: rowsTemplate([1, 'x_rate', 101]) });
    const computed = await pipeline.compute([DAY], { override: 'a promotion paid back' });
    const found = {
      audit: 'rates_in_range',
      level: 'blocking',
      message: 'template a: metric "x_rate" of team 1 is 101',
    };
    expect(computed.days[0]?.findings).toContainEqual(found);
    await pipeline.accept({
      ...computed,
      days: computed.days.map((day) => ({ ...day, reason: 'a promotion paid back' })),
    });
    await pipeline.publish(DAY);
    const ledger = await harness.select<{ status: string }>(
      "SELECT status, reason, arrayFilter(a -> a.level = 'blocking', audits) AS audits FROM llma_partition_runs ORDER BY recorded_at",
    );
    expect(ledger).toEqual(
      ['computed', 'published'].map((status) => ({ status, reason: 'a promotion paid back', audits: [found] })),
    );
  });

  test.each([
    ['even so', { override: 'please' }, []],
    ['and a day without one says so too', {}, ['finite_values: Values are finite numbers.']],
  ])('does not let a key pass twice, %s: no month with it could be published', async (_, options, others) => {
    harness.templates({ a: rowsTemplate([1, 'a', 'nan'], [1, 'a', 2]) });
    const { type, message } = await failureOf(pipeline.compute([DAY], options));
    expect(type).toBe('VerificationFailed');
    expect(message.split('\n').filter((line) => !line.startsWith('  '))).toEqual([
      `partition ${DAY} was not accepted:`,
      'duplicate_keys: A day has one row of each team and metric.',
      `no override accepts this: mend the template or the source, then llma backfill --from ${DAY} --to ${DAY}`,
      ...others,
    ]);
  });
});

test('an audit of one’s own reads the events of days that were inserted together, each day its own', async () => {
  const days = [DAY, '2026-03-11', '2026-03-12'];
  for (const [index, day] of days.entries()) await addEvents(harness, { day, count: index + 1 });
  const said = (date: string) =>
    `SELECT ${date} concat('it has ', toString(count()), ' events') AS message FROM {{ llm_events }}`;
  harness.templates({
    a: "-- metrics, by date: a\nSELECT date, team_id, 'a' AS metric_name, count() AS metric_value FROM {{ llm_events }} GROUP BY date, team_id",
    'audits/alone': `-- warning: Alone.\n${said('')} HAVING count() > 0`,
    'audits/together': `-- warning, by date: Together.\n${said('date,')} WHERE date IN {{ partitions }} GROUP BY date`,
  });
  const { days: computed } = await pipeline.compute(days);
  const found = computed.map(({ findings = [] }) => findings.map(({ audit, message }) => `${audit}: ${message}`));
  expect(found).toEqual([1, 2, 3].map((n) => ['alone', 'together'].map((audit) => `${audit}: it has ${n} events`)));
});

test('an audit whose message is NULL has found something all the same', async () => {
  harness.templates({
    a: rowsTemplate([1, 'a', 1], [2, 'a', 2]),
    'audits/mine':
      "-- blocking: It is mine.\nSELECT concat('team ', nullIf(toString(team_id), '2')) AS message FROM {{ day }} ORDER BY message",
  });
  const { message } = await failureOf(pipeline.compute([DAY]));
  expect(message).toContain('mine: It is mine.\n  it found something, but its message is NULL\n  team 1');
});
