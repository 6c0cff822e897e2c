import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A port that leads to another one on this machine. */
export interface ClosingProxy {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Passes connections on, and closes each in order when whoever opened it is gone, also where that one reset it: the native protocol of
 * the embedded engine has nobody who catches a reset, and ends the whole server, which a server proper does not.
 */
export async function closingProxy(to: number): Promise<ClosingProxy> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => open.delete(socket));
    }
    client.on('data', (data) => void upstream.write(data));
    upstream.on('data', (data) => void (client.writable && client.write(data)));
    for (const gone of ['end', 'error', 'close'] as const) {
      client.on(gone, () => upstream.end());
      // One that is gone itself is gone at once: who waits for it must notice.
      upstream.on(gone, () => client.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
