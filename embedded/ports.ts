import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { EmbeddedError } from './errors.js';

/** The only address that embedded servers listen on. */
export const LOCALHOST = '127.0.0.1';

/**
 * Where free ports are sought: below the ports that systems give to outgoing connections (from 32768 on Linux, 49152 on
 * macOS). In that range a client that keeps trying while its server restarts can be given the server's port as its own.
 */
const FREE_PORTS = { from: 20_000, below: 32_768 };
const TRIES = 50;

/** A port was free when it was chosen, and somebody else was faster. */
export class PortTakenError extends EmbeddedError {}

/**
 * Chooses a port: the preferred one if it is free, else any free one, which is then told to `log`.
 * Nothing reserves it: see `untilNotTaken`.
 *
 * @throws {EmbeddedError} when the preferred port is none (1–65535)
 */
export async function choosePort(options: {
  /** Who asks, for people: "ClickHouse". */
  what: string;
  /** Without one, any free port. */
  preferred?: number | undefined;
  /** Chosen already for another server. */
  except?: number | undefined;
  log?: ((line: string) => void) | undefined;
}): Promise<number> {
  const { what, preferred, except, log } = options;
  if (preferred === undefined) return freePort(except);
  if (!Number.isInteger(preferred) || preferred < 1 || preferred > 65_535) {
    throw new EmbeddedError(`${what}: ${preferred} is not a port. Give one between 1 and 65535, or none at all.`);
  }
  if (preferred !== except && (await isFree(preferred))) return preferred;
  const port = await freePort(except);
  log?.(`${what}: port ${preferred} is busy, taking ${port} instead`);
  return port;
}

/** Chooses ports and starts a server with them, anew when one of them was taken in between, at most 3 times. */
export async function untilNotTaken<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === 3) throw error;
    }
  }
}

/** A port that nothing listens on right now. */
export async function freePort(except?: number): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = randomInt(FREE_PORTS.from, FREE_PORTS.below);
    if (port !== except && (await isFree(port))) return port;
  }
  throw new EmbeddedError(`No free port between ${FREE_PORTS.from} and ${FREE_PORTS.below} in ${TRIES} tries.`);
}

/** Whether a server could listen on this port of localhost now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOCALHOST, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Whether something listens on this port of localhost. Cheap: for waiting before the first real request. */
export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOCALHOST, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
