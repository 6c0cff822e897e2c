import { random, type Random } from './random.js';

/** What a worker says to ClickHouse, by what it is for. */
export const STATEMENTS = [
  'decode',
  'insert',
  'accept',
  'claim',
  'build',
  'swap',
  'ledger',
  'drop',
  'kill',
  'ask',
] as const;
export type StatementKind = (typeof STATEMENTS)[number];

interface Recipe {
  readonly weight: number;
  /** How long it lasts or what is down stays down, in ms; for a skewed clock, by how much. */
  readonly ms: readonly [min: number, max: number];
  /** Statements at whose moment it may be aimed; without them it comes at any moment. */
  readonly aims?: readonly StatementKind[];
  /** Part of its faults that are aimed. Default 1. */
  readonly aimed?: number;
}

const WRITES = ['swap', 'accept', 'build', 'decode', 'insert', 'claim', 'ledger', 'drop'] as const;
const DAYS = 86_400_000;

/** Every kind of fault. */
export const FAULTS = {
  'kill-worker': { weight: 9, ms: [0, 1500], aims: WRITES, aimed: 0.6 },
  'stop-worker': { weight: 4, ms: [0, 1000] },
  'freeze-worker': { weight: 3, ms: [12_000, 28_000], aims: WRITES, aimed: 0.7 },
  'skew-worker': { weight: 4, ms: [-3 * DAYS, 3 * DAYS] },
  'kill-clickhouse': {
    weight: 9,
    ms: [0, 600],
    aims: ['swap', 'swap', 'accept', 'build', 'decode', 'insert'],
    aimed: 0.7,
  },
  'kill-temporal': { weight: 6, ms: [0, 800] },
  cut: { weight: 11, ms: [0, 0], aims: WRITES, aimed: 0.7 },
  delay: { weight: 6, ms: [1000, 4000] },
  swallow: { weight: 14, ms: [10_000, 10_000], aims: [...WRITES, 'swap', 'accept'] },
  late: { weight: 8, ms: [2000, 15_000], aims: WRITES },
  'read-only-replica': { weight: 3, ms: [300, 2500] },
  memory: { weight: 3, ms: [300, 2500] },
  'too-many-queries': { weight: 3, ms: [300, 2500] },
  'disk-full': { weight: 3, ms: [300, 2500] },
  'too-many-parts': { weight: 3, ms: [300, 2500] },
  'read-only-table': { weight: 2, ms: [300, 2000] },
  'kill-query': { weight: 8, ms: [0, 0], aims: ['decode', 'insert', 'swap', 'build', 'accept'], aimed: 0.7 },
  cancel: { weight: 5, ms: [0, 0] },
  terminate: { weight: 6, ms: [0, 0] },
  reset: { weight: 5, ms: [0, 0] },
} as const satisfies Readonly<Record<string, Recipe>>;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];

/** One fault, as it is planned. */
export interface Fault {
  readonly number: number;
  readonly kind: FaultKind;
  /** Ms after the fault before it. */
  readonly after: number;
  /** From 0, below 1: which of the workers, workflows or tables. */
  readonly target: number;
  readonly ms: number;
  readonly aim?: StatementKind;
}

export interface PlanOptions {
  /** Ms between two faults, on average. */
  readonly every: number;
  readonly kinds: readonly FaultKind[];
}

/** Faults without end, decided by the seed alone. */
export function* plan(seed: number, { every, kinds }: PlanOptions): Generator<Fault, never> {
  const draw = random(seed, 'faults');
  for (let number = 1; ; number++) {
    const kind = weighted(draw, kinds);
    const { ms, aims, aimed = 1 }: Recipe = FAULTS[kind];
    const after = draw.between(Math.round(every / 5), Math.round((9 * every) / 5));
    const target = draw.next();
    const isAimed = draw.next() < aimed;
    const fault = { number, kind, after, target, ms: draw.between(...ms) };
    yield aims && isAimed ? { ...fault, aim: draw.pick(aims) } : fault;
  }
}

function weighted(draw: Random, kinds: readonly FaultKind[]): FaultKind {
  let rest = draw.next() * kinds.reduce((sum, kind) => sum + FAULTS[kind].weight, 0);
  return kinds.find((kind) => (rest -= FAULTS[kind].weight) < 0) ?? draw.pick(kinds);
}
