import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheDir, installOnce } from '../../../embedded/cache.js';

describe('cacheDir', () => {
  it.each([
    { env: { XDG_CACHE_HOME: '/xdg', HOME: '/home/a' }, platform: 'linux', expected: '/xdg/llma-metrics' },
    { env: { XDG_CACHE_HOME: '/xdg', HOME: '/home/a' }, platform: 'darwin', expected: '/xdg/llma-metrics' },
    { env: { HOME: '/home/a' }, platform: 'linux', expected: '/home/a/.cache/llma-metrics' },
    { env: { XDG_CACHE_HOME: '', HOME: '/home/a' }, platform: 'linux', expected: '/home/a/.cache/llma-metrics' },
    { env: { HOME: '/Users/a' }, platform: 'darwin', expected: '/Users/a/Library/Caches/llma-metrics' },
  ] as const)('$env on $platform', ({ env, platform, expected }) => {
    expect(cacheDir(env, platform)).toBe(expected);
  });
});

describe('installOnce', () => {
  let cache: string;

  beforeEach(async () => {
    cache = join(await mkdtemp(join(tmpdir(), 'llma-cache-')), 'not', 'there', 'yet');
  });
  afterEach(async () => {
    await rm(join(cache, '..', '..', '..'), { recursive: true, force: true });
  });

  it('installs the first time only', async () => {
    let installed = 0;
    const install = async (into: string): Promise<void> => {
      installed++;
      await writeFile(join(into, 'file'), 'content');
    };
    const path = await installOnce(cache, 'tool-1.0', install);
    expect(await installOnce(cache, 'tool-1.0', install)).toBe(path);
    expect(path).toBe(join(cache, 'tool-1.0'));
    expect(await readFile(join(path, 'file'), 'utf8')).toBe('content');
    expect(installed).toBe(1);
  });

  it('leaves nothing of a failed installation, and tries again', async () => {
    const failing = async (into: string): Promise<void> => {
      await writeFile(join(into, 'half'), '');
      throw new Error('no network');
    };
    await expect(installOnce(cache, 'tool-1.0', failing)).rejects.toThrow('no network');
    expect(await readdir(cache)).toEqual([]);
    await installOnce(cache, 'tool-1.0', (into) => writeFile(join(into, 'whole'), ''));
    expect(await readdir(join(cache, 'tool-1.0'))).toEqual(['whole']);
  });

  it('is not confused by what a killed process has left', async () => {
    await mkdir(join(cache, '.tool-1.0-abc'), { recursive: true });
    await writeFile(join(cache, '.tool-1.0-abc', 'half'), '');
    await installOnce(cache, 'tool-1.0', (into) => writeFile(join(into, 'whole'), ''));
    expect(await readdir(join(cache, 'tool-1.0'))).toEqual(['whole']);
  });

  it('shows the folder only when it is whole, and lets one of many installers win', async () => {
    const install = (id: number) => async (into: string) => {
      await writeFile(join(into, 'a'), `${id}`);
      await sleep(5 * (id % 3));
      await writeFile(join(into, 'b'), `${id}`);
    };
    const paths = await Promise.all(
      Array.from({ length: 8 }, async (_, id) => {
        const path = await installOnce(cache, 'tool-1.0', install(id));
        const [a, b] = await Promise.all([readFile(join(path, 'a'), 'utf8'), readFile(join(path, 'b'), 'utf8')]);
        return { path, same: a === b };
      }),
    );
    expect(paths.every(({ path, same }) => path === join(cache, 'tool-1.0') && same)).toBe(true);
    expect(await readdir(cache)).toEqual(['tool-1.0']);
  });
});
