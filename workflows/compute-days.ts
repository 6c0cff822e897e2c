import type { RenderTemplatesOutput } from '../activities/render-templates.js';
import type { Partition } from '../config/partition.js';
import type { ChunkInput, ChunkState } from './chunk.js';
import {
  insertPartition,
  renderPartition,
  verifyPartition,
  type ChunkContext,
  type Inserted,
} from './compute-partition.js';
import type { Control } from './control.js';
import type { DecodedDays } from './decode-days.js';
import { spanOf } from './plan/chunks.js';
import { blocked, expired, failed } from './plan/outcomes.js';
import { runPool } from './pool.js';
import { reasonOf, type Lost, type Reason } from './reason.js';

/** One partition's work, whatever becomes of it, and what is done with what it made. Never rejects. */
type Step = <T>(partition: Partition, work: Promise<T>, done: (made: T) => void) => Promise<void>;

/**
 * Renders, inserts and verifies the days of a slice. What was computed is in `state` then, and so is what failed.
 * @returns days of which the candidates, or the slice, were lost.
 */
export async function computeDays(
  input: ChunkInput,
  state: ChunkState,
  { candidates, slice, decoded, days, together }: DecodedDays & Pick<ChunkContext, 'candidates'>,
): Promise<Lost[]> {
  const { settings, chunk, current } = input;
  const lost: Lost[] = [];
  const failures: unknown[] = [];
  const step: Step = async (partition, work, done) => {
    current.add(partition);
    try {
      done(await work);
    } catch (error) {
      try {
        const reason = reasonOf(error);
        if (reason.lost) lost.push({ partition, message: reason.message });
        else end(state, partition, reason);
      } catch (unexpected) {
        failures.push(unexpected);
      }
    } finally {
      current.delete(partition);
    }
  };
  const budget = { bytesInFlight: 0 };
  const context = { settings, chunk, candidates, days: spanOf(days), budget, decoded, ...(slice ? { slice } : {}) };
  await (together ? stepByStep : dayByDay)({ input, state, context, days, step });
  if (failures.length > 0) throw failures[0];
  return lost;
}

interface Work {
  readonly input: ChunkInput;
  readonly state: ChunkState;
  readonly context: ChunkContext;
  readonly days: readonly Partition[];
  readonly step: Step;
}

/** Days that are rendered at once at least: as much SQL as may be under way. */
const RENDERED_AT_ONCE = 16;

/** `control` for work that costs ClickHouse nothing, or no more than one of it: at least so many at once. */
function wider(control: Control, atOnce: number) {
  return {
    get concurrency() {
      return Math.max(control.concurrency, atOnce);
    },
    get paused() {
      return control.paused;
    },
  };
}

/** Each step for all days: a worker asks ClickHouse for days that come together in one query, for little more than one of them costs. */
async function stepByStep({ input: { control, beginsAtOnce }, state, context, days, step }: Work): Promise<void> {
  const rendered = new Map<Partition, RenderTemplatesOutput>();
  const inserted: Inserted[] = [];
  const render = (day: Partition) => step(day, renderPartition(context, day), (of) => rendered.set(day, of));
  const insert = (of: RenderTemplatesOutput) =>
    step(of.partition, insertPartition(context, of), (made) => inserted.push(made));
  const verify = (of: Inserted) => {
    state.templates.set(of.partition, of.templates);
    return step(of.partition, verifyPartition(context, of), (day) => state.computed.set(day.partition, day));
  };
  const atLeast = (concurrency: number) => ({ control: wider(control, concurrency), beginsAtOnce });
  const unrendered = await runPool(days, atLeast(RENDERED_AT_ONCE), render);
  const ready = days.flatMap((day) => rendered.get(day) ?? []);
  const left = await runPool(ready, atLeast(ready.every(({ byDate }) => byDate) ? ready.length : 0), insert);
  await Promise.all(inserted.map(verify));
  state.untaken.push(...unrendered, ...left.map(({ partition }) => partition));
}

/** All steps of a day, and then the next: what runs did that began before there were slices. */
async function dayByDay({ input, state, context, days, step }: Work): Promise<void> {
  const compute = async (day: Partition) => {
    const inserted = await insertPartition(context, await renderPartition(context, day));
    state.templates.set(day, inserted.templates);
    return await verifyPartition(context, inserted);
  };
  const untaken = await runPool(days, input, (day) => {
    state.begun.add(day);
    return step(day, compute(day), (computed) => state.computed.set(day, computed));
  });
  state.untaken.push(...untaken);
}

/** A day whose old rows stay: its source rows have expired, an audit stopped it, or it failed. */
function end(state: ChunkState, partition: Partition, reason: Reason): void {
  const { message, findings } = reason;
  if (findings) state.findings.set(partition, findings);
  const how = reason.expired === true ? expired : findings ? blocked : failed;
  state.ended.push(how(partition, message));
}
