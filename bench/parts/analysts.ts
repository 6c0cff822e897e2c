/** How long analysts wait while backfills run, beside an idle server. */
import { randomBytes } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { askAsAnalysts, goesFirst, type AnalystReport } from '../analysts.js';
import { backfill } from '../backfill.js';
import type { Ground } from '../ground.js';
import type { Part } from '../part.js';
import { serverTime, timesOf } from '../query-log.js';
import { rangeOf } from '../reference.js';
import type { Table } from '../results.js';
import { SIZES, type Size } from '../sizes.js';
import { median, medianRatio, quantile } from '../statistics.js';
import { judge } from '../targets.js';

/** With what the server's log says of each query, in milliseconds. */
type Asked = AnalystReport & { readonly server: readonly number[] };

export const analystsPart: Part = {
  about: "analysts' queries, --pace a second, with the server idle and during backfills",
  sizes: ['TINY', 'MID', 'LARGE'],
  async measure({ size: name, rounds, pace, queries, progress, open }) {
    const size: Size = SIZES[name];
    const password = randomBytes(8).toString('hex');
    // What docs/security.md gives analysts: their queries go before the pipeline's.
    const user = { name: 'analyst', password, readonly: true, settings: { priority: 1 } };
    const ground = await open({ size, users: [user] });
    const { teams, start } = size;
    const input = {
      url: ground.url,
      username: 'analyst',
      password,
      database: ground.database,
      queries,
      pace,
      teams,
      start,
    };
    const ask = async (): Promise<Asked> => {
      const since = await serverTime(ground.clickhouse);
      const report = await askAsAnalysts(input);
      // Those that warm up come first, and are not in the report.
      return { ...report, server: (await timesOf(ground.clickhouse, user.name, since)).slice(-queries) };
    };
    await backfill(ground, { name: 'first', ...rangeOf(size) });
    const idle: Asked[] = [];
    const busy: Asked[] = [];
    const meanwhile: number[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`idle, round ${round + 1} of ${rounds}`);
      idle.push(await ask());
      progress(`during backfills, round ${round + 1} of ${rounds}`);
      const { result, msPerDay } = await duringBackfills(ground, { size, round, work: ask });
      busy.push(result);
      meanwhile.push(msPerDay);
    }
    const p95 = (reports: readonly Asked[]) => reports.map(({ times }) => quantile(times, 0.95));
    return {
      tables: [tableOf({ idle, busy, meanwhile }, `${queries} queries a round, ${pace} a second`)],
      targets: [judge('analysts', medianRatio(p95(busy), p95(idle)))],
      series: [
        { what: 'p95, idle', unit: 'ms', values: p95(idle) },
        { what: 'p95, during backfills', unit: 'ms', values: p95(busy) },
        { what: 'whole job, a day, beside analysts', unit: 'ms', values: meanwhile },
      ],
    };
  },
};

/** Backfills one after another for as long as `work` takes. The last of them may end when `work` has: it is not counted, where others are. */
async function duringBackfills<T>(
  ground: Ground,
  { size, round, work }: { size: Size; round: number; work: () => Promise<T> },
): Promise<{ result: T; msPerDay: number }> {
  let done = false;
  const took: number[] = [];
  const backfills = (async () => {
    for (let n = 0; !done; n++) took.push(await backfill(ground, { name: `${round}-${n}`, ...rangeOf(size) }));
  })();
  // Who waits for `work` first must hear of a backfill that fails.
  backfills.catch(() => undefined);
  // The first of them has begun to read.
  await after(500);
  const result = await work().finally(() => (done = true));
  await backfills;
  const beside = took.length > 1 ? took.slice(0, -1) : took;
  return { result, msPerDay: median(beside) / size.days };
}

interface Rounds {
  readonly idle: readonly Asked[];
  readonly busy: readonly Asked[];
  /** Milliseconds a day of the backfills beside those. */
  readonly meanwhile: readonly number[];
}

function tableOf({ idle, busy, meanwhile }: Rounds, what: string): Table {
  const at = (reports: readonly Asked[], q: number) => reports.map(({ times }) => quantile(times, q));
  const inServer = (reports: readonly Asked[], q: number) => reports.map(({ server }) => quantile(server, q));
  const row = (name: string, reports: readonly Asked[], job: number | null) => [
    ...[name, ...[0.5, 0.95, 0.99].map((q) => median(at(reports, q)))],
    ...[0.5, 0.95].map((q) => median(inServer(reports, q))),
    median(reports.map(({ late }) => quantile(late, 0.99))),
    100 * median(reports.map(({ cpuShare }) => cpuShare)),
    job,
  ];
  const ratios = [0.5, 0.95, 0.99].map((q) => medianRatio(at(busy, q), at(idle, q)));
  const server = [0.5, 0.95].map((q) => medianRatio(inServer(busy, q), inServer(idle, q)));
  const times = ['p50, ms', 'p95', 'p99', 'p50 in the server', 'p95'].map((head) => ({ head, digits: 2 }));
  const first = goesFirst() ? 'goes before all others' : 'waits for the same processors';
  const own = [
    { head: 'asked late, p99', digits: 2 },
    { head: "asker's CPU, %", digits: 1 },
    { head: 'backfill, ms a day', digits: 1 },
  ];
  return {
    title: `Analysts: ${what}`,
    columns: [{ head: 'when' }, ...times, ...own],
    rows: [
      row('idle', idle, null),
      row('during backfills', busy, median(meanwhile)),
      ['ratio', ...ratios, ...server, null, null, null],
    ],
    note: `medians of the rounds; a query is timed from the moment at which it was due, and how late it was asked is in its time; the asker ${first}`,
  };
}
