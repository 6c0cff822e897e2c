import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Issued } from './certificates.js';

/** TLS before a server that has none: whoever connects is passed on in plain text. */
export interface TlsProxy {
  readonly port: number;
  close(): Promise<void>;
}

export async function tlsProxy(target: { host: string; port: number }, { cert, key }: Issued): Promise<TlsProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1'] }, (client) => {
    const upstream = connect(target);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
