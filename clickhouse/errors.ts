/**
 * What a failed query means for its retry. One table, by ClickHouse's error code:
 * `permanent` fails again however often it runs; `transient` passes; `overloaded` passes when the server gets air.
 */
export type ErrorClass = 'permanent' | 'transient' | 'overloaded';

const OVERLOADED: ReadonlySet<number> = new Set([
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  241, // MEMORY_LIMIT_EXCEEDED
  243, // NOT_ENOUGH_SPACE
  252, // TOO_MANY_PARTS
  439, // CANNOT_SCHEDULE_TASK
  745, // SERVER_OVERLOADED
]);

const TRANSIENT: ReadonlySet<number> = new Set([
  3, // UNEXPECTED_END_OF_FILE
  32, // ATTEMPT_TO_READ_AFTER_EOF
  74, // CANNOT_READ_FROM_FILE_DESCRIPTOR
  75, // CANNOT_WRITE_TO_FILE_DESCRIPTOR
  95, // CANNOT_READ_FROM_SOCKET
  96, // CANNOT_WRITE_TO_SOCKET
  107, // FILE_DOESNT_EXIST
  159, // TIMEOUT_EXCEEDED
  198, // DNS_ERROR
  203, // NO_FREE_CONNECTION
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  216, // QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING
  218, // TABLE_IS_DROPPED
  225, // NO_ZOOKEEPER
  232, // NO_SUCH_DATA_PART
  234, // NO_REPLICA_HAS_PART
  236, // ABORTED
  242, // TABLE_IS_READ_ONLY
  279, // ALL_CONNECTION_TRIES_FAILED
  285, // TOO_FEW_LIVE_REPLICAS
  286, // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
  289, // REPLICA_IS_NOT_IN_QUORUM
  305, // TABLE_WAS_NOT_DROPPED
  319, // UNKNOWN_STATUS_OF_INSERT
  341, // UNFINISHED
  384, // PART_IS_TEMPORARILY_LOCKED
  394, // QUERY_WAS_CANCELLED
  416, // REPLICA_STATUS_CHANGED
  425, // SYSTEM_ERROR
  473, // DEADLOCK_AVOIDED
  499, // S3_ERROR
  517, // CANNOT_ASSIGN_ALTER
  574, // DISTRIBUTED_TOO_MANY_PENDING_BYTES
  695, // ASYNC_LOAD_WAIT_FAILED
  722, // ASYNC_LOAD_CANCELED
  733, // TABLE_IS_BEING_RESTARTED
  734, // CANNOT_WRITE_AFTER_BUFFER_CANCELED
  735, // QUERY_WAS_CANCELLED_BY_CLIENT
  999, // KEEPER_EXCEPTION
  1000, // POCO_EXCEPTION
  1001, // STD_EXCEPTION
  1002, // UNKNOWN_EXCEPTION
]);

export const CODE = {
  unknownTable: 60,
  unknownDatabase: 81,
  unknownUser: 192,
  wrongPassword: 193,
  requiredPassword: 194,
  timeoutExceeded: 159,
  readonly: 164,
  sameQueryId: 216,
  unfinished: 341,
  memoryLimitExceeded: 241,
  queryWasCancelled: 394,
  throwIf: 395,
  accessDenied: 497,
  authenticationFailed: 516,
} as const;

/**
 * The code of a server's answer, or undefined when no server answered (refused, reset, timed out).
 * Read from the property, not by `instanceof`, which breaks when two copies of the client are installed.
 */
export function errorCode(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return (typeof code === 'string' || typeof code === 'number') && /^\d+$/.test(String(code))
    ? Number(code)
    : undefined;
}

/** What has no code comes from the way to the server, and passes. A code that isn't listed is about the query itself. */
export function classify(error: unknown): ErrorClass {
  const code = errorCode(error);
  if (code === undefined) return 'transient';
  if (OVERLOADED.has(code)) return 'overloaded';
  return TRANSIENT.has(code) ? 'transient' : 'permanent';
}

/** The error's first sentences, without the server's version, the query's text and repetitions, at most 600 characters. */
export function shortMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = message
    .replace(/\s*\(version .*\)\s*$/s, '')
    // The analyzer quotes the whole query; what the reader needs stands before and after it.
    .replace(/ in scope (?:SELECT|WITH)\b.*?(?=\. Maybe you meant|\.?$)/s, '')
    .replace(/: while executing '?FUNCTION .*$/s, '')
    .replace(/\s+/g, ' ')
    .trim();
  const code = errorCode(error);
  const shown = text === '' ? ((error as { code?: string }).code ?? 'no message') : text;
  return `${code === undefined ? '' : `ClickHouse ${code}: `}${shown.length > 600 ? `${shown.slice(0, 600)}…` : shown}`;
}
