/** What ClickHouse says about a statement, made short. */
export interface ServerMessage {
  /** One or two sentences, without code, version and lists of what else was possible. */
  readonly text: string;
  /** Offset in the statement, in characters, where the server names one. */
  readonly offset: number | undefined;
  /** The identifier that it complains about, if it names one. */
  readonly identifier: string | undefined;
}

/** Errors that say nothing about the statement: too busy, no memory, no time, no connection, no login. */
const NOT_ABOUT_THE_STATEMENT: ReadonlySet<string> = new Set([
  '159',
  '192',
  '193',
  '194',
  '202',
  '209',
  '210',
  '241',
  '516',
]);

/**
 * Whether `error` is ClickHouse's refusal of a statement, from its client (`code`) or as it answers HTTP ("Code: 62. …").
 */
export function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  const given =
    typeof code === 'string' || typeof code === 'number' ? String(code) : /\bCode: (\d+)\./.exec(error.message)?.[1];
  return given !== undefined && /^\d+$/.test(given) && !NOT_ABOUT_THE_STATEMENT.has(given);
}

/** Reads the message of a refusal of `statement`. */
export function readServerMessage(message: string, statement: string): ServerMessage {
  const position = /failed at position (\d+)/.exec(message)?.[1];
  const identifier = /(?:identifier|name|column|table) [`']([\w.$]+)[`']|database (\w+) does/i.exec(message)?.slice(1).find(Boolean);
  return {
    text: shortened(message),
    offset: position === undefined ? undefined : characterOffset(statement, Number(position) - 1),
    identifier: identifier?.split('.').at(-1),
  };
}

function shortened(message: string): string {
  return message
    .replace(/^\s*(?:Code: \d+\. )?(?:DB::Exception: )?/, '')
    .replace(/\s*\([A-Z_]+\)\s*(?:\(version [^)]*\))?\s*$/, '')
    .replace(/\s+(?:Expected one of|Stack trace):[^]*$/, '')
    .replace(/[.:]?\s+[Ii]n (?:scope|query) [^]*?(?=\. Maybe you meant|$)/, '')
    .replace(/(Syntax error): failed at position \d+ (\([^\n]*?\))?(?: \(line \d+, col \d+\))?(?::[^]*)?$/, '$1 at $2')
    .replace(/: while executing [^]*$/i, '')
    .replace(/[\s.]+$/, '')
    .slice(0, 400);
}

/** ClickHouse counts bytes. */
function characterOffset(statement: string, byteOffset: number): number {
  return Buffer.from(statement).subarray(0, byteOffset).toString().length;
}
