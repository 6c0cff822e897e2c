import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../plan.js';
import type { World } from '../world.js';
import type { Harm } from './harm.js';

/** Somebody kills the queries that happen to be ours. */
export const killQuery: Harm = async (world, { aim }, aimed) => {
  await aimed();
  const of =
    aim === 'insert' || aim === 'decode' ? 'llma-insert-' : aim === 'swap' || aim === 'build' ? 'llma-pub-' : 'llma-';
  await world.command('KILL QUERY WHERE startsWith(query_id, {of:String}) ASYNC', { of });
};

/** ClickHouse's own check of free space refuses inserts into one of our tables (243). */
export const diskFull: Harm = (world, fault) =>
  withTableSetting(world, fault, { name: 'min_free_disk_bytes_to_perform_insert', value: 1e18, of: TRUTH });

/** Merges do not keep up: inserts are refused (252). */
export const tooManyParts: Harm = (world, fault) =>
  withTableSetting(world, fault, { name: 'parts_to_throw_insert', value: 1, of: TRUTH });

/** Somebody has made one of our tables read-only (774). */
export const readOnlyTable: Harm = (world, fault) =>
  withTableSetting(world, fault, { name: 'table_readonly', value: 1, of: [...TRUTH, 'llma_metrics_daily'] });

const TRUTH = ['llma_metrics_versions', 'llma_partition_runs'] as const;

interface TableSetting {
  readonly name: string;
  readonly value: number;
  readonly of: readonly string[];
}

async function withTableSetting(world: World, { target, ms }: Fault, { name, value, of }: TableSetting): Promise<void> {
  const table = of[Math.floor(target * of.length)] ?? '';
  try {
    await world.command(`ALTER TABLE ${table} MODIFY SETTING ${name} = ${value}`);
    await sleep(ms);
  } finally {
    await untilReset(world, `ALTER TABLE ${table} RESET SETTING ${name}`);
  }
}

/** A setting outlives the server that is killed: it is taken back when the next one is there. */
async function untilReset(world: World, sql: string): Promise<void> {
  for (;;) {
    try {
      return await world.command(sql);
    } catch {
      await sleep(100);
    }
  }
}
