import { NativeConnection } from '@temporalio/worker';
import { temporalConfig } from '../config/temporal.js';
import type { Settings } from '../config/settings.js';
import { temporalProblem } from './temporal-problem.js';

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
    const { address = 'localhost:7233', tls } = connectionOptions;
    throw await temporalProblem({ address, tls, environment: settings.temporalEnvironment }, error);
  }
}
