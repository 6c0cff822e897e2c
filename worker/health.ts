import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartError } from './start-error.js';

export interface HealthServer {
  /** `http://host:port`. */
  readonly url: string;
  close(): Promise<void>;
}

export interface HealthOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** What the worker does now; it is healthy while RUNNING. */
  readonly state: () => string;
  /** Address of the SDK's own Prometheus exporter, `host:port`. */
  readonly exporter: string;
}

/**
 * Serves `/healthz` (200 while the worker runs, else 503) and `/metrics` (the SDK's metrics for Prometheus).
 * @throws StartError when nothing can listen there.
 */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      response.writeHead(502, { 'content-type': 'text/plain' }).end(`${String(error)}\n`);
    });
  });
  const [host, port] = options.address.split(':');
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) => {
      const remedy = 'set LLMA_WORKER_ADDRESS to another address; port 0 takes a free one';
      reject(new StartError(`the worker can't serve its health at ${options.address} (${message}): ${remedy}`));
    });
    server.listen(Number(port), host, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { state, exporter }: HealthOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.url === '/healthz') {
    const now = state();
    response.writeHead(now === 'RUNNING' ? 200 : 503, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify({ state: now })}\n`);
  } else if (request.url === '/metrics') {
    const metrics = await fetch(`http://${exporter}/metrics`);
    response.writeHead(metrics.status, { 'content-type': 'text/plain; version=0.0.4' }).end(await metrics.text());
  } else {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('there are /healthz and /metrics\n');
  }
}
