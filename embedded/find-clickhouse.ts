import { cachedLibrary, installedLibrary, libraryCommand, libraryPackage, type Resolve } from './clickhouse-library.js';
import { EmbeddedError, messageOf } from './errors.js';
import { notFound, type FindOptions } from './find.js';
import { isExecutable, onPath, run } from './run.js';

/** An engine that can be started, and where it was taken from. */
export interface ClickHouseEngine {
  /** For people: "package @chdb/lib-linux-x64-gnu". */
  from: string;
  command: string;
  /** What comes before the arguments of `clickhouse local`. */
  leadingArgs: string[];
}

/** Where to look; all of this machine, except in tests. */
export interface FindClickHouseOptions extends FindOptions {
  platform?: string | undefined;
  arch?: string | undefined;
  resolve?: Resolve | undefined;
}

/**
 * The ClickHouse engine: `CLICKHOUSE_BINARY`, `clickhouse` on PATH, the library in node_modules, the library of this
 * platform from npm, kept in our cache.
 *
 * @throws {EmbeddedError} with all that was tried
 */
export async function findClickHouse(options: FindClickHouseOptions = {}): Promise<ClickHouseEngine> {
  const { env = process.env } = options;
  const named = env['CLICKHOUSE_BINARY'];
  // Somebody chose it: if it will not do, nothing else is taken in its place.
  if (named) return { from: `CLICKHOUSE_BINARY, ${named}`, ...(await binaryCommand(named)) };

  const tried = ['CLICKHOUSE_BINARY is not set'];
  for (const source of [onPathAlready, libraryOfThisPlatform]) {
    try {
      return await source(options, tried);
    } catch (error) {
      tried.push(messageOf(error));
    }
  }
  const next =
    'Install ClickHouse 26.5 or later (https://clickhouse.com/docs/install) and put it on PATH or name it in ' +
    'CLICKHOUSE_BINARY, or run `npm ci` so that it installs development and optional packages too.';
  throw new EmbeddedError(notFound('ClickHouse engine', tried, next));
}

async function onPathAlready({ env = process.env }: FindClickHouseOptions): Promise<ClickHouseEngine> {
  const path = await onPath('clickhouse', env);
  if (!path) throw new Error('there is no clickhouse on PATH');
  return { from: `PATH, ${path}`, ...(await binaryCommand(path)) };
}

async function libraryOfThisPlatform(options: FindClickHouseOptions, tried: string[]): Promise<ClickHouseEngine> {
  const { platform = process.platform, arch = process.arch, resolve } = options;
  const name = libraryPackage(platform, arch);
  if (!name) throw new Error(`there is no ClickHouse library for ${platform} ${arch}`);
  const installed = await installedLibrary(name, resolve);
  if (installed) return { from: `package ${name}`, ...libraryCommand(installed, resolve) };
  tried.push(`the package ${name} is not installed`);
  const cached = await cachedLibrary(name, options);
  return { from: `package ${name} in ${cached}`, ...libraryCommand(cached, resolve) };
}

/** How to run a real binary. @throws {EmbeddedError} when its version can't listen as `clickhouse local` */
async function binaryCommand(path: string): Promise<Pick<ClickHouseEngine, 'command' | 'leadingArgs'>> {
  if (!(await isExecutable(path))) throw new EmbeddedError(`${path} is no executable file`);
  const output = await run(path, ['local', '--version'], { timeoutMs: 30_000 });
  const [, major, minor] = /(\d+)\.(\d+)\.\d+/.exec(output) ?? [];
  if (Number(major) * 100 + Number(minor) >= 2605) return { command: path, leadingArgs: ['local'] };
  const version = major ? `ClickHouse ${major}.${minor}` : 'of unknown version';
  throw new EmbeddedError(`${path} is ${version}; it can be embedded from 26.5 on`);
}
