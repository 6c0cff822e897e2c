import { chmod, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { startClickHouse, type ClickHouseServer } from '../../embedded/clickhouse-server.js';
import { EmbeddedError } from '../../embedded/errors.js';
import { findClickHouse } from '../../embedded/find-clickhouse.js';
import { LOCALHOST } from '../../embedded/ports.js';
import { waitUntil } from '../../embedded/wait.js';
import { query, useEmbedded } from '../support/embedded.js';

describe('startClickHouse', () => {
  const embedded = useEmbedded();

  it('keeps tables through stop and kill -9, on the same port, and logs queries and parts each time', async () => {
    const server = await embedded.clickhouse();
    const { port } = server;
    await query(server, 'CREATE DATABASE m ENGINE = Atomic');
    await query(server, 'CREATE TABLE m.t (x UInt32) ENGINE = MergeTree ORDER BY x');
    const pids = [server.pid];
    for (const [i, end] of (['restart', 'kill', 'stop', 'kill'] as const).entries()) {
      expect(await query(server, `INSERT INTO m.t VALUES (${i})`)).toBe('');
      const logged = async (): Promise<boolean> => {
        const parts = "SELECT count() > 0 FROM system.part_log WHERE database = 'm' AND event_type = 'NewPart'";
        const queries = `SELECT count() > 0 FROM system.query_log WHERE query ILIKE 'INSERT INTO m.t%'`;
        return (await query(server, parts)) === '1' && (await query(server, queries)) === '1';
      };
      expect(await waitUntil(logged, { ms: 30_000 })).toBe(true);
      if (end !== 'restart') await server[end]();
      await server.restart();
      pids.push(server.pid);
    }
    expect(server.port).toBe(port);
    expect(new Set(pids).size).toBe(pids.length);
    expect(await query(server, 'SELECT groupArray(x) FROM (SELECT x FROM m.t ORDER BY x)')).toBe('[0,1,2,3]');
  });

  it('runs a real clickhouse binary too', async () => {
    // What this machine has, behind a command of that name.
    const { command, leadingArgs } = await findClickHouse();
    const path = join(embedded.folder, 'bin-clickhouse');
    const quoted = [command, ...leadingArgs].map((word) => `'${word}'`).join(' ');
    await writeFile(
      path,
      `#!/bin/sh\n[ "$2" = --version ] && exec echo "ClickHouse local version 26.5.1.1."\nshift; exec ${quoted} "$@"\n`,
    );
    await chmod(path, 0o755);
    vi.stubEnv('CLICKHOUSE_BINARY', path);
    const server = await embedded.clickhouse();
    expect(server.binary).toBe(`CLICKHOUSE_BINARY, ${path}`);
    expect(await query(server, 'SELECT 1')).toBe('1');
  });

  it('says what the engine said when it does not start', async () => {
    vi.stubEnv('CLICKHOUSE_BINARY', join(embedded.folder, 'broken'));
    const script =
      '[ "$2" = --version ] && exec echo "ClickHouse local version 26.5.1.1."; echo "libssl is missing" >&2; exit 9';
    await writeFile(join(embedded.folder, 'broken'), `#!/bin/sh\n${script}\n`);
    await chmod(join(embedded.folder, 'broken'), 0o755);
    await expect(startClickHouse({ dataDir: embedded.folder })).rejects.toThrow(
      /did not start: exit code 9\.\nlibssl is missing/,
    );
  });
});

describe('a ClickHouse server', () => {
  const embedded = useEmbedded('describe');
  const analyst = { name: 'analyst', password: 'a<b&c', readonly: true };
  const worker = {
    name: 'worker',
    password: 'w',
    grants: ['GRANT SELECT ON m.*', 'GRANT CREATE DATABASE ON m.*', 'GRANT TABLE ENGINE ON Atomic'],
  };
  const small = { name: 'small', password: 's', settings: { max_memory_usage: 1_000_000 } };
  let server: ClickHouseServer;

  beforeAll(async () => {
    server = await embedded.clickhouse({ users: [analyst, worker, small] });
  });

  it('serves queries, the play page and metrics', async () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(server.binary).toMatch(/^(package @chdb|PATH|CLICKHOUSE_BINARY)/);
    expect(await query(server, "SELECT toUInt32(splitByChar('.', version())[1]) >= 26, timezone()")).toBe('1\tUTC');
    expect((await fetch(`${server.url}/play`)).status).toBe(200);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('ClickHouseProfileEvents_Query');
    const pool = "SELECT value FROM system.server_settings WHERE name = 'background_pool_size'";
    expect(await query(server, pool)).toBe('16');
  });

  it('has the users that were asked for, with what they may do', async () => {
    expect(await query(server, 'CREATE DATABASE m ENGINE = Atomic', worker)).toBe('');
    expect(await query(server, 'CREATE TABLE m.t (x UInt8) ENGINE = MergeTree ORDER BY x', worker)).toContain(
      'ACCESS_DENIED',
    );
    expect(await query(server, 'CREATE TABLE m.t (x UInt8) ENGINE = MergeTree ORDER BY x')).toBe('');
    expect(await query(server, 'SELECT count() FROM m.t', worker)).toBe('0');
    expect(await query(server, 'SELECT count() FROM m.t SETTINGS max_threads = 1', analyst)).toBe('0');
    expect(await query(server, 'INSERT INTO m.t VALUES (1)', analyst)).toContain('READONLY');
    expect(await query(server, 'SELECT 1', { ...analyst, password: 'wrong' })).toContain('AUTHENTICATION_FAILED');
    expect(await query(server, 'SELECT 1', small)).toBe('1');
    const large = 'SELECT uniqExact(number) FROM numbers(1000000)';
    expect(await query(server, large, small)).toContain('MEMORY_LIMIT_EXCEEDED');
  });

  it('says it when another server uses the data directory, and does the other one no harm', async () => {
    const second = startClickHouse({ dataDir: server.dataDir });
    await expect(second).rejects.toThrow(EmbeddedError);
    await expect(second).rejects.toThrow(`Another ClickHouse server uses the data directory ${server.dataDir}.`);
    expect(await query(server, 'SELECT 1')).toBe('1');
  });

  it('takes another port for a busy one, and says so', async () => {
    const lines: string[] = [];
    const dataDir = join(embedded.folder, 'second');
    const second = await embedded.clickhouse({ dataDir, port: server.port, log: (line) => lines.push(line) });
    expect(second.port).not.toBe(server.port);
    expect(lines).toContain(`ClickHouse: port ${server.port} is busy, taking ${second.port} instead`);
  });

  it('restarts on its own port only', async () => {
    await server.stop();
    const other = createServer((socket) => socket.resume()).listen(server.port, LOCALHOST);
    await expect(server.restart()).rejects.toThrow(`ClickHouse: port ${server.port} is taken by another process`);
    await new Promise((resolve) => other.close(resolve));
    await server.restart();
    expect(await query(server, 'SELECT 1')).toBe('1');
  });

  it('stops any number of times, soon, with idle clients and a running query', async () => {
    const agent = new Agent({ keepAlive: true });
    const sleeper = encodeURIComponent('SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1');
    const running = new Promise((resolve) =>
      get(`${server.url}/?query=${sleeper}`, { agent }).on('error', resolve).on('close', resolve),
    );
    const busy = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleepEachRow%'";
    expect(await waitUntil(async () => (await query(server, busy)) === '1', { ms: 5_000 })).toBe(true);
    const start = Date.now();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(Date.now() - start).toBeLessThan(5_000);
    await running;
    agent.destroy();
  });
});
