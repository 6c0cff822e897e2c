import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { libraryPackage } from '../../../embedded/clickhouse-library.js';
import { EmbeddedError } from '../../../embedded/errors.js';
import { findClickHouse, type FindClickHouseOptions } from '../../../embedded/find-clickhouse.js';

let folder: string;
let bin: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llma-find-'));
  bin = join(folder, 'bin');
  await mkdir(bin);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Linux on arm64, with what this test puts into `bin` on PATH, and these packages in node_modules. */
function machine(packages: Record<string, string> = {}, env: Record<string, string> = {}): FindClickHouseOptions {
  return {
    env: { PATH: `${bin}:/usr/bin:/bin`, XDG_CACHE_HOME: join(folder, 'cache'), ...env },
    platform: 'linux',
    arch: 'arm64',
    resolve(id) {
      const path = packages[id];
      if (!path) throw new Error(`Cannot find module '${id}'\nRequire stack: …`);
      return path;
    },
  };
}

async function script(path: string, body: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

const clickhouse = (path: string, version: string): Promise<string> =>
  script(path, `[ "$*" = "local --version" ] && echo "ClickHouse local version ${version} (official build)."`);

async function libraryPackageIn(path: string): Promise<Record<string, string>> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'libchdb.so'), '');
  return { '@chdb/lib-linux-arm64-gnu/package.json': join(path, 'package.json'), 'ffi-rs': '/ffi-rs/index.js' };
}

/** An `npm` that notes its arguments and installs this package. */
function npm(name: string): Promise<string> {
  return script(
    join(bin, 'npm'),
    `echo "$@" >> ${folder}/npm.log
mkdir -p "$3/node_modules/${name}" && touch "$3/node_modules/${name}/libchdb.so"`,
  );
}

describe('libraryPackage', () => {
  it.each([
    ['linux', 'x64', '@chdb/lib-linux-x64-gnu'],
    ['linux', 'arm64', '@chdb/lib-linux-arm64-gnu'],
    ['darwin', 'x64', '@chdb/lib-darwin-x64'],
    ['darwin', 'arm64', '@chdb/lib-darwin-arm64'],
    ['linux', 'ppc64', undefined],
    ['win32', 'x64', undefined],
  ])('%s %s', (platform, arch, name) => {
    expect(libraryPackage(platform, arch)).toBe(name);
  });
});

describe('findClickHouse', () => {
  it('takes what CLICKHOUSE_BINARY names before all else', async () => {
    await clickhouse(join(bin, 'clickhouse'), '26.9.1.1');
    const path = await clickhouse(join(folder, 'mine'), '26.5.1.882');
    const engine = await findClickHouse(machine(await libraryPackageIn(folder), { CLICKHOUSE_BINARY: path }));
    expect(engine).toEqual({ from: `CLICKHOUSE_BINARY, ${path}`, command: path, leadingArgs: ['local'] });
  });

  it.each([
    ['26.4.9.9', /is ClickHouse 26\.4; it can be embedded from 26\.5 on/],
    ['25.12.1.1', /is ClickHouse 25\.12/],
    ['none', /is of unknown version/],
  ])('takes nothing in place of a CLICKHOUSE_BINARY of version %s', async (version, message) => {
    const path = await clickhouse(join(folder, 'mine'), version);
    const found = findClickHouse(machine(await libraryPackageIn(folder), { CLICKHOUSE_BINARY: path }));
    await expect(found).rejects.toThrow(EmbeddedError);
    await expect(found).rejects.toThrow(message);
  });

  it.each(['26.5.1.1', '26.10.1.1', '27.1.1.1'])('takes clickhouse %s on PATH', async (version) => {
    const path = await clickhouse(join(bin, 'clickhouse'), version);
    const engine = await findClickHouse(machine(await libraryPackageIn(folder)));
    expect(engine).toEqual({ from: `PATH, ${path}`, command: path, leadingArgs: ['local'] });
  });

  it('passes by one on PATH that is too old', async () => {
    await clickhouse(join(bin, 'clickhouse'), '24.8.1.1');
    const engine = await findClickHouse(machine(await libraryPackageIn(folder)));
    expect(engine.from).toBe('package @chdb/lib-linux-arm64-gnu');
  });

  it('runs the library by node and ffi-rs', async () => {
    const engine = await findClickHouse(machine(await libraryPackageIn(folder)));
    expect(engine.command).toBe(process.execPath);
    expect(engine.leadingArgs).toEqual([
      expect.stringMatching(/embedded\/clickhouse-child\.mjs$/),
      '/ffi-rs/index.js',
      join(folder, 'libchdb.so'),
    ]);
  });

  it('installs the library of another platform into the cache, once', async () => {
    await npm('@chdb/lib-linux-arm64-gnu');
    const library = join(
      folder,
      'cache/llma-metrics/chdb-lib-linux-arm64-gnu-26.7.3-stable.1/node_modules/@chdb/lib-linux-arm64-gnu/libchdb.so',
    );
    const packages = { 'ffi-rs': '/ffi-rs/index.js' };
    for (let i = 0; i < 2; i++) {
      const engine = await findClickHouse(machine(packages));
      expect(engine.from).toBe(`package @chdb/lib-linux-arm64-gnu in ${library}`);
      expect(engine.leadingArgs[2]).toBe(library);
    }
    const calls = (await readFile(join(folder, 'npm.log'), 'utf8')).trim().split('\n');
    expect(calls).toEqual([
      expect.stringMatching(/^install --prefix .* @chdb\/lib-linux-arm64-gnu@26\.7\.3-stable\.1$/),
    ]);
  });

  it('says all that was tried and what to do next', async () => {
    await clickhouse(join(bin, 'clickhouse'), '24.8.1.1');
    await script(join(bin, 'npm'), 'echo "npm error 404 Not Found" >&2; exit 1');
    const error: unknown = await findClickHouse(machine()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EmbeddedError);
    expect((error as Error).message.split('\n')).toEqual([
      'No ClickHouse engine:',
      '- CLICKHOUSE_BINARY is not set',
      `- ${join(bin, 'clickhouse')} is ClickHouse 24.8; it can be embedded from 26.5 on`,
      '- the package @chdb/lib-linux-arm64-gnu is not installed',
      '- npm: npm error 404 Not Found',
      expect.stringMatching(/^Install ClickHouse 26\.5 or later .* CLICKHOUSE_BINARY, or run `npm ci` /),
    ]);
    expect(await readdir(join(folder, 'cache', 'llma-metrics'))).toEqual([]);
  });

  it('says it when there is no library for the platform', async () => {
    const found = findClickHouse({ ...machine(), platform: 'freebsd', arch: 'x64' });
    await expect(found).rejects.toThrow('- there is no ClickHouse library for freebsd x64');
  });

  it('says it when only ffi-rs is missing', async () => {
    const packages = await libraryPackageIn(folder);
    delete packages['ffi-rs'];
    await expect(findClickHouse(machine(packages))).rejects.toThrow(
      'ffi-rs, which calls the library, is not installed',
    );
  });
});
