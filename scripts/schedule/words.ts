import type { ScheduleDescription } from '@temporalio/client';

/** `2026-01-31 06:00 UTC`. */
export function instant(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Whether the operator holds it, and why. */
export function pauseOf({ state }: ScheduleDescription): string {
  if (!state.paused) return 'active';
  return state.note ? `paused (${state.note})` : 'paused';
}

/** What is said of times that no day has. */
export function neverRuns(times: string): string {
  return `it never runs: no day is ${times}; set LLMA_CRON_SCHEDULE`;
}
