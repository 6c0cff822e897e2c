/** What the figures are held against. */
export interface Target {
  readonly what: string;
  readonly most: number;
  readonly least?: number;
  readonly unit: 'ms' | '×';
}

export const TARGETS = {
  largeJob: { what: 'LARGE, all templates: whole job ÷ decode.sql', most: 1.5, unit: '×' },
  tenJob: { what: 'LARGE, ten metrics in ten templates: whole job ÷ decode.sql', most: 1.5, unit: '×' },
  oneJob: { what: 'LARGE, ten metrics in one template: whole job ÷ decode.sql', most: 1.5, unit: '×' },
  bytes: { what: 'LARGE: bytes read from events ÷ floor.sql', most: 1.1, unit: '×' },
  tiny: { what: 'TINY: whole job, a partition', most: 30, unit: 'ms' },
  tinyFlat: { what: 'a partition ÷ one of TINY', least: 0.85, most: 1.15, unit: '×' },
  mid: { what: 'MID: whole job, a partition', most: 130, unit: 'ms' },
  noop: { what: 'orchestration, a partition', most: 10, unit: 'ms' },
  publishEmpty: { what: 'accept and publish a day in an empty month', most: 100, unit: 'ms' },
  publishFull: { what: 'accept and publish a day ÷ copy-month.sql', most: 1.7, unit: '×' },
  analysts: { what: "analysts' p95 during a backfill ÷ idle", most: 1.3, unit: '×' },
} as const satisfies Readonly<Record<string, Target>>;

export type TargetName = keyof typeof TARGETS;

/** A target and what was measured. */
export interface TargetResult extends Target {
  readonly value: number;
  /** Undefined for a value that could not be measured. */
  readonly met?: boolean;
}

/** Holds a value against a target. What is not a number meets nothing, and misses nothing. */
export function judge(name: TargetName, value: number): TargetResult {
  const target: Target = TARGETS[name];
  if (!Number.isFinite(value)) return { ...target, value };
  return { ...target, value, met: value <= target.most && value >= (target.least ?? -Infinity) };
}

/** `target ≤ 30 ms: 28.4 ms, met`. */
export function sentence({ what, most, least, unit, value, met }: TargetResult): string {
  const bounds = least === undefined ? `≤ ${shown(most, unit)}` : `${least} to ${shown(most, unit)}`;
  if (met === undefined) return `${what}: target ${bounds}, not measured`;
  return `${what}: ${shown(value, unit)}, target ${bounds}: ${met ? 'met' : 'missed'}`;
}

function shown(value: number, unit: Target['unit']): string {
  return unit === 'ms' ? `${Number(value.toFixed(1))} ms` : `${Number(value.toFixed(2))}`;
}
