import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloaded binaries are kept, for all projects of this user. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg) return join(xdg, 'llma-metrics');
  const home = env['HOME'] ?? homedir();
  return platform === 'darwin' ? join(home, 'Library', 'Caches', 'llma-metrics') : join(home, '.cache', 'llma-metrics');
}

/**
 * The folder `name` of the cache, filled by `install` the first time. `name` holds the version, so what is there is
 * never out of date and never changed. Filled elsewhere and renamed into place: a process that dies in the middle
 * leaves nothing half, and of two processes at once the later one takes what the earlier one has put there.
 */
export async function installOnce(
  cache: string,
  name: string,
  install: (into: string) => Promise<void>,
): Promise<string> {
  const target = join(cache, name);
  if (await exists(target)) return target;
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(join(cache, `.${name}-`));
  try {
    await install(temporary);
    await rename(temporary, target).catch(async (error: unknown) => {
      if (!(await exists(target))) throw error;
    });
    return target;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
