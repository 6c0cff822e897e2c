import { openGround, type Ground } from './ground.js';
import type { Options } from './options.js';
import type { Part } from './part.js';
import type { Progress } from './report/progress.js';
import type { PartResult } from './results.js';
import type { SizeName } from './sizes.js';

/** A part that could not be measured. */
export interface NotMeasured {
  readonly part: string;
  readonly size: string;
  readonly error: unknown;
}

/** Measures the parts, each at its sizes, one after the other. One that fails does not keep the others from being measured. */
export async function* measureAll(
  parts: Readonly<Record<string, Part>>,
  options: Options,
  progress: Progress,
): AsyncGenerator<PartResult | NotMeasured> {
  for (const name of options.parts) {
    const part = parts[name];
    if (!part) continue;
    const earlier: PartResult[] = [];
    for (const size of part.sizes.filter((one) => options.sizes.includes(one))) {
      const of = { part: name, size };
      try {
        const result = {
          ...of,
          rounds: options.rounds,
          ...(await measureOne({ name, part, size, earlier }, options, progress)),
        };
        earlier.push(result);
        yield result;
      } catch (error) {
        yield { ...of, error };
      }
    }
  }
}

interface What {
  readonly name: string;
  readonly part: Part;
  readonly size: SizeName;
  readonly earlier: readonly PartResult[];
}

async function measureOne(
  { name, part, size, earlier }: What,
  { dataDir, rounds, pace, queries, profile }: Options,
  { say }: Progress,
) {
  const note = (line: string) => say(`${name} ${size}: ${line}`);
  const grounds: Ground[] = [];
  try {
    note('servers start');
    return await part.measure({
      ...{ size, rounds, pace, queries, earlier, progress: note },
      async open(more = {}) {
        const ground = await openGround({ ...more, dataDir, note, profileDir: profile });
        grounds.push(ground);
        return ground;
      },
    });
  } finally {
    for (const ground of grounds) await ground.close();
  }
}
