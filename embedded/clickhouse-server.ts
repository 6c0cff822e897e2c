import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { get } from 'node:http';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { writeClickHouseConfig, type ClickHouseClusters, type ClickHouseUser } from './clickhouse-config.js';
import { serverEnvironment } from './environment.js';
import { EmbeddedError } from './errors.js';
import { findClickHouse, type ClickHouseEngine } from './find-clickhouse.js';
import { inUse, requireUnused } from './in-use.js';
import { choosePort, LOCALHOST, PortTakenError, untilNotTaken } from './ports.js';
import { restartable, type Restartable } from './restartable.js';
import { startProcess, type ServerProcess } from './server-process.js';
import { waitUntil } from './wait.js';

/** How to start ClickHouse. */
export interface ClickHouseOptions {
  /** Everything of this server is below it. Only one server at a time can use it. */
  dataDir: string;
  /** Preferred port of HTTP; a busy one is replaced by a free one, which `log` is told. Default: any free one. */
  port?: number | undefined;
  /** Users besides `default`, who may do everything and has no password. */
  users?: readonly ClickHouseUser[] | undefined;
  /** Port of the native protocol, over which servers of a cluster talk to each other. Default: none is opened. */
  tcpPort?: number | undefined;
  /** Clusters that it knows: `{ shards: [21001, 21002] }`, native ports on localhost, one a shard. */
  clusters?: ClickHouseClusters | undefined;
  /** Told what people may want to know: replaced ports, downloads, what the server prints, its unexpected end. */
  log?: ((line: string) => void) | undefined;
}

/** A ClickHouse server that ends with this process, also after its `kill -9`. */
export interface ClickHouseServer extends Restartable {
  readonly url: string;
  readonly port: number;
  /** Which engine was taken, for people. */
  readonly binary: string;
  readonly dataDir: string;
}

/** How long it may take to answer, in ms: it loads 540 MB, perhaps from a cold disk and beside other tests. */
const READY_WITHIN = 60_000;
/** After its stdin was closed it would wait 5 s for clients to close their idle connections. Less will do, in ms. */
const GRACE = 1_000;
const SERVE = "SYSTEM START LISTEN HTTP; SELECT count() FROM file('-', LineAsString)";
/** Before HTTP: who answers there is ready on both. */
const LISTEN_TCP = 'SYSTEM START LISTEN TCP; ';

/**
 * Starts a real ClickHouse server on localhost, and returns when it answers.
 *
 * @throws {EmbeddedError} when there is no engine, the data directory is in use, or it does not come up
 */
export async function startClickHouse(options: ClickHouseOptions): Promise<ClickHouseServer> {
  const { log, users, tcpPort, clusters } = options;
  const dataDir = resolve(options.dataDir);
  const engine = await findClickHouse({ log });
  const start = (port: number): Promise<ServerProcess> =>
    launch({ engine, dataDir, port, users, tcpPort, clusters, log });
  const { port, server } = await untilNotTaken(async () => {
    const port = await choosePort({ what: 'ClickHouse', preferred: options.port, log });
    return { port, server: await start(port) };
  });
  const url = `http://${LOCALHOST}:${port}`;
  return Object.assign(
    restartable(server, () => start(port)),
    { url, port, dataDir, binary: engine.from },
  );
}

interface Launch extends Pick<ClickHouseOptions, 'users' | 'tcpPort' | 'clusters' | 'log'> {
  engine: ClickHouseEngine;
  dataDir: string;
  port: number;
}

async function launch(options: Launch): Promise<ServerProcess> {
  const { engine, port, tcpPort, log } = options;
  await requireUnused(options.dataDir);
  const instance = randomUUID();
  const paths = await writeClickHouseConfig({ ...options, instance });
  // The tables of the database `system` are known in memory only, so a server can't create its logs where their files
  // of last time are.
  await rm(join(paths.data, 'data', 'system'), { recursive: true, force: true });
  const server = await startProcess({
    what: 'ClickHouse',
    command: engine.command,
    args: [
      ...engine.leadingArgs,
      `--config-file=${paths.config}`,
      `--path=${paths.data}`,
      // The only way to say it: what the configuration says is not heard.
      '--log-level=information',
      `--listen_host=${LOCALHOST}`,
      `--http_port=${port}`,
      ...(tcpPort === undefined ? [] : [`--tcp_port=${tcpPort}`]),
      '--multiquery',
      `--query=${tcpPort === undefined ? '' : LISTEN_TCP}${SERVE}`,
    ],
    cwd: paths.cwd,
    env: serverEnvironment(),
    endsWithStdin: 'self',
    graceMs: GRACE,
    log,
    banner: /^Logging \w+ to /,
  });
  const ready = await waitUntil(() => answers(port, instance), { ms: READY_WITHIN, giveUp: () => !server.running });
  if (ready) return server;
  const how = server.running ? `no answer within ${READY_WITHIN / 1_000} s` : await server.exited;
  await server.stop();
  throw failure(server.lastLines(), how, options);
}

/** Whether it is our server that answers on this port, and not another one that took it first. */
function answers(port: number, instance: string): Promise<boolean> {
  return new Promise((resolve) => {
    const path = `/?query=${encodeURIComponent("SELECT getMacro('instance')")}`;
    // No connection is kept open, for which the server would wait when it ends.
    const request = get({ host: LOCALHOST, port, path, agent: false, timeout: 2_000 }, (response) => {
      text(response).then(
        (body) => resolve(body.trim() === instance),
        () => resolve(false),
      );
    });
    request.on('timeout', () => request.destroy()).on('error', () => resolve(false));
  });
}

function failure(output: string, how: string, { engine, dataDir, port }: Launch): EmbeddedError {
  if (output.includes('Cannot lock file')) {
    return inUse(dataDir);
  }
  if (output.includes('Address already in use')) {
    return new PortTakenError(`ClickHouse: port ${port} is taken by another process. Stop it, or take another port.`);
  }
  return new EmbeddedError(`ClickHouse (${engine.from}) did not start: ${how}.\n${output}\nIts logs: ${dataDir}`);
}
