import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { waitFor } from './temporal-wait-for.js';

/** As the server numbers the types of our search attributes. */
const SEARCH_ATTRIBUTES = { LlmaPartition: 7, LlmaRunKind: 2, LlmaFailed: 3 };

/** A namespace of a test file's own, because our task queue and the ids of publishes are fixed. */
export interface TestNamespace {
  readonly address: string;
  readonly namespace: string;
  readonly connection: Connection;
  readonly client: Client;
  /** Fails unless every workflow has ended. */
  expectNothingOpen(): Promise<void>;
  close(): Promise<void>;
}

export async function openNamespace(address: string): Promise<TestNamespace> {
  const connection = await Connection.connect({ address });
  const namespace = `t-${randomBytes(4).toString('hex')}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await registerSearchAttributes(connection, namespace);
  const client = new Client({ connection, namespace, identity: 'test' });
  return {
    address,
    namespace,
    connection,
    client,
    expectNothingOpen: () => expectNothingOpen(client),
    close: () => connection.close(),
  };
}

export async function registerSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  await operatorService.addSearchAttributes({ namespace, searchAttributes: SEARCH_ATTRIBUTES });
}

/** The list is a moment behind: what has just ended may still be in it. */
async function expectNothingOpen(client: Client): Promise<void> {
  await waitFor('the end of every workflow', async () => {
    const open: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
      open.push(workflowId);
    }
    if (open.length > 0) throw new Error(`still open: ${open.join(', ')}`);
    return true;
  });
}
