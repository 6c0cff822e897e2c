import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A way to a server that has no place for anything the first time. */
export interface CrowdedProxy {
  readonly url: string;
  /** First words of the statements that were refused: `INSERT INTO`. */
  readonly refused: ReadonlySet<string>;
  close(): Promise<void>;
}

const REFUSAL =
  'Code: 202. DB::Exception: Too many simultaneous queries for user etl. Current: 2, maximum: 2. (TOO_MANY_SIMULTANEOUS_QUERIES) (version 26.7.2.1)';

/** Forwards to `url`, and refuses each statement once, as ClickHouse does where a user's queries take all places. */
export async function crowdedProxy(url: string): Promise<CrowdedProxy> {
  const seen = new Set<string>();
  const refused = new Set<string>();
  const server = createServer((from, to) => {
    const chunks: Buffer[] = [];
    from.on('data', (chunk: Buffer) => chunks.push(chunk));
    from.on('end', () => {
      const body = Buffer.concat(chunks);
      const parameters = new URL(from.url ?? '/', url).searchParams;
      // Said again it has another id, and other lines between its parameters.
      const boundary = /boundary=(\S+)/.exec(from.headers['content-type'] ?? '')?.[1] ?? '\n';
      const said = `${parameters.get('query') ?? ''}${body.toString().replaceAll(boundary, '')}`;
      if (!seen.has(said)) {
        seen.add(said);
        const text = said.replaceAll(/^--.*\n/gm, '');
        refused.add(
          /\b(?:INSERT|SELECT|CREATE|DROP|ALTER|KILL|DELETE|DESCRIBE|EXPLAIN)\b\s+\w+/.exec(text)?.[0] ?? text,
        );
        to.writeHead(500, { 'X-ClickHouse-Exception-Code': '202' }).end(REFUSAL);
        return;
      }
      const { method, headers } = from;
      const onward = request(new URL(from.url ?? '/', url), { method, headers }, (answer) => {
        to.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(to);
      });
      onward.on('error', () => to.destroy());
      onward.end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
