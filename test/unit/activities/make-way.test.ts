import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { limitSettings } from '../../../activities/insert-settings.js';
import type { ActivityDeps } from '../../../activities/deps.js';
import { loadSettings } from '../../../config/settings.js';

/** What a query may take, and how often somebody looked for others, where others leave it two threads. */
async function limitsWith(environment: Readonly<Record<string, string>>) {
  let looks = 0;
  const threadsBesideOthers = async () => {
    looks += 1;
    return await Promise.resolve(2);
  };
  const supported = async (wanted: object) => await Promise.resolve(wanted);
  const settings = loadSettings({ LLMA_PARTITION_START_DATE: '2026-01-01', ...environment }, '/nonexistent');
  const profileSetting = async () => await Promise.resolve(undefined);
  const deps = { settings, database: { threadsBesideOthers, supported, profileSetting } } as unknown as ActivityDeps;
  const found: { max_threads?: unknown } = await new MockActivityEnvironment().run(() => limitSettings(deps));
  return { threads: found.max_threads, looks };
}

test('threads are what others leave, or what configuration says; who makes way looks either way, so that statements take turns', async () => {
  expect(await limitsWith({})).toEqual({ threads: 2, looks: 1 });
  expect(await limitsWith({ LLMA_MAX_THREADS: '3' })).toEqual({ threads: 3, looks: 1 });
});

test('who makes no way never looks', async () => {
  expect(await limitsWith({ LLMA_MAKE_WAY: 'false' })).toEqual({ threads: undefined, looks: 0 });
  expect(await limitsWith({ LLMA_MAKE_WAY: 'false', LLMA_MAX_THREADS: '3' })).toEqual({ threads: 3, looks: 0 });
});
