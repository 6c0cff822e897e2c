import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A statement as it came over HTTP. */
export interface Statement {
  readonly sql: string;
  readonly settings: URLSearchParams;
}

/** A server that accepts every statement, answers no rows, and keeps what it was sent: for what the embedded engine can't run. */
export async function fakeClickHouse(): Promise<{ url: string; statements: Statement[]; close(): Promise<void> }> {
  const statements: Statement[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const settings = new URL(request.url ?? '/', 'http://x').searchParams;
      const body = Buffer.concat(chunks).toString();
      statements.push({ sql: settings.get('query') ?? body, settings });
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    statements,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
