import { cutAtWord } from '../config/cut-at-word.js';
import { CROWDED, OVERLOADED, TRANSIENT } from './error-codes.js';

/**
 * What a failed query means for its retry. By ClickHouse's error code (error-codes.ts):
 * `permanent` fails again however often it runs; `transient` passes; `overloaded` passes when the server gets air.
 * `bug`: neither the server nor the way to it said this, but our own code.
 */
export type ErrorClass = 'permanent' | 'transient' | 'overloaded' | 'bug';

export const CODE = {
  unknownTable: 60,
  unknownDatabase: 81,
  scalarSubquery: 125,
  unknownUser: 192,
  wrongPassword: 193,
  requiredPassword: 194,
  tooManyRows: 158,
  timeoutExceeded: 159,
  tooSlow: 160,
  tooManyQueries: 202,
  readonly: 164,
  sameQueryId: 216,
  unfinished: 341,
  memoryLimitExceeded: 241,
  queryWasCancelled: 394,
  throwIf: 395,
  accessDenied: 497,
  unknownCluster: 701,
  authenticationFailed: 516,
} as const;

/**
 * The code of a server's answer, or undefined when no server answered (refused, reset, timed out).
 * Read from the property, not by `instanceof`, which breaks when two copies of the client are installed.
 */
export function errorCode(error: unknown): number | undefined {
  // An abort or a timeout of ours has a number too: one of the DOM's.
  if (error instanceof DOMException) return undefined;
  const code = (error as { code?: unknown } | undefined)?.code;
  return (typeof code === 'string' || typeof code === 'number') && /^\d+$/.test(String(code))
    ? Number(code)
    : undefined;
}

/** What the system, TLS and Node's HTTP say about a connection. */
const CONNECTION_CODE =
  /^(?:E(?:CONN\w+|PIPE|TIMEDOUT|NOTFOUND|AI_\w+|HOST\w+|NET\w+|PROTO|ADDR\w+|MFILE|NFILE)|HPE_\w+|UND_ERR_\w+|ERR_(?:STREAM|TLS|SSL|SOCKET|HTTP2?)_\w+|CERT_\w+|\w*(?:CERT|SIGNATURE|ISSUER)\w*)$/;
/** An abort or a timeout of ours. */
const CONNECTION_MESSAGE = /^(?:socket hang up|Timeout error\.|The user aborted a request\.|aborted)$/;
const CONNECTION_NAMES: ReadonlySet<string> = new Set(['AbortError', 'TimeoutError']);
/** Errors that are never the connection's, wherever they come from. */
const BUGS = [TypeError, RangeError, ReferenceError];

/** Something that was overtaken or interrupted, and begins again: no bug, whatever its cause. */
export class PassingError extends Error {
  override readonly name: string = 'PassingError';
}

const fromClient = new WeakSet<Error>();

/**
 * Remembers that `error` came out of a request to the server: a proxy's page instead of an answer, a timeout, a cut answer. The
 * client gives these no code of their own.
 */
export function cameFromRequest(error: unknown): void {
  if (error instanceof Error && !BUGS.some((type) => error instanceof type)) fromClient.add(error);
}

/** Whether the server had no place for a query, for the sake of others: asking for less would not help it. */
export function isCrowded(error: unknown): boolean {
  const code = errorCode(error);
  return code !== undefined && CROWDED.has(code);
}

/** What has no code passes when it comes from the way to the server. A code that isn't listed is about the query itself. */
export function classify(error: unknown): ErrorClass {
  const code = errorCode(error);
  if (code === undefined) return isOfConnection(error) ? 'transient' : 'bug';
  if (code in OVERLOADED) return 'overloaded';
  return code in TRANSIENT ? 'transient' : 'permanent';
}

function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && CONNECTION_CODE.test(code)) return true;
  return (
    error instanceof PassingError ||
    fromClient.has(error) ||
    CONNECTION_NAMES.has(error.name) ||
    CONNECTION_MESSAGE.test(error.message)
  );
}

/** The error's first sentences, without the server's version, the query's text and repetitions, at most 600 characters of whole words. */
export function shortMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = message
    .replace(/\s*\(version .*\)\s*$/s, '')
    // The analyzer quotes the whole query; what the reader needs stands before and after it.
    .replace(/\.? in scope (?:SELECT|WITH)\b.*?(?=\. Maybe you meant|\.?$)/is, '')
    .replace(/: while executing '?FUNCTION .*$/s, '')
    .replace(/\s+/g, ' ')
    .trim();
  const code = errorCode(error);
  const shown = text === '' ? ((error as { code?: string }).code ?? 'no message') : text;
  return `${code === undefined ? '' : `ClickHouse ${code}: `}${cutAtWord(shown, 600)}`;
}
