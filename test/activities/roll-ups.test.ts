/** Weeks and months beside a computation on the events themselves, which knows neither days nor states. */
import { beforeAll, describe, expect, test } from 'vitest';
import { addDays, parsePartition, type Partition } from '../../config/partition.js';
import { differences, expectedMetrics, type Delivery, type Metrics } from '../sql/shipped-oracle.js';
import { Harness } from '../support/activity-harness.js';
import { Pipeline } from '../support/pipeline.js';
import { shippedFiles } from '../support/shipped-files.js';
import { afterAll, inject } from 'vitest';

/** From a Thursday to a Sunday, over two ends of months. */
const [FIRST, LAST] = [parsePartition('2026-01-29'), parsePartition('2026-03-08')];
const EVENTS = 9000;
/** So many ids a sketch counts, one by one. */
const COUNTED = 250;
const IDS = /_(traces|sessions|users)$|_id_count$|_id_has_error_(count|rate)$/;

const harness = new Harness(inject('clickhouseUrl'), {});
const pipeline = new Pipeline(harness);
let events: Delivery[];

interface Rolled {
  readonly date: string;
  readonly team_id: number;
  readonly metric_name: string;
  readonly metric_value: number;
  readonly days: number;
  readonly days_computed: number;
  readonly days_in_period: number;
}

/** Random events of a few teams: ids come again on other days, latencies have a long tail, some days of some teams have none. */
const RANDOM = `
  INSERT INTO events (uuid, event, properties, timestamp, team_id, distinct_id, created_at)
  WITH
    name -> cityHash64(number, {seed:UInt32}, name) AS random,
    name -> (random(name) % 1000000) / 1000000 AS share,
    toDate({first:String}) + random('day') % {days:UInt32} AS day
  SELECT
    generateUUIDv4(number),
    arrayElement(['$ai_generation', '$ai_generation', '$ai_span', '$ai_trace', '$ai_embedding'], 1 + random('event') % 5),
    concat('{', arrayStringConcat(arrayFilter(text -> text != '', [
      if(share('trace') < 0.9, concat('"$ai_trace_id": "t', toString(random('t') % 3000), '"'), ''),
      if(share('session') < 0.5, concat('"$ai_session_id": "s', toString(random('s') % 400), '"'), ''),
      if(share('latency') < 0.8, concat('"$ai_latency": ', toString(round(exp(4 * share('a') + 2 * share('b') - 3), 4))), ''),
      if(share('tokens') < 0.8, concat('"$ai_input_tokens": ', toString(random('i') % 5000)), ''),
      if(share('cost') < 0.8, concat('"$ai_total_cost_usd": ', toString(random('c') % 100000 / 1e6)), ''),
      if(share('error') < 0.03, '"$ai_is_error": true', '')]), ', '), '}'),
    toDateTime64(day, 6, 'UTC') + random('time') % 86400,
    -- The third team has events on Tuesdays alone.
    if(toDayOfWeek(day) = 2, random('team') % 3, random('team') % 2) + 1,
    concat('u', toString(random('u') % 50)),
    toDateTime64(day, 3, 'UTC') + 86400
  FROM numbers({events:UInt32})`;

function daysFrom(first: Partition, last: Partition): Partition[] {
  const days: Partition[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

const DAYS = daysFrom(FIRST, LAST);
const MONTHS = [...new Set(DAYS.map((day) => day.slice(0, 7)))];

beforeAll(async () => {
  await harness.open();
  const seed = Math.floor(Math.random() * 2 ** 32);
  console.log(`events of seed ${seed}`);
  await harness.command(RANDOM, { seed, first: FIRST, days: DAYS.length, events: EVENTS });
  harness.templates(shippedFiles());
  for (const month of MONTHS) await pipeline.backfill(DAYS.filter((day) => day.startsWith(month)));
  await pipeline.cleanUp();
  events = await harness.select<Delivery>(
    'SELECT uuid, event, properties, toString(timestamp) AS timestamp, team_id, distinct_id, toString(created_at) AS created_at FROM events',
  );
});
afterAll(() => harness.close());

const monday = (day: string) => {
  const weekday = (new Date(day).getUTCDay() + 6) % 7;
  return addDays(parsePartition(day), -weekday);
};
const firstOfMonth = (day: string) => `${day.slice(0, 7)}-01`;

describe.each([
  ['llma_metrics_weekly', monday],
  ['llma_metrics_monthly', firstOfMonth],
])('%s', (view, periodOf) => {
  const rowsOf = () => harness.select<Rolled>(`SELECT * REPLACE (toString(date) AS date) FROM ${view}`);
  /** What events of the whole period are, as if all of them were of one day. */
  const expected = () =>
    expectedMetrics(events.map((of) => ({ ...of, timestamp: `${periodOf(of.timestamp.slice(0, 10))} 12:00:00` })));
  const key = ({ date, team_id, metric_name }: Rolled) => `${date} ${team_id} ${metric_name}`;
  const isPercentile = (name: string) => /_p\d\d$/.test(name);
  const only = (of: Metrics, wanted: boolean): Metrics =>
    new Map([...of].filter(([name]) => isPercentile(name) === wanted));

  test('counts, sums, rates, means and distinct ids are those of the events', async () => {
    const rows = await rowsOf();
    const found = new Map(rows.map((row) => [key(row), row.metric_value]));
    expect(found.size).toBe(rows.length);
    expect(found.size).toBeGreaterThan(200);
    const exact = only(expected(), false);
    // Some hundreds of ids are counted. More are estimated, and so is a rate of them.
    const close = new Map(
      [...only(found, false)].map(([name, value]) => {
        const should = exact.get(name) ?? NaN;
        const estimated = (exact.get(name.replace(/(_has_error)?_rate$/, '_count')) ?? 0) > COUNTED && IDS.test(name);
        return [name, estimated && Math.abs(value - should) <= 0.05 * should ? should : value];
      }),
    );
    expect(differences(close, exact)).toEqual([]);
  });

  test('percentiles are close to those of the events, and none is missing', async () => {
    const found = only(new Map((await rowsOf()).map((row) => [key(row), row.metric_value])), true);
    const exact = only(expected(), true);
    expect([...found.keys()].sort()).toEqual([...exact.keys()].sort());
    const latencies = latenciesOf(events, periodOf);
    // By rank: at most so many of all latencies lie between the value and where it should be, as docs/metrics.md says.
    const wrong = [...found].flatMap(([name, value]) => {
      const [, group = '', digits = ''] = /^(.*)_latency_p(\d\d)$/.exec(name) ?? [];
      const sorted = latencies.get(group)!;
      const rank = sorted.filter((of) => of <= value).length / sorted.length;
      const below = sorted.filter((of) => of < value).length / sorted.length;
      const q = Number(`0.${digits}`);
      const slack = (q === 0.5 ? 0.005 : 0.001) + 1 / sorted.length;
      return below - slack <= q && q <= rank + slack ? [] : [`${name}: ${value}, of rank ${below} to ${rank}`];
    });
    expect(wrong).toEqual([]);
  });

  test('each row says how many days are in it, of how many', async () => {
    const rows = await rowsOf();
    for (const date of new Set(rows.map((row) => row.date))) {
      const computed = DAYS.filter((day) => periodOf(day) === date).length;
      const inPeriod = view.endsWith('weekly')
        ? 7
        : new Date(Date.UTC(+date.slice(0, 4), +date.slice(5, 7), 0)).getUTCDate();
      const ofPeriod = rows.filter((row) => row.date === date);
      expect(new Set(ofPeriod.map(({ days_computed: c, days_in_period: p }) => `${c} of ${p}`)), date).toEqual(
        new Set([`${computed} of ${inPeriod}`]),
      );
      const counts = ofPeriod.filter(({ metric_name }) => metric_name === 'ai_generation_count');
      for (const { team_id, days } of counts) {
        const own = new Set(
          events
            .filter((of) => of.team_id === team_id && of.event === '$ai_generation')
            .map(({ timestamp }) => timestamp.slice(0, 10))
            .filter((day) => periodOf(day) === date),
        );
        expect(days, `${date} team ${team_id}`).toBe(own.size);
      }
    }
  });
});

/** Latencies in seconds by `period team kind`, in order. */
function latenciesOf(all: readonly Delivery[], periodOf: (day: string) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { event, team_id, timestamp, properties } of all) {
    const seconds = (JSON.parse(properties) as Record<string, number>)['$ai_latency'] ?? 0;
    const group = `${periodOf(timestamp.slice(0, 10))} ${team_id} ${event.slice(1)}`;
    if (seconds > 0) groups.set(group, [...(groups.get(group) ?? []), seconds]);
  }
  for (const group of groups.values()) group.sort((a, b) => a - b);
  return groups;
}
