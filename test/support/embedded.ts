import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { startClickHouse, type ClickHouseOptions, type ClickHouseServer } from '../../embedded/clickhouse-server.js';
import { run } from '../../embedded/run.js';
import { startTemporal, type TemporalOptions, type TemporalServer } from '../../embedded/temporal-server.js';

/** A folder for each test, and the servers that it starts there, which are stopped, and proven gone, after it. */
export interface Embedded {
  readonly folder: string;
  /** Processes of this test's servers: all have its folder in their command line. */
  processes(): Promise<string[]>;
  clickhouse(options?: Partial<ClickHouseOptions>): Promise<ClickHouseServer>;
  temporal(options?: TemporalOptions): Promise<TemporalServer>;
  /** Has a server stopped after the test. */
  keep<T extends { stop(): Promise<void> }>(server: T): T;
}

/** Call it at the top of a test file. */
export function useEmbedded(): Embedded {
  let folder = '';
  const servers: { stop(): Promise<void> }[] = [];

  function keep<T extends { stop(): Promise<void> }>(server: T): T {
    servers.push(server);
    return server;
  }
  async function processes(): Promise<string[]> {
    const lines = await run('ps', ['-ww', '-A', '-o', 'pid=,command=']);
    return lines.split('\n').filter((line) => line.includes(folder) && !line.includes('--input-type=module'));
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llma-embedded-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    expect(await processes()).toEqual([]);
    await rm(folder, { recursive: true, force: true });
  });

  return {
    get folder() {
      return folder;
    },
    processes,
    keep,
    clickhouse: async (options) => keep(await startClickHouse({ dataDir: join(folder, 'clickhouse'), ...options })),
    temporal: async (options) => keep(await startTemporal({ dataDir: join(folder, 'temporal'), ...options })),
  };
}

/** What the server answers to a statement, or its error message. */
export async function query(
  server: ClickHouseServer,
  sql: string,
  user?: { name: string; password: string },
): Promise<string> {
  const headers = user && { 'X-ClickHouse-User': user.name, 'X-ClickHouse-Key': user.password };
  const response = await fetch(server.url, { method: 'POST', body: sql, ...(headers && { headers }) });
  return (await response.text()).trim();
}
