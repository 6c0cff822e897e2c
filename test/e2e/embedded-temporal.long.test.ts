import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { EmbeddedError } from '../../embedded/errors.js';
import { freePort, LOCALHOST } from '../../embedded/ports.js';
import { startTemporal, type TemporalServer } from '../../embedded/temporal-server.js';
import { useEmbedded } from '../support/embedded.js';

async function withClient<T>(server: TemporalServer, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

const searchAttributes = [
  { name: 'LlmaPartition', type: 'KeywordList' },
  { name: 'LlmaFailed', type: 'Int' },
] as const;

describe('startTemporal', () => {
  const embedded = useEmbedded();
  it('registers search attributes that a later version adds; and says it when one has another type than before', async () => {
    const before = await embedded.temporal({ searchAttributes: searchAttributes.slice(0, 1) });
    await before.stop();
    const server = await embedded.temporal({ searchAttributes });
    const failed = { key: defineSearchAttributeKey('LlmaFailed', 'INT'), value: 3 };
    const typedSearchAttributes = [failed];
    await withClient(server, ({ workflow }) =>
      workflow.start('any', { workflowId: 'one', taskQueue: 'nobody', typedSearchAttributes }),
    );
    await server.stop();
    const again = embedded.temporal({ searchAttributes: [{ name: 'LlmaFailed', type: 'Keyword' }] });
    await expect(again).rejects.toThrow(EmbeddedError);
    await expect(again).rejects.toThrow(/search attribute LlmaFailed with another type than Keyword/);
  });

  it('keeps workflows through stop and kill -9, on the same ports', async () => {
    const server = await embedded.temporal({ searchAttributes });
    const { address, uiUrl, pid } = server;
    const start = (workflowId: string): Promise<unknown> =>
      withClient(server, ({ workflow }) => workflow.start('any', { workflowId, taskQueue: 'nobody' }));
    await start('one');
    await server.kill();
    await server.restart();
    await start('two');
    await server.stop();
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect([server.address, server.uiUrl]).toEqual([address, uiUrl]);
    for (const id of ['one', 'two']) {
      const { status } = await withClient(server, ({ workflow }) => workflow.getHandle(id).describe());
      expect(status.name).toBe('RUNNING');
    }
  });

  it('keeps nothing without a data directory', async () => {
    const server = embedded.keep(await startTemporal());
    await withClient(server, ({ workflow }) => workflow.start('any', { workflowId: 'one', taskQueue: 'nobody' }));
    await server.restart();
    const described = withClient(server, ({ workflow }) => workflow.getHandle('one').describe());
    await expect(described).rejects.toThrow(/not found/);
  });

  it('says it when the command cannot run a server', async () => {
    vi.stubEnv('TEMPORAL_CLI_PATH', '/bin/false');
    await expect(startTemporal()).rejects.toThrow(
      /^Temporal \(\/bin\/false, TEMPORAL_CLI_PATH\) did not start: exit code 1/,
    );
  });
});

describe('a Temporal server', () => {
  const embedded = useEmbedded('describe');
  const lines: string[] = [];
  let busy: number;
  let server: TemporalServer;

  beforeAll(async () => {
    busy = await freePort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(busy, LOCALHOST, resolve));
    // Meant for clients.
    vi.stubEnv('TEMPORAL_ADDRESS', 'example.com:1');
    vi.stubEnv('TEMPORAL_NAMESPACE', 'elsewhere');
    const log = (line: string) => lines.push(line);
    server = await embedded.temporal({ searchAttributes, port: busy, uiPort: busy, log });
    await new Promise((resolve) => other.close(resolve));
  });

  it('takes other ports for busy ones, and says so', () => {
    expect(lines.slice(0, 2)).toEqual([
      `Temporal: port ${busy} is busy, taking ${server.port} instead`,
      `Temporal's UI: port ${busy} is busy, taking ${server.uiUrl.split(':').at(-1)} instead`,
    ]);
  });

  it('is not configured by variables that are meant for clients', async () => {
    await withClient(server, ({ connection }) =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    );
  });

  it('serves workflows and its UI, and knows the search attributes', async () => {
    expect(server.address).toBe(`127.0.0.1:${server.port}`);
    const { customAttributes } = await withClient(server, ({ connection }) =>
      connection.operatorService.listSearchAttributes({ namespace: 'default' }),
    );
    expect(Object.keys(customAttributes).sort()).toEqual(['LlmaFailed', 'LlmaPartition']);
    expect(await (await fetch(server.uiUrl)).text()).toContain('<html');
  });

  it('says it when another server uses the data directory', async () => {
    const second = startTemporal({ dataDir: join(embedded.folder, 'temporal') });
    await expect(second).rejects.toThrow(EmbeddedError);
    await expect(second).rejects.toThrow(`Another Temporal server (process ${server.pid}) uses the data directory`);
  });

  it('stops any number of times', async () => {
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
  });
});
