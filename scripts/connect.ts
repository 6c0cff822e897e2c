import { Client, Connection, isGrpcServiceError, type ConnectionOptions } from '@temporalio/client';
import type { Settings } from '../config/settings.js';
import { temporalConfig, type TemporalConnectConfig } from '../config/temporal.js';
import { noTemporal, StartError } from '../worker/start-error.js';
import { temporalProblem } from '../worker/temporal-problem.js';

/** A connection to Temporal, and where it leads. */
export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  readonly address: string;
}

/** Longest wait for a server that doesn't answer. */
const CONNECT_TIMEOUT = '4s';

/** gRPC's status codes that we tell apart. */
export const GRPC = {
  /** A server that is faster than we are to notice that our deadline has passed. */
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  /** A server that is busy. */
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/**
 * Connects, works, and closes the connection.
 * @throws StartError for a server that doesn't answer, refuses us, or has no such namespace.
 */
export async function withTemporal<T>(settings: Settings, use: (temporal: Temporal) => Promise<T>): Promise<T> {
  const temporal = await openTemporal(settings);
  try {
    return await use(temporal);
  } catch (error) {
    throw explained(error, temporal) ?? error;
  } finally {
    await temporal.connection.close();
  }
}

/** Whoever calls it closes its connection. @throws StartError */
export async function openTemporal(settings: Settings): Promise<Temporal> {
  const { connectionOptions, namespace } = temporalConfig(settings);
  const address = connectionOptions.address ?? 'localhost:7233';
  let connection: Connection | undefined;
  try {
    connection = await withoutDeprecations(() =>
      Connection.connect({
        ...clientOptions(connectionOptions),
        connectTimeout: CONNECT_TIMEOUT,
        // Not the SDK's own, which tries again for a minute, and brings the process down when the connection is closed meanwhile.
        interceptors: [],
      }),
    );
    // A namespace that isn't there is found here, and not by every command in its own words.
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    // Who may not look at the namespace may still work in it.
    if (!connection || grpcCode(error) !== GRPC.permissionDenied) {
      await connection?.close();
      const environment = settings.temporalEnvironment;
      if (!connection) throw await temporalProblem({ address, tls: connectionOptions.tls, environment }, error);
      throw explained(error, { address, namespace }) ?? noTemporal(address, error);
    }
  }
  return { client: new Client({ connection, namespace }), connection, namespace, address };
}

/** gRPC asks a server for its IP address by name, of which Node warns once: for who operates us, who can't change it, that is noise. */
async function withoutDeprecations<T>(connect: () => Promise<T>): Promise<T> {
  const before = process.noDeprecation ?? false;
  process.noDeprecation = true;
  try {
    return await connect();
  } finally {
    process.noDeprecation = before;
  }
}

/** What the configuration says, which is the worker's connection's kind of options, for the client's kind. */
function clientOptions(from: TemporalConnectConfig['connectionOptions']): ConnectionOptions {
  const { address, tls, metadata, apiKey } = from;
  return {
    ...(address === undefined ? {} : { address }),
    ...(tls === undefined ? {} : { tls }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

/** The status of the gRPC error that is beneath `error`; undefined when there is none. */
export function grpcCode(error: unknown): number | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (isGrpcServiceError(at)) return at.code;
  return undefined;
}

/** What the server said, without the code. */
export function grpcMessage(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) if (isGrpcServiceError(at)) return at.details;
  return error instanceof Error ? error.message : String(error);
}

/** The sentence for an error of the connection; undefined for any other error. */
function explained(error: unknown, { address, namespace }: Pick<Temporal, 'address' | 'namespace'>) {
  const said = grpcMessage(error);
  const code = grpcCode(error);
  switch (code) {
    case undefined:
      return undefined;
    case GRPC.unavailable:
    case GRPC.cancelled:
    case GRPC.deadlineExceeded:
      return noTemporal(address, new Error(said, { cause: error }));
    case GRPC.permissionDenied:
    case GRPC.unauthenticated:
      return new StartError(
        `Temporal at ${address} refuses us (${said}): set TEMPORAL_API_KEY or the TEMPORAL_TLS_* variables`,
        { cause: error },
      );
    case GRPC.notFound:
      if (!/^Namespace /i.test(said)) return new StartError(`Temporal at ${address}: ${said}`, { cause: error });
      return new StartError(
        `Temporal at ${address} has no namespace "${namespace}": set TEMPORAL_NAMESPACE, or run "temporal operator namespace create --namespace ${namespace}"`,
        { cause: error },
      );
    default:
      return new StartError(`Temporal at ${address}: ${said} (gRPC status ${code})`, { cause: error });
  }
}
