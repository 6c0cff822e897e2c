import { setTimeout as after } from 'node:timers/promises';

/** One piece of work of many, done together with others of its key. */
export type Coalesced<Item, Result> = (key: string, item: Item, signal: AbortSignal) => Promise<Result>;

export interface CoalesceOptions<Item, Result> {
  /** Does the work of a batch. @returns the results in the order of the items. */
  readonly run: (items: readonly Item[], signal: AbortSignal) => Promise<readonly Result[]>;
  /** Two items of one name are never in one batch. */
  readonly nameOf: (item: Item) => string;
  /** Whether the members of a batch that failed so are run one at a time, so that the guilty one fails alone. */
  readonly alone: (error: unknown) => boolean;
  /** Items of a batch at most. Default 16. */
  readonly most?: number;
  /** What an item weighs, and what those of a batch weigh together at most: one of them alone may weigh more. Default: nothing. */
  readonly weightOf?: (item: Item) => number;
  readonly heaviest?: number;
  /** Waits for further calls: when there was none meanwhile, those that came are taken to be all. Default: 3 ms. */
  readonly pause?: () => Promise<unknown>;
}

interface Member<Item, Result> {
  readonly item: Item;
  readonly signal: AbortSignal;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** The batch that does its work now; undefined while it waits. */
  batch?: Batch | undefined;
}

interface Batch {
  readonly members: readonly { readonly signal: AbortSignal }[];
  readonly controller: AbortController;
}

/** A worker begins the activities of one task one by one, within milliseconds. */
const moment = () => after(3);

/**
 * Does work of one key together: the first call begins in a moment, with those that come until then; calls that come while it runs are
 * the next batch. A batch is aborted when nobody is left who wants it. An aborted call rejects at once, except
 * for the last one of a batch, which waits until the batch has ended: what it began is no longer there then.
 */
export function coalesce<Item, Result>(options: CoalesceOptions<Item, Result>): Coalesced<Item, Result> {
  const { pause = moment } = options;
  const lanes = new Map<string, Member<Item, Result>[]>();
  const work = async (key: string, waiting: Member<Item, Result>[]): Promise<void> => {
    for (let seen = 0; seen < waiting.length;) {
      seen = waiting.length;
      await pause();
    }
    for (let batch = next(waiting, options); batch.length > 0; batch = next(waiting, options)) {
      await runTogether(batch, options);
    }
    lanes.delete(key);
  };
  return (key, item, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const member = memberOf({ item, signal, resolve, reject });
      const lane = lanes.get(key);
      if (lane) {
        lane.push(member);
        return;
      }
      const waiting = [member];
      lanes.set(key, waiting);
      void work(key, waiting);
    });
}

/** Whoever was aborted rejects with the reason of that, whatever became of its work. */
function memberOf<Item, Result>(of: Member<Item, Result>): Member<Item, Result> {
  const { item, signal } = of;
  const settled = <T>(settle: (value: T) => void) => {
    return (value: T) => {
      signal.removeEventListener('abort', onAbort);
      if (signal.aborted) of.reject(signal.reason);
      else settle(value);
    };
  };
  const member: Member<Item, Result> = { item, signal, resolve: settled(of.resolve), reject: settled(of.reject) };
  const onAbort = () => {
    const { batch } = member;
    if (batch?.members.every((other) => other.signal.aborted)) batch.controller.abort(signal.reason);
    else of.reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort);
  return member;
}

/** Takes the next batch out of those that wait; empty when nobody does. */
function next<Item, Result>(
  waiting: Member<Item, Result>[],
  { nameOf, most = 16, weightOf = () => 0, heaviest = Infinity }: CoalesceOptions<Item, Result>,
): Member<Item, Result>[] {
  const names = new Set<string>();
  const batch: Member<Item, Result>[] = [];
  const others: Member<Item, Result>[] = [];
  let weight = 0;
  for (const member of waiting.splice(0)) {
    if (member.signal.aborted) continue;
    const name = nameOf(member.item);
    const heavier = weight + weightOf(member.item);
    const fits = batch.length < most && !names.has(name) && (batch.length === 0 || heavier <= heaviest);
    names.add(name);
    if (fits) weight = heavier;
    (fits ? batch : others).push(member);
  }
  waiting.push(...others);
  return batch;
}

async function runTogether<Item, Result>(
  members: readonly Member<Item, Result>[],
  options: CoalesceOptions<Item, Result>,
): Promise<void> {
  const batch = { members, controller: new AbortController() };
  for (const member of members) member.batch = batch;
  try {
    const results = await options.run(
      members.map(({ item }) => item),
      batch.controller.signal,
    );
    if (results.length !== members.length) throw new Error(`${members.length} items have ${results.length} results`);
    members.forEach(({ resolve }, index) => resolve(results[index] as Result));
  } catch (error) {
    const guilty = members.length > 1 && !batch.controller.signal.aborted && options.alone(error);
    if (!guilty) for (const { reject } of members) reject(error);
    else await runAlone(members, options);
  }
}

async function runAlone<Item, Result>(
  members: readonly Member<Item, Result>[],
  options: CoalesceOptions<Item, Result>,
): Promise<void> {
  for (const member of members) member.batch = undefined;
  for (const member of members) if (!member.signal.aborted) await runTogether([member], options);
}
