import { createServer, type AddressInfo } from 'node:net';
import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogEntry } from '@temporalio/worker';
import type { WorkerSettings } from '../config/settings.js';

/**
 * Installs the SDK's runtime of this process: structured logs, one JSON object a line on standard error, and metrics.
 * @param shutdownSignals that end its workers gracefully.
 * @returns the address of the metrics exporter.
 */
export async function installRuntime(
  { logLevel }: WorkerSettings,
  shutdownSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGQUIT'],
): Promise<string> {
  const exporter = `127.0.0.1:${await freePort()}`;
  Runtime.install({
    logger: new DefaultLogger(logLevel, writeLine),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      metrics: { prometheus: { bindAddress: exporter } },
    },
    shutdownSignals: [...shutdownSignals],
  });
  return exporter;
}

function writeLine({ level, message, timestampNanos, meta }: LogEntry): void {
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const error: unknown = meta?.['error'];
  const details = { ...meta, ...(error instanceof Error ? { error: error.message } : {}) };
  process.stderr.write(`${JSON.stringify({ time, level, message, ...details }, plain)}\n`);
}

/** Symbols and big numbers, which JSON can't hold. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** The exporter can't tell which port it took, so it is given one that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
