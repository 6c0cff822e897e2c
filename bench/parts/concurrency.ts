/**
 * How many partitions of a chunk should be inserted at once: whole jobs at several widths, of templates that are not by date.
 * Days of those that are come together in one INSERT, whatever the width.
 */
import { backfill } from '../backfill.js';
import { notByDate, withTemplates } from '../bench-templates.js';
import type { Ground } from '../ground.js';
import type { Part, PartContext } from '../part.js';
import { rangeOf } from '../reference.js';
import { SIZES } from '../sizes.js';
import { spread } from '../statistics.js';

const WIDTHS = [1, 2, 4, 8, 14];

export const concurrencyPart: Part = {
  about: `whole backfills of templates that are not by date, with LLMA_CONCURRENCY ${WIDTHS.join(', ')}`,
  sizes: ['TINY', 'MID'],
  measure: (context) =>
    withTemplates(
      'ten',
      async (directory) => {
        const ground = await context.open({ size: SIZES[context.size], environment: { LLMA_SQL_DIR: directory } });
        // Its worker looks at the files for as long as it runs.
        return await measureWidths(ground, context).finally(() => ground.close());
      },
      notByDate,
    ),
};

async function measureWidths(ground: Ground, { size, rounds, progress }: PartContext): ReturnType<Part['measure']> {
  const { days } = SIZES[size];
  const run = async (concurrency: number, round: number) =>
    (await backfill(ground, { name: `${concurrency}-${round}`, ...rangeOf(SIZES[size]), input: { concurrency } })) /
    days;
  await run(8, -1);
  const times = new Map(WIDTHS.map((width) => [width, [] as number[]]));
  // Round by round, so that a noisy minute meets every width.
  for (let round = 0; round < rounds; round++) {
    for (const [width, values] of times) {
      progress(`${width} at once, round ${round + 1} of ${rounds}`);
      values.push(await run(width, round));
    }
  }
  const columns = [{ head: 'at once' }, ...['min, ms', 'median', 'max'].map((head) => ({ head, digits: 1 }))];
  const rows = [...times].map(([width, values]) => {
    const { min, median, max } = spread(values);
    return [width, min, median, max];
  });
  return {
    tables: [{ title: 'Whole job, ms a partition', columns, rows }],
    targets: [],
    series: [...times].map(([width, values]) => ({ what: `${width} at once`, unit: 'ms', values })),
  };
}
