import type { ServerProcess } from './server-process.js';

/** What one can do to a server that was started. */
export interface Restartable {
  /** Process id of the running server, or of the last one. */
  readonly pid: number;
  /** Resolves, and never rejects, when that server has ended, whoever wanted it, with how. */
  readonly exited: Promise<string>;
  /** Ends it; what is on disk stays. Any number of calls. */
  stop(): Promise<void>;
  /** SIGKILL: what a crash does to it. */
  kill(): Promise<void>;
  /** Starts it again with the same ports and data, after `stop` and `kill` too. */
  restart(): Promise<void>;
}

/** Keeps a server and starts its successors. Calls take effect one after the other, so that a late one loses none. */
export function restartable(first: ServerProcess, start: () => Promise<ServerProcess>): Restartable {
  let server = first;
  let last: Promise<unknown> = Promise.resolve();
  function inTurn(action: () => Promise<void>): Promise<void> {
    const result = last.then(action);
    last = result.catch(() => undefined);
    return result;
  }
  return {
    get pid() {
      return server.pid;
    },
    get exited() {
      return server.exited;
    },
    stop: () => inTurn(() => server.stop()),
    kill: () => inTurn(() => server.kill()),
    restart: () =>
      inTurn(async () => {
        await server.stop();
        server = await start();
      }),
  };
}
