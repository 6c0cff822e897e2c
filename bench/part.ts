import type { Ground, GroundOptions } from './ground.js';
import type { PartResult } from './results.js';
import type { SizeName } from './sizes.js';

/** What a part has at hand. */
export interface PartContext {
  readonly size: SizeName;
  readonly rounds: number;
  /** Queries of analysts a second. */
  readonly pace: number;
  /** Queries of analysts in all, of each round. */
  readonly queries: number;
  /** Opens servers; they are closed when the part ends, however it does. */
  readonly open: (options?: Omit<GroundOptions, 'dataDir' | 'note' | 'profileDir'>) => Promise<Ground>;
  /** What the same part has measured at smaller sizes, in this run. */
  readonly earlier: readonly PartResult[];
  /** Says what is done now: on standard error. */
  readonly progress: (line: string) => void;
}

/** One benchmark. */
export interface Part {
  /** For people, in one line. */
  readonly about: string;
  /** The sizes that it can be measured at. */
  readonly sizes: readonly SizeName[];
  measure(context: PartContext): Promise<Omit<PartResult, 'part' | 'size' | 'rounds'>>;
}
