import { NativeConnection } from '@temporalio/worker';
import { temporalConfig } from '../config/temporal.js';
import type { Settings } from '../config/settings.js';
import { StartError } from './start-error.js';

export interface WorkerConnection {
  readonly connection: NativeConnection;
  readonly namespace: string;
}

/** The worker's connection to Temporal. @throws StartError that says where nobody answered. */
export async function connectWorker(settings: Settings): Promise<WorkerConnection> {
  const { connectionOptions, namespace } = temporalConfig(settings);
  try {
    const { address, ...rest } = connectionOptions;
    const connection = await NativeConnection.connect({ ...rest, ...(address === undefined ? {} : { address }) });
    return { connection, namespace };
  } catch (error) {
    const address = connectionOptions.address ?? 'localhost:7233';
    throw new StartError(
      `Temporal does not answer at ${address} (${(error as Error).message}): start it, or set TEMPORAL_ADDRESS; "llma up" starts one`,
    );
  }
}
