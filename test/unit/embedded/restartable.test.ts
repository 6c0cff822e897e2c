import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { restartable } from '../../../embedded/restartable.js';
import type { ServerProcess } from '../../../embedded/server-process.js';

/** A server that notes what happens to it. */
function fake(pid: number, events: string[]): ServerProcess {
  const note = (what: string) => async () => {
    await sleep(5);
    events.push(`${what} ${pid}`);
  };
  return {
    pid,
    running: true,
    exited: Promise.resolve(`ended ${pid}`),
    lastLines: () => '',
    stop: note('stop'),
    kill: note('kill'),
  };
}

describe('restartable', () => {
  it('stops the old one before it starts the new one', async () => {
    const events: string[] = [];
    const server = restartable(fake(1, events), async () => {
      events.push('start 2');
      return fake(2, events);
    });
    expect([server.pid, await server.exited]).toEqual([1, 'ended 1']);
    await server.restart();
    expect([server.pid, await server.exited]).toEqual([2, 'ended 2']);
    expect(events).toEqual(['stop 1', 'start 2']);
  });

  it('stops the new one when asked to stop during a restart', async () => {
    const events: string[] = [];
    const server = restartable(fake(1, events), async () => {
      await sleep(20);
      return fake(2, events);
    });
    await Promise.all([server.restart(), server.stop()]);
    expect(events).toEqual(['stop 1', 'stop 2']);
  });

  it('can be restarted after a restart that failed', async () => {
    const events: string[] = [];
    let tries = 0;
    const server = restartable(fake(1, events), async () => {
      if (++tries === 1) throw new Error('port taken');
      return fake(2, events);
    });
    await expect(server.restart()).rejects.toThrow('port taken');
    await server.restart();
    expect(server.pid).toBe(2);
  });
});
