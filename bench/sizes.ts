/** The sizes of the reference events, smallest first. Each names what is measured at most: a part leaves out what it can't do in it. */

export interface Size {
  readonly perDay: number;
  readonly days: number;
  readonly teams: number;
  /** Characters of prompt. */
  readonly pad: number;
  /** The first day. All days are over. */
  readonly start: string;
}

const MAY = '2026-05-01';

export const SIZES = {
  TINY: { perDay: 5000, days: 60, teams: 20, pad: 80, start: MAY },
  /** TINY's days, of which there are more: a partition must not cost more. */
  'TINY-365': { perDay: 5000, days: 365, teams: 20, pad: 80, start: '2025-01-01' },
  'TINY-3650': { perDay: 5000, days: 3650, teams: 20, pad: 80, start: '2016-01-01' },
  MID: { perDay: 200_000, days: 30, teams: 200, pad: 440, start: MAY },
  LARGE: { perDay: 1_200_000, days: 5, teams: 200, pad: 440, start: MAY },
  /** 20 million events in the 31 days of one month. */
  XL: { perDay: 645_162, days: 31, teams: 200, pad: 440, start: MAY },
} as const satisfies Readonly<Record<string, Size>>;

export type SizeName = keyof typeof SIZES;

export const SIZE_NAMES = Object.keys(SIZES) as SizeName[];

/** Days that statements of the reference are measured over: those that a size has, and all of them. */
export function spansOf({ days }: Size): number[] {
  return [...new Set([1, 5, 14, 31, days])].filter((span) => span <= Math.min(days, 60)).sort((a, b) => a - b);
}
