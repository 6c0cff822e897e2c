import type { Partition } from '../config/partition.js';
import type { Chunk } from './chunk.js';
import { daysOf, takeChunk, toRanges, type DayRange, type Order } from './plan/chunks.js';

/** How the next chunk is taken. */
export interface NextChunk {
  /** Its days at the most. */
  readonly size: number;
  readonly order: Order;
  readonly create: (partitions: readonly Partition[], chunk: number) => Chunk;
}

/** The days of a run that are still to be computed. Those of its next chunk may be decoded already. */
export class Remaining {
  #ranges: DayRange[];
  #ahead: Chunk | undefined;
  #chunk = 0;

  constructor(ranges: readonly DayRange[]) {
    this.#ranges = [...ranges];
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0 && !this.#ahead;
  }

  /** Whether days of the next chunk are decoded, or being decoded. */
  get isAhead(): boolean {
    return this.#ahead !== undefined;
  }

  /** All days, with those that are decoded. */
  get ranges(): readonly DayRange[] {
    return this.#ahead ? [...toRanges(this.#ahead.partitions), ...this.#ranges] : this.#ranges;
  }

  /** The next chunk to compute. */
  take(next: NextChunk): Chunk {
    return this.takeAhead() ?? this.#create(next);
  }

  /** The chunk whose days were decoded ahead: it is the caller's now. */
  takeAhead(): Chunk | undefined {
    const chunk = this.#ahead;
    this.#ahead = undefined;
    return chunk;
  }

  /** Begins to decode the next chunk, if there is one. */
  decodeAhead(next: NextChunk): void {
    if (this.#ranges.length === 0 || this.#ahead) return;
    this.#ahead = this.#create(next);
    this.#ahead.decodeAhead();
  }

  giveBack(days: readonly Partition[]): void {
    if (days.length > 0) this.#ranges = toRanges([...this.#ranges.flatMap(daysOf), ...days]);
  }

  #create({ size, order, create }: NextChunk): Chunk {
    const { chunk, remaining } = takeChunk(this.#ranges, size, order);
    this.#ranges = remaining;
    return create(chunk, this.#chunk++);
  }
}
