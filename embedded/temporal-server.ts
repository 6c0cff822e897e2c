import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { serverEnvironment } from './environment.js';
import { EmbeddedError } from './errors.js';
import { findTemporal, type Found } from './find-temporal.js';
import { makeDirectory } from './make-directory.js';
import { choosePort, isOpen, LOCALHOST, PortTakenError, untilNotTaken } from './ports.js';
import { restartable, type Restartable } from './restartable.js';
import { run } from './run.js';
import { ensureSearchAttributes, type SearchAttribute } from './search-attributes.js';
import { startProcess, type ServerProcess } from './server-process.js';
import { waitUntil } from './wait.js';

/** How to start Temporal. */
export interface TemporalOptions {
  /** Folder of its SQLite file; without one, everything is in memory and gone when it ends. */
  dataDir?: string | undefined;
  /** Preferred port of gRPC; a busy one is replaced by a free one, which `log` is told. Default: any free one. */
  port?: number | undefined;
  /** Preferred port of the UI, likewise. */
  uiPort?: number | undefined;
  searchAttributes?: readonly SearchAttribute[] | undefined;
  /** Its nice value. Default: 10, so that whoever asks ClickHouse on the same machine for a number is served before the pipeline. */
  nice?: number | undefined;
  /** Told what people may want to know: replaced ports, downloads, what the server prints. */
  log?: ((line: string) => void) | undefined;
}

/** A Temporal server that ends with this process, also after its `kill -9`. */
export interface TemporalServer extends Restartable {
  /** host:port of gRPC. */
  readonly address: string;
  readonly port: number;
  readonly uiUrl: string;
  /** Path of the `temporal` command, and where it was taken from, for people. */
  readonly binary: string;
  /** Path of the `temporal` command. */
  readonly cliPath: string;
}

const DATABASE_FILE = 'temporal.db';
const PID_FILE = 'temporal.pid';
/** How long it may take to answer, in ms. */
const READY_WITHIN = 60_000;
/** How long it may take to end after SIGTERM, in ms. */
const GRACE = 5_000;

/**
 * What the development server leaves on the table, measured: without the first, a fixed 40 ms before each workflow task;
 * without the second, runs shorter than a second wait for it to pass before they continue as new.
 */
const DYNAMIC_CONFIG = ['history.transferProcessorMaxPollRPS=2000', 'history.workflowIdReuseMinimalInterval="0s"'];
/** Its file is written by one process of ours alone: 2–4 ms less a workflow task. */
const SQLITE_PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'];

/**
 * Starts a real Temporal server with its UI on localhost, and returns when it answers.
 *
 * @throws {EmbeddedError} when there is no `temporal` command or it does not come up
 */
export async function startTemporal(options: TemporalOptions = {}): Promise<TemporalServer> {
  const { log, nice = 10, searchAttributes = [] } = options;
  const dataDir = options.dataDir === undefined ? undefined : resolve(options.dataDir);
  const cli = await findTemporal({ log });
  const start = (ports: Ports): Promise<ServerProcess> =>
    launch({ cli, dataDir, searchAttributes, nice, log, ...ports });
  const { ports, server } = await untilNotTaken(async () => {
    const port = await choosePort({ what: 'Temporal', preferred: options.port, log });
    const uiPort = await choosePort({ what: "Temporal's UI", preferred: options.uiPort, except: port, log });
    const ports = { port, uiPort };
    return { ports, server: await start(ports) };
  });
  return Object.assign(
    restartable(server, () => start(ports)),
    {
      address: `${LOCALHOST}:${ports.port}`,
      port: ports.port,
      uiUrl: `http://${LOCALHOST}:${ports.uiPort}`,
      binary: `${cli.path} (${cli.from})`,
      cliPath: cli.path,
    },
  );
}

interface Ports {
  port: number;
  uiPort: number;
}

interface Launch extends Ports {
  cli: Found;
  dataDir: string | undefined;
  searchAttributes: readonly SearchAttribute[];
  nice: number;
  log: TemporalOptions['log'];
}

async function launch(options: Launch): Promise<ServerProcess> {
  const { cli, dataDir, port, nice, log } = options;
  if (dataDir) await claim(dataDir);
  const server = await startProcess({
    what: 'Temporal',
    command: cli.path,
    args: serverArgs(options),
    cwd: dataDir ?? tmpdir(),
    env: serverEnvironment(),
    endsWithStdin: 'watchdog',
    nice,
    graceMs: GRACE,
    log,
    banner: /^Temporal (CLI|Server|Persistence|UI|Metrics)\b/,
  });
  if (dataDir) await writeFile(join(dataDir, PID_FILE), String(server.pid));
  const ready = await waitUntil(() => answers(port), { ms: READY_WITHIN, giveUp: () => !server.running });
  if (!ready || !server.running) {
    const how = server.running ? `no answer within ${READY_WITHIN / 1_000} s` : await server.exited;
    await server.stop();
    throw failure(server.lastLines(), how, options);
  }
  try {
    await connected(port, (connection) => ensureSearchAttributes(connection, options.searchAttributes));
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * SQLite lets two servers work on one file, and both would believe that its workflows are theirs.
 *
 * @throws {EmbeddedError} when a server runs that was started with this directory
 */
async function claim(dataDir: string): Promise<void> {
  await makeDirectory(dataDir);
  const pid = await readFile(join(dataDir, PID_FILE), 'utf8').catch(() => undefined);
  if (!pid) return;
  // The id alone may be another process's by now.
  const command = await run('ps', ['-ww', '-o', 'command=', '-p', pid]).catch(() => '');
  if (!command.includes(join(dataDir, DATABASE_FILE))) return;
  throw new EmbeddedError(
    `Another Temporal server (process ${pid}) uses the data directory ${dataDir}. Stop it, or take another directory.`,
  );
}

function serverArgs({ dataDir, port, uiPort, searchAttributes }: Launch): string[] {
  const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value]);
  return [
    ...['server', 'start-dev', '--headless=false', '--ip', LOCALHOST, '--port', `${port}`, '--ui-port', `${uiPort}`],
    ...(dataDir ? ['--db-filename', join(dataDir, DATABASE_FILE), ...each('--sqlite-pragma', SQLITE_PRAGMAS)] : []),
    ...each('--dynamic-config-value', DYNAMIC_CONFIG),
    ...each(
      '--search-attribute',
      searchAttributes.map(({ name, type }) => `${name}=${type}`),
    ),
  ];
}

/** Whether it serves workflows: the namespace is there, not only the port. */
async function answers(port: number): Promise<boolean> {
  // A gRPC client that comes too early waits a second before it tries again.
  if (!(await isOpen(port))) return false;
  try {
    await connected(port, ({ workflowService }) => workflowService.describeNamespace({ namespace: 'default' }));
    return true;
  } catch {
    return false;
  }
}

async function connected<T>(port: number, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: `${LOCALHOST}:${port}`, connectTimeout: 2_000 });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

function failure(output: string, how: string, { cli, port, uiPort }: Launch): EmbeddedError {
  if (output.includes('address already in use')) {
    const ports = `${port} or, of its UI, ${uiPort}`;
    return new PortTakenError(`Temporal: port ${ports} is taken by another process. Stop it, or take another port.`);
  }
  return new EmbeddedError(`Temporal (${cli.path}, ${cli.from}) did not start: ${how}.\n${output}`);
}
