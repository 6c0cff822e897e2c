import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatementKind } from './plan.js';
import { statementKind } from './statement.js';

/** What may be done to a statement on its way. */
export type Treatment =
  /** It arrives after so many ms. */
  | { readonly do: 'delay'; readonly ms: number }
  /** The server does the work, and the answer is never delivered: the connection is cut instead. */
  | { readonly do: 'swallow' }
  /** The connection is cut at once, and the statement arrives after so many ms all the same. */
  | { readonly do: 'late'; readonly ms: number }
  /** The server never sees it: the proxy itself answers with this error. */
  | { readonly do: 'answer'; readonly code: number; readonly name: string }
  /** The server runs it with these settings. */
  | { readonly do: 'set'; readonly settings: Readonly<Record<string, string>> };

export interface Rule {
  readonly treatment: Treatment;
  /** Only statements of this kind. */
  readonly kind?: StatementKind;
  /** How many statements it treats. Default: all, until it is removed. */
  times?: number;
}

type Watcher = (kind: StatementKind) => void;

/** What a worker takes for ClickHouse. One worker's, so that it alone may be cut off. */
export class Proxy {
  readonly #upstream: URL;
  readonly #rules = new Set<Rule>();
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<Watcher>();
  readonly #server = createServer((request, response) => {
    // Whatever happens on the way: the client sees a connection that breaks.
    this.#handle(request, response).catch(() => request.socket.destroy());
  });
  /** Rules that have met a statement. */
  treated = 0;

  constructor(upstream: string) {
    this.#upstream = new URL(upstream);
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket)));
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(rule: Rule): () => void {
    this.#rules.add(rule);
    return () => this.#rules.delete(rule);
  }

  /** Cuts every connection: the server sees its clients go, too. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Told of each statement at the moment at which it goes to the server. @returns how to stop it */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Clean again. */
  clear(): void {
    this.#rules.clear();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const path = request.url ?? '/';
    const kind = statementKind(path, body.toString('utf8'));
    const treatment = this.#take(kind);
    const statement = { path, body, method: request.method ?? 'POST', headers: request.headers };
    const tell = () => this.#watchers.forEach((watcher) => watcher(kind));
    switch (treatment?.do) {
      case 'answer':
        return answer(response, treatment);
      case 'late':
        request.socket.destroy();
        await sleep(treatment.ms);
        return this.#send(statement, tell).then((arrived) => void arrived.resume());
      case 'swallow':
        // The work is done when the answer begins: the server is asked to hold it back until then.
        (await this.#send(statement, tell)).resume();
        request.socket.destroy();
        return;
      case 'set':
        statement.path = withSettings(path, treatment.settings);
        break;
      case 'delay':
        await sleep(treatment.ms);
        break;
      case undefined:
    }
    // A client that has gone takes its statement with it, as far as it has come.
    if (response.destroyed) return;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const answered = await this.#send(statement, tell, gone.signal);
    // Whether the connection is kept is between us and each of the two.
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = answered.headers;
    response.writeHead(answered.statusCode ?? 502, headers);
    answered.once('error', () => request.socket.destroy()).pipe(response);
  }

  #take(kind: StatementKind): Treatment | undefined {
    for (const rule of this.#rules) {
      if (rule.kind !== undefined && rule.kind !== kind) continue;
      if (rule.times !== undefined && --rule.times <= 0) this.#rules.delete(rule);
      this.treated += 1;
      return rule.treatment;
    }
    return undefined;
  }

  #send({ path, method, headers, body }: Statement, tell: () => void, signal?: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { hostname: host, port } = this.#upstream;
      const options = { host, port, path, method, headers: { ...headers, connection: 'close' }, agent: false };
      const request = httpRequest({ ...options, ...(signal ? { signal } : {}) }, resolve).once('error', reject);
      request.end(body, tell);
    });
  }
}

interface Statement {
  path: string;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function answer(response: ServerResponse, { code, name }: { code: number; name: string }): void {
  const headers = { 'x-clickhouse-exception-code': String(code), connection: 'close', 'content-type': 'text/plain' };
  response.writeHead(500, headers).end(`Code: ${code}. DB::Exception: answered by a proxy. (${name}) (version 26.7)\n`);
}

function withSettings(path: string, settings: Readonly<Record<string, string>>): string {
  const url = new URL(path, 'http://any');
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
  return `${url.pathname}${url.search}`;
}
