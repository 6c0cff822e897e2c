import { join } from 'node:path';
import type { ClickHouseUser } from '../../embedded/clickhouse-config.js';
import { startClickHouse, type ClickHouseServer } from '../../embedded/clickhouse-server.js';
import { freePort } from '../../embedded/ports.js';
import { closingProxy } from './closing-proxy.js';
import { forTests } from './for-tests.js';
import { temporaryDirectory } from './temporary-directory.js';

/** Real servers that reach each other over the native protocol. */
export interface Shards {
  readonly servers: readonly ClickHouseServer[];
  /** Runs statements on every server, one after the other. */
  everywhere(...statements: readonly string[]): Promise<void>;
  /** What one server answers. @throws an error with the server's message */
  on(shard: number, statement: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts `n` servers. Each knows the cluster `shards`, all of them, and the cluster `others`, all but the first: for the first one a cluster
 * that it is no part of. Each has these users, besides `default`, as which they ask each other.
 */
export async function startShards(n: number, users: readonly ClickHouseUser[] = []): Promise<Shards> {
  const ports: number[] = [];
  while (ports.length < n) {
    const port = await freePort(ports.at(-1));
    if (!ports.includes(port)) ports.push(port);
  }
  const [own = 0, ...rest] = ports;
  const proxies = await Promise.all(rest.map(closingProxy));
  const others = proxies.map(({ port }) => port);
  // The first server must know itself: it reads its own rows without a connection.
  const clusters = { shards: [own, ...others], others };
  const folder = temporaryDirectory();
  const started = await Promise.allSettled(
    ports.map((tcpPort, shard) =>
      startClickHouse({ dataDir: forTests(join(folder, `shard-${shard}`)), tcpPort, clusters, users }),
    ),
  );
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all([...servers.map((server) => server.stop()), ...proxies.map((proxy) => proxy.close())]);
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const on = async (shard: number, statement: string): Promise<string> => {
    const response = await fetch(`${String(servers[shard]?.url)}/?wait_end_of_query=1`, {
      method: 'POST',
      body: statement,
    });
    const answer = (await response.text()).trim();
    if (!response.ok) throw new Error(`shard ${shard}: ${answer}`);
    return answer;
  };
  return {
    servers,
    on,
    stop,
    async everywhere(...statements) {
      for (const shard of servers.keys()) for (const statement of statements) await on(shard, statement);
    },
  };
}
