/** The reference work alone: what can't be undercut, and what the original's way costs. */
import type { Ground } from '../ground.js';
import type { Part, PartContext } from '../part.js';
import { originalWay, rangeOf, reference } from '../reference.js';
import type { Cell, Series, Table } from '../results.js';
import { SIZES, spansOf, type Size } from '../sizes.js';
import { summed, timed, type Rounds, type Timed } from '../timed.js';
import { addDays, dayCount } from '../../config/partition.js';

export const referencePart: Part = {
  about: "floor.sql, decode.sql, and the original's ten templates a day, over 1, 5, 14 and 31 days",
  sizes: ['TINY', 'MID', 'LARGE', 'XL'],
  async measure(context) {
    const size = SIZES[context.size];
    const ground = await context.open({ size });
    await ground.clickhouse.command({ query: 'CREATE TABLE original AS llma_metrics_daily' });
    const rows: (readonly Cell[])[] = [];
    const series: Series[] = [];
    for (const days of spansOf(size)) {
      for (const [what, rounds] of await measureSpan(ground, context, days)) {
        rows.push(rowOf(what, { days, events: days * size.perDay }, rounds));
        series.push({ what: `${what}, ${days} days`, unit: 'ms', values: rounds.ms });
      }
    }
    return { tables: [{ title: 'Reference work', columns: COLUMNS, rows }], targets: [], series };
  },
};

const ORIGINAL = "original's way";

/** It takes a day after the other, each as long as the one before: more of them tell nothing. */
const LONGEST_ORIGINAL = 14;

const COLUMNS: Table['columns'] = [
  { head: 'days' },
  { head: 'events' },
  { head: 'what' },
  { head: 'min, ms' },
  { head: 'median' },
  { head: 'max' },
  { head: 'ns an event' },
  { head: 'rows read' },
  { head: 'MB read', digits: 1 },
  { head: 'peak MB', digits: 1 },
];

function rowOf(what: string, { days, events }: { days: number; events: number }, rounds: Rounds) {
  const { min, median, max } = rounds.spread;
  const bytes = [rounds.readBytes / 1e6, rounds.memory / 1e6];
  return [days, events, what, min, median, max, (median * 1e6) / events, rounds.readRows, ...bytes];
}

/** Round by round, so that a noisy minute meets every statement. */
async function measureSpan(ground: Ground, { size, rounds, progress }: PartContext, days: number) {
  const ways: Record<string, (ground: Ground, size: Size, days: number) => Promise<Timed[]>> = {
    'floor.sql': (of, size, span) => once(of, 'floor.sql', rangeOf(size, span)),
    'decode.sql': (of, size, span) => once(of, 'decode.sql', rangeOf(size, span)),
    [ORIGINAL]: originalDays,
  };
  if (days > LONGEST_ORIGINAL) delete ways[ORIGINAL];
  const measured = new Map<string, Timed[][]>(Object.keys(ways).map((what) => [what, []]));
  await ways['floor.sql']?.(ground, SIZES[size], days);
  for (let round = 0; round < rounds; round++) {
    progress(`${days} days, round ${round + 1} of ${rounds}`);
    for (const [what, run] of Object.entries(ways)) measured.get(what)?.push(await run(ground, SIZES[size], days));
  }
  const all: [string, Rounds][] = [];
  for (const [what, times] of measured) all.push([what, await summed(ground.clickhouse, times)]);
  return all;
}

async function once({ clickhouse }: Ground, file: string, { from, to }: ReturnType<typeof rangeOf>): Promise<Timed[]> {
  return [await timed(clickhouse, reference(file), { from, to })];
}

/** As the original does it: each day is deleted, and inserted anew by one statement of all templates. */
async function originalDays({ clickhouse }: Ground, size: Size, span: number): Promise<Timed[]> {
  const { from, to } = rangeOf(size, span);
  const statements: Timed[] = [];
  for (let index = 0; index < dayCount(from, to) - 1; index++) {
    const day = addDays(from, index);
    const remove = 'ALTER TABLE original DELETE WHERE date = {day:Date} SETTINGS mutations_sync = 2';
    statements.push(await timed(clickhouse, remove, { day }));
    statements.push(await timed(clickhouse, `INSERT INTO original ${originalWay(day)}`));
  }
  return statements;
}
