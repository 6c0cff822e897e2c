import { expect, test } from 'vitest';
import { parsePartition } from '../../config/partition.js';
import { History } from './history.js';
import { LateEvents } from './late-events.js';
import type { World } from './world.js';

const days = [parsePartition('2026-01-01')];

test('a batch that ClickHouse never takes is given up some time after the end', async () => {
  const command = () => Promise.reject(new Error('nobody is there'));
  const events = new LateEvents({ days, history: new History(days), command } as unknown as World, 1);
  events.start();
  await expect(events.stop(150)).rejects.toThrow('nobody is there');
});
