import type { Database } from '../../clickhouse/database.js';
import { publishMonth, type PublishOptions, type PublishResult, type PublishStep } from '../../clickhouse/publish.js';
import { monthOf, parsePartition } from '../../config/partition.js';
import type { ActivityHarness } from './activity-harness.js';

/** Every step of a publish, in order. */
export const STEPS: readonly PublishStep[] = ['claim', 'fence', 'build', 'gate', 'swap', 'verify', 'ledger', 'drop'];

type Change = Partial<PublishOptions> & { readonly database?: Database };

/** Publishes the month of a day, past the activity. */
export function publish(
  harness: ActivityHarness,
  day: string,
  { database, ...change }: Change = {},
): Promise<PublishResult> {
  return publishMonth(database ?? harness.database, {
    month: monthOf(parsePartition(day)),
    workflowId: `publish/${day.slice(0, 7)}`,
    logComment: 'test',
    replicated: false,
    signal: new AbortController().signal,
    ...change,
  });
}

/** Publishes until it succeeds, as the activity's retries do. @returns the tries. */
export async function publishUntilDone(harness: ActivityHarness, day: string, change: Change = {}): Promise<number> {
  for (let tries = 1; tries < 100; tries++) {
    try {
      await publish(harness, day, change);
      return tries;
    } catch {
      // Overtaken: begins again, after a while that grows as the activity's does.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2000, 100 * 2 ** tries)));
    }
  }
  throw new Error('the publish never got through');
}

/** A publisher that stands still. */
export interface Frozen {
  /** What becomes of it: never rejects. */
  readonly outcome: Promise<PublishResult | Error>;
  thaw(): void;
}

/** One that stands still before a statement. */
export interface FrozenAtStatement extends Frozen {
  /** The step that the statement belongs to. */
  readonly step: PublishStep | undefined;
}

/** Starts a publish, and returns when it stands still before `step`. */
export async function freezeAtStep(harness: ActivityHarness, day: string, step: PublishStep): Promise<Frozen> {
  const ice = newIce();
  return await ice.around(publish(harness, day, { onStep: (name) => (name === step ? ice.stand() : undefined) }));
}

/** Starts a publish, and returns when it stands still before its statement number `at`, from 0. */
export async function freezeAtStatement(
  harness: ActivityHarness,
  day: string,
  at: number,
  change: Change = {},
): Promise<FrozenAtStatement> {
  const ice = newIce();
  let step: PublishStep | undefined;
  const database = counting(harness.database, async (count) => {
    if (count === at) await ice.stand();
  });
  const onStep = (name: PublishStep) => void (step = name);
  return { ...(await ice.around(publish(harness, day, { ...change, database, onStep }))), step };
}

/** The same before the first statement that looks so. */
export async function freezeAtSql(harness: ActivityHarness, day: string, sql: RegExp): Promise<Frozen> {
  const ice = newIce();
  let seen = false;
  const database = counting(harness.database, async (_, text) => {
    if (seen || !sql.test(text)) return;
    seen = true;
    await ice.stand();
  });
  return await ice.around(publish(harness, day, { database }));
}

/** How many statements a publish sends. */
export async function countStatements(harness: ActivityHarness, day: string, change: Change = {}): Promise<number> {
  let statements = 0;
  const database = counting(harness.database, (count) => {
    statements = count + 1;
  });
  await publish(harness, day, { ...change, database });
  return statements;
}

function counting(database: Database, before: (count: number, sql: string) => void | Promise<void>): Database {
  let count = 0;
  return {
    ...database,
    async select(sql, options) {
      await before(count++, sql);
      return await database.select(sql, options);
    },
    async command(sql, options) {
      await before(count++, sql);
      return await database.command(sql, options);
    },
  };
}

function newIce() {
  let thaw = (): void => undefined;
  let stands = (): void => undefined;
  const thawed = new Promise<void>((resolve) => (thaw = resolve));
  const standing = new Promise<void>((resolve) => (stands = resolve));
  return {
    stand: (): Promise<void> => {
      stands();
      return thawed;
    },
    async around(publishing: Promise<PublishResult>): Promise<Frozen> {
      const outcome = publishing.catch((error: unknown) => error as Error);
      const ended = await Promise.race([standing, outcome.then(() => 'ended' as const)]);
      if (ended === 'ended') throw new Error('the publisher never stood still', { cause: await outcome });
      return { outcome, thaw };
    },
  };
}
