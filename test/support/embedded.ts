import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { startClickHouse, type ClickHouseOptions, type ClickHouseServer } from '../../embedded/clickhouse-server.js';
import { run } from '../../embedded/run.js';
import { startTemporal, type TemporalOptions, type TemporalServer } from '../../embedded/temporal-server.js';
import { serverDirectory } from './server-directory.js';

/** A folder for each test, or for all tests of a file or `describe`, and the servers that are started there: stopped, and proven gone, after it. */
export interface Embedded {
  readonly folder: string;
  /** Processes of these servers: all have its folder in their command line. */
  processes(): Promise<string[]>;
  clickhouse(options?: Partial<ClickHouseOptions>): Promise<ClickHouseServer>;
  temporal(options?: TemporalOptions): Promise<TemporalServer>;
  /** Has a server stopped too. */
  keep<T extends { stop(): Promise<void> }>(server: T): T;
}

/** Call it at the top of a test file, or of a `describe` whose tests share their servers. */
export function useEmbedded(per: 'test' | 'describe' = 'test'): Embedded {
  const [before, after] = per === 'test' ? [beforeEach, afterEach] : [beforeAll, afterAll];
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

  before(() => {
    folder = serverDirectory();
  });
  afterEach(() => void vi.unstubAllEnvs());
  after(async () => {
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
