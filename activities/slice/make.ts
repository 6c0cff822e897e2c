import type { ClickHouseSettings } from '@clickhouse/client';
import type { Summary } from '../../clickhouse/database.js';
import { CODE, errorCode } from '../../clickhouse/errors.js';
import type { CanonicalColumn } from '../../templates/canonical.js';
import { memoryToFill } from './room.js';
import type { Slice } from './slice.js';
import { createSlice, dropSlice, insertSlice, type Attempt, type Filling } from './statements.js';

interface MakeOptions {
  readonly engine: Slice['engine'];
  readonly columns: readonly CanonicalColumn[];
  readonly memoryMb: number;
}

interface Made {
  readonly table: string;
  readonly engine: Slice['engine'];
  readonly summary: Summary;
}

/** A new slice, filled. One in memory that takes more of it than it may is filled anew on disk. */
export async function makeSlice(attempt: Attempt, options: MakeOptions, filling: Filling): Promise<Made> {
  const { engine, memoryMb } = options;
  const table = await createSlice(attempt, options);
  if (engine === 'MergeTree') return { table, engine, summary: await insertSlice(attempt, table, filling) };
  try {
    const settings = { ...attempt.settings, ...(await atMost(attempt, memoryToFill(memoryMb))) };
    return { table, engine, summary: await insertSlice({ ...attempt, settings }, table, filling) };
  } catch (error) {
    if (errorCode(error) !== CODE.memoryLimitExceeded) throw error;
    await dropSlice(attempt, table);
    return await makeSlice(attempt, { ...options, engine: 'MergeTree' }, filling);
  }
}

/** Bytes of memory of a query, where it may not have less already; 0 is no limit. */
async function atMost({ deps: { database }, settings }: Attempt, bytes: number): Promise<ClickHouseSettings> {
  const own = Number(settings.max_memory_usage ?? (await database.profileSetting('max_memory_usage')) ?? 0);
  return own > 0 && own <= bytes ? {} : await database.supported({ max_memory_usage: String(bytes) });
}
