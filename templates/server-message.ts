import { cutAtWord } from '../config/cut-at-word.js';

/** What ClickHouse says about a statement, made short. */
export interface ServerMessage {
  /** One or two sentences, without code, version and lists of what else was possible. */
  readonly text: string;
  /** Offset in the statement, in characters, where the server names one. */
  readonly offset: number | undefined;
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

/** Reads the message of a refusal of `statement`, which ends with a bracket of ours. */
export function readServerMessage(message: string, statement: string): ServerMessage {
  const position = /failed at position (\d+)/.exec(message)?.[1];
  const offset = position === undefined ? undefined : characterOffset(statement, Number(position) - 1);
  return {
    text: offset === undefined ? shortened(message) : syntaxError(message, statement.slice(offset)),
    offset,
  };
}

/** The client cuts what is written in capitals between brackets off a message, so the text is read from the statement. */
function syntaxError(message: string, rest: string): string {
  const token = /^\s*(?:[\w$]+|'[^']{0,60}'|\S)/.exec(rest)?.[0].trim() ?? '';
  const where = /^\s*\)?\s*$/.test(rest) ? 'the end' : `\`${token}\``;
  const expected = /\. Expected ([A-Z][A-Z ]*)\./.exec(message)?.[1];
  const remedy = /^(?:FORMAT|INTO)$/i.test(token)
    ? '; a template ends with its SELECT: leave FORMAT and INTO OUTFILE out'
    : '';
  return `Syntax error at ${where}${expected === undefined ? '' : `, expected ${expected}`}${remedy}`;
}

function shortened(message: string): string {
  const text = message
    .replace(/^\s*(?:Code: \d+\. )?(?:DB::Exception: )?/, '')
    .replace(/\s*\([A-Z_]+\)\s*(?:\(version [^)]*\))?\s*$/, '')
    .replace(/\s+(?:Expected one of|Stack trace):[^]*$/, '')
    // They quote a relation, which is all that a variable stands for.
    .replace(/^ARRAY JOIN\s+\([^]*\) (?=ARRAY JOIN \S+ requires)/, '')
    .replace(/ for subquery (?:SELECT|WITH)\b[^]*$/, ' for a subquery')
    .replace(/[.:]?\s+[Ii]n (?:scope|query) [^]*?(?=\. Maybe you meant|$)/, '')
    .replace(/: while (?:executing|processing) [^]*$/i, '')
    .replace(/[\s.]+$/, '');
  return cutAtWord(text, 400);
}

/** ClickHouse counts bytes. */
function characterOffset(statement: string, byteOffset: number): number {
  return Buffer.from(statement).subarray(0, byteOffset).toString().length;
}
