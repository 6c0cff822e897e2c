import { setTimeout as after } from 'node:timers/promises';
import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import { SCHEDULE_ID } from '../../workflows/plan/names.js';
import { GRPC, grpcCode, withTemporal, type Temporal } from '../connect.js';
import type { Context } from '../context.js';
import { UsageError } from '../errors.js';

/** Works with the daily schedule. @throws UsageError when there is none */
export async function withSchedule<T>(
  { settings }: Context,
  use: (handle: ScheduleHandle, temporal: Temporal) => Promise<T>,
): Promise<T> {
  return await withTemporal(settings, async (temporal) => {
    try {
      return await use(temporal.client.schedule.getHandle(SCHEDULE_ID), temporal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new UsageError(`there is no schedule ${SCHEDULE_ID}: "llma schedule apply" creates it`);
    }
  });
}

export function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === 'ScheduleNotFoundError';
}

/** How long Temporal may be busy, and between two questions, in ms. */
const PATIENCE = 10_000;
const PAUSE = 200;

/** What the schedule is. Temporal answers one question about it at a time, and tells others that it is busy: they ask again. */
export async function scheduleNow(handle: ScheduleHandle): Promise<ScheduleDescription> {
  const until = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await handle.describe();
    } catch (error) {
      if (grpcCode(error) !== GRPC.resourceExhausted || Date.now() > until) throw error;
      await after(PAUSE);
    }
  }
}
