/** What decoding costs where `events` has columns for it: the sources of docs/examples/sources beside the shipped one. */
import type { Part } from '../part.js';
import { rangeOf, reference } from '../reference.js';
import type { Cell, Series, Table } from '../results.js';
import { SIZES } from '../sizes.js';
import { decodeBy, EXAMPLES, openVariant, type Variant } from '../source-variants.js';
import { summed, timed, type Rounds, type Timed } from '../timed.js';
import { medianRatio } from '../statistics.js';

export const sourcesPart: Part = {
  about: 'decoding from text, from materialized columns and from a JSON column (docs/examples/sources)',
  sizes: ['TINY', 'MID', 'LARGE'],
  async measure({ size, rounds, progress, open }) {
    const ground = await open({ size: SIZES[size] });
    const range = rangeOf(SIZES[size]);
    const variants: Variant[] = [];
    try {
      for (const example of EXAMPLES) {
        progress(`fills a table for ${example ?? 'the shipped source'}`);
        variants.push(await openVariant(ground, example));
      }
      const decode: Timed[][] = [];
      const times = variants.map(() => [] as Timed[][]);
      // Round by round, so that a noisy minute meets every source. The first is not counted.
      for (let round = -1; round < rounds; round++) {
        progress(`round ${round + 1} of ${rounds}`);
        const first = [await timed(ground.clickhouse, reference('decode.sql'), range)];
        if (round >= 0) decode.push(first);
        for (const [index, { clickhouse }] of variants.entries()) {
          const one = [await timed(clickhouse, decodeBy(EXAMPLES[index], range))];
          if (round >= 0) times[index]?.push(one);
        }
      }
      const by = await summed(ground.clickhouse, decode);
      const measured: [Variant, Rounds][] = [];
      for (const [index, variant] of variants.entries()) {
        measured.push([variant, await summed(ground.clickhouse, times[index] ?? [])]);
      }
      return { tables: [tableOf(by, measured)], targets: [], series: seriesOf(measured) };
    } finally {
      for (const { clickhouse } of variants) await clickhouse.close();
    }
  },
};

function seriesOf(measured: readonly [Variant, Rounds][]): Series[] {
  return measured.map(([{ what }, { ms }]) => ({ what, unit: 'ms', values: ms }));
}

function tableOf(decode: Rounds, measured: readonly [Variant, Rounds][]): Table {
  const row = (what: string, { spread: { min, median, max }, ms, readBytes }: Rounds, more: readonly Cell[]) => [
    ...[what, min, median, max, medianRatio(ms, decode.ms), readBytes / 1e6],
    ...more,
  ];
  return {
    title: 'All canonical columns of all days, to nowhere',
    columns: [
      { head: 'source' },
      { head: 'min, ms' },
      { head: 'median' },
      { head: 'max' },
      { head: '÷ decode.sql', digits: 2 },
      { head: 'MB read', digits: 1 },
      { head: 'INSERT of the events, s', digits: 1 },
      { head: 'MB on disk' },
    ],
    rows: [
      row('decode.sql', decode, [null, null]),
      ...measured.map(([{ what, inserted, bytesOnDisk }, rounds]) =>
        row(what, rounds, [inserted / 1000, bytesOnDisk / 1e6]),
      ),
    ],
    note: 'the INSERT was done once; decode.sql reads fewer columns than a slice has',
  };
}
