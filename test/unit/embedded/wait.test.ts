import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { waitUntil, within } from '../../../embedded/wait.js';

describe('within', () => {
  it('is true for what settles in time', async () => {
    expect(await within(sleep(1), 1_000)).toBe(true);
  });

  it('is false for what does not', async () => {
    expect(await within(new Promise(() => {}), 10)).toBe(false);
  });

  it('hands on a rejection', async () => {
    await expect(within(Promise.reject(new Error('no')), 1_000)).rejects.toThrow('no');
  });
});

describe('waitUntil', () => {
  it('repeats until the answer is yes', async () => {
    let calls = 0;
    expect(await waitUntil(async () => ++calls === 3, { ms: 5_000 })).toBe(true);
    expect(calls).toBe(3);
  });

  it('gives up after the time', async () => {
    const start = Date.now();
    expect(await waitUntil(async () => false, { ms: 100 })).toBe(false);
    expect(Date.now() - start).toBeGreaterThanOrEqual(95);
  });

  it('gives up when there is nothing more to wait for', async () => {
    let calls = 0;
    const done = await waitUntil(async () => ++calls > 100, { ms: 60_000, giveUp: () => calls === 2 });
    expect([done, calls]).toEqual([false, 2]);
  });
});
