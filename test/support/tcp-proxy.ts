import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can be cut, or lose answers. */
export interface TcpProxy {
  readonly url: string;
  /** Answers on connections whose requests hold this text are lost from now on: the connection stays, and nothing comes. */
  swallowAnswersTo(text: string | undefined): void;
  /** Resets every connection. */
  reset(): void;
  close(): Promise<void>;
}

/** Forwards to the server at `url`. */
export async function tcpProxy(url: string): Promise<TcpProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let lost: string | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let swallows = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (data: Buffer) => {
      swallows ||= lost !== undefined && data.includes(lost);
      upstream.write(data);
    });
    upstream.on('data', (data: Buffer) => {
      if (!swallows) client.write(data);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    swallowAnswersTo: (text) => (lost = text),
    reset: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    async close() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}
