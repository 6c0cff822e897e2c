import type { Writable } from 'node:stream';

/** A stream that may be a terminal. */
export type Stream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What runs a command: a process, or a test. */
export interface Host {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where `.env` and `llma.config.json` are looked for. */
  readonly directory: string;
  /** Calls `listener` when the command is asked to end, until the function that it returns is called. */
  onStop(listener: (signal: StopSignal) => void): () => void;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

/** This process. */
export function processHost(): Host {
  // Who reads our output may stop reading: `llma show … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    directory: process.cwd(),
    onStop(listener) {
      process.on('SIGINT', listener).on('SIGTERM', listener);
      return () => process.off('SIGINT', listener).off('SIGTERM', listener);
    },
  };
}
