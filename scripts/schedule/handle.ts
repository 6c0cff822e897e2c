import type { ScheduleHandle } from '@temporalio/client';
import { SCHEDULE_ID } from '../../workflows/plan/names.js';
import { withTemporal, type Temporal } from '../connect.js';
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
