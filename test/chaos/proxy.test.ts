import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../support/temporal-wait-for.js';
import { Proxy } from './proxy.js';

const arrived: string[] = [];
const settings: string[] = [];
const server = createServer((request, response) => {
  void text(request).then((body) => {
    arrived.push(body);
    settings.push(request.url ?? '');
    response.end(`answer to ${body}`);
  });
});
let proxy: Proxy;
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = new Proxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  url = await proxy.open();
});

afterEach(() => {
  proxy.clear();
  arrived.length = settings.length = 0;
});

afterAll(async () => {
  await proxy.close();
  server.close();
});

async function say(body: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', body });
  return `${response.status} ${await response.text()}`;
}

test('without a rule, everything passes', async () => {
  expect(await say('SELECT 1')).toBe('200 answer to SELECT 1');
});

test('an answer is swallowed after the server did the work, once', async () => {
  proxy.add({ treatment: { do: 'swallow' }, kind: 'swap', times: 1 });
  expect(await say('SELECT 1')).toBe('200 answer to SELECT 1');
  await expect(say('REPLACE PARTITION 1')).rejects.toThrow();
  expect(arrived).toEqual(['SELECT 1', 'REPLACE PARTITION 1']);
  expect(await say('REPLACE PARTITION 2')).toBe('200 answer to REPLACE PARTITION 2');
});

test('a late statement arrives after its connection is gone', async () => {
  proxy.add({ treatment: { do: 'late', ms: 50 }, times: 1 });
  await expect(say('DROP TABLE a')).rejects.toThrow();
  expect(arrived).toEqual([]);
  await waitFor('the statement', () => arrived.length === 1);
});

test('what the proxy answers itself never reaches the server', async () => {
  const remove = proxy.add({ treatment: { do: 'answer', code: 242, name: 'TABLE_IS_READ_ONLY' } });
  expect(await say('SELECT 1')).toContain('500 Code: 242. DB::Exception');
  expect(arrived).toEqual([]);
  remove();
  expect(await say('SELECT 1')).toContain('200');
});

test('settings are added to the statement', async () => {
  proxy.add({ treatment: { do: 'set', settings: { max_memory_usage_for_user: '1' } } });
  await say('SELECT 1');
  expect(settings).toEqual(['/?max_memory_usage_for_user=1']);
});

test('a watcher is told at the moment at which a statement goes to the server; a cut breaks what is under way', async () => {
  const kinds: string[] = [];
  proxy.watch((kind) => kinds.push(kind));
  proxy.add({ treatment: { do: 'delay', ms: 5000 }, times: 1 });
  const { treated } = proxy;
  const under = say('KILL QUERY');
  await waitFor('the rule', () => proxy.treated > treated);
  proxy.cut();
  await expect(under).rejects.toThrow();
  expect(kinds).toEqual([]);
  await say('DROP TABLE b');
  expect(kinds).toEqual(['drop']);
});
