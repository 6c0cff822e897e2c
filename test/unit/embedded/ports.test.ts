import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EmbeddedError } from '../../../embedded/errors.js';
import {
  choosePort,
  freePort,
  isFree,
  isOpen,
  LOCALHOST,
  PortTakenError,
  untilNotTaken,
} from '../../../embedded/ports.js';

const servers: Server[] = [];

function listen(port: number): Promise<number> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, LOCALHOST, () => resolve(port));
  });
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('choosePort', () => {
  it('takes the preferred port if it is free, and says nothing', async () => {
    const lines: string[] = [];
    const preferred = await freePort();
    expect(await choosePort({ what: 'X', preferred, log: (line) => lines.push(line) })).toBe(preferred);
    expect(lines).toEqual([]);
  });

  it('takes another one for a busy port, and says so', async () => {
    const lines: string[] = [];
    const preferred = await listen(await freePort());
    const port = await choosePort({ what: 'ClickHouse', preferred, log: (line) => lines.push(line) });
    expect(port).not.toBe(preferred);
    expect(await isFree(port)).toBe(true);
    expect(lines).toEqual([`ClickHouse: port ${preferred} is busy, taking ${port} instead`]);
  });

  it('never gives one port to two servers', async () => {
    const except = await freePort();
    expect(await choosePort({ what: 'X', preferred: except, except })).not.toBe(except);
  });

  it.each([0, -1, 65_536, 1.5, Number.NaN])('refuses %d', async (preferred) => {
    await expect(choosePort({ what: 'Temporal', preferred })).rejects.toThrow(EmbeddedError);
    await expect(choosePort({ what: 'Temporal', preferred })).rejects.toThrow(/Temporal: .* is not a port/);
  });
});

describe('freePort', () => {
  it('stays below the ports of outgoing connections, which could take it while a server restarts', async () => {
    const ports = await Promise.all(Array.from({ length: 40 }, () => freePort()));
    for (const port of ports) {
      expect(port).toBeGreaterThanOrEqual(20_000);
      expect(port).toBeLessThan(32_768);
    }
    expect(new Set(ports).size).toBeGreaterThan(30);
  });
});

describe('isFree and isOpen', () => {
  it('tell whether somebody listens', async () => {
    const port = await freePort();
    expect([await isFree(port), await isOpen(port)]).toEqual([true, false]);
    await listen(port);
    expect([await isFree(port), await isOpen(port)]).toEqual([false, true]);
  });
});

describe('untilNotTaken', () => {
  /** Fails with the given errors, then returns how many tries it took. */
  function failing(...errors: Error[]): () => Promise<number> {
    let tries = 0;
    return async () => {
      const error = errors[tries++];
      if (error) throw error;
      return tries;
    };
  }
  const taken = new PortTakenError('taken');

  it('tries anew with other ports', async () => {
    expect(await untilNotTaken(failing(taken, taken))).toBe(3);
  });

  it('gives up after the third time', async () => {
    await expect(untilNotTaken(failing(taken, taken, taken))).rejects.toBe(taken);
  });

  it('does not repeat what has another reason', async () => {
    const other = new EmbeddedError('no engine');
    await expect(untilNotTaken(failing(other))).rejects.toBe(other);
  });
});
