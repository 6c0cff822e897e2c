import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir, exists, installOnce } from './cache.js';
import type { FindOptions } from './find.js';
import { run } from './run.js';

/** Version of the library that is installed on demand; the one in node_modules is what package.json says. */
export const LIBRARY_VERSION = '26.7.3-stable.1';

const PLATFORMS = ['linux-x64-gnu', 'linux-arm64-gnu', 'darwin-x64', 'darwin-arm64'];

const require = createRequire(import.meta.url);
const child = fileURLToPath(new URL('./clickhouse-child.mjs', import.meta.url));

/** Finds a file of a package in node_modules, as `require.resolve` does. */
export type Resolve = (id: string) => string;

/** The package with ClickHouse as a shared library, or undefined for a platform that has none. */
export function libraryPackage(platform: string, arch: string): string | undefined {
  const name = platform === 'linux' ? `linux-${arch}-gnu` : `${platform}-${arch}`;
  return PLATFORMS.includes(name) ? `@chdb/lib-${name}` : undefined;
}

/** Path of the library in node_modules, or undefined where the package is not installed. */
export async function installedLibrary(name: string, resolve: Resolve = require.resolve): Promise<string | undefined> {
  try {
    const library = libraryIn(dirname(resolve(`${name}/package.json`)));
    return (await exists(library)) ? library : undefined;
  } catch {
    return undefined;
  }
}

/** Path of the library in our cache, where npm installs it the first time. */
export async function cachedLibrary(name: string, { env = process.env, log }: FindOptions): Promise<string> {
  const cache = cacheDir(env);
  const folder = `${name.replace('@chdb/', 'chdb-')}-${LIBRARY_VERSION}`;
  const inFolder = (path: string): string => libraryIn(join(path, 'node_modules', name));
  const path = await installOnce(cache, folder, async (into) => {
    log?.(`ClickHouse: installing ${name} ${LIBRARY_VERSION} into ${cache}, about 150 MB to download`);
    // Told where to, npm looks for no project around it.
    const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', '--prefix', into, ...quiet, `${name}@${LIBRARY_VERSION}`], { cwd: into, env });
    if (!(await exists(inFolder(into)))) throw new Error('the package has no libchdb.so');
  });
  return inFolder(path);
}

/**
 * How to run the library: a Node process that calls it through `ffi-rs`.
 *
 * @throws {Error} when `ffi-rs` is not installed
 */
export function libraryCommand(
  library: string,
  resolve: Resolve = require.resolve,
): { command: string; leadingArgs: string[] } {
  try {
    return { command: process.execPath, leadingArgs: [child, resolve('ffi-rs'), library] };
  } catch {
    throw new Error('the package ffi-rs, which calls the library, is not installed; run `npm ci` without --omit=dev');
  }
}

/** The file's name is the same on macOS. */
function libraryIn(packageDir: string): string {
  return join(packageDir, 'libchdb.so');
}
