import { matchesOf } from './block-comment.js';

/** A piece of SQL as ClickHouse's lexer sees it. Together the pieces are the text. */
export interface SqlToken {
  readonly kind: 'space' | 'comment' | 'quoted' | 'word' | 'symbol';
  readonly text: string;
  readonly offset: number;
}

/** No part of it can be divided in two ways: trying them all on a quote that is never closed would take for ever. */
const quotedBy = (quote: string): string =>
  String.raw`${quote}[^${quote}\\]*(?:(?:\\[\s\S]|${quote}${quote})[^${quote}\\]*)*${quote}`;

const TOKEN = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    String.raw`(?<comment>--[^\n]*|#[ !][^\n]*)`,
    String.raw`(?<quoted>${["'", '"', '`'].map(quotedBy).join('|')}|‘[^’]*’|“[^”]*”|\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$)`,
    String.raw`(?<word>[\p{L}\p{N}_$]+)`,
    String.raw`(?<symbol>/\*|[\s\S])`,
  ].join('|'),
  'gu',
);
const KINDS = ['space', 'comment', 'quoted', 'word', 'symbol'] as const;
const OPENERS = new Set(['(', '[', '{']);
const CLOSERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** SQL that isn't one complete statement. `offset` is where in the text. */
export class SqlTextError extends Error {
  override readonly name = 'SqlTextError';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** @throws SqlTextError for a string or comment without an end. */
export function tokenize(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (const { text, index: offset, groups, isBlockComment } of matchesOf(TOKEN, sql)) {
    const kind = isBlockComment ? 'comment' : (KINDS.find((name) => groups[name] !== undefined) ?? 'symbol');
    if (kind === 'symbol' && text === '/*') throw new SqlTextError(noEnd(sql, offset), offset);
    if (kind === 'symbol' && text in CLOSING) throw new SqlTextError(noClosing(text), offset);
    tokens.push({ kind, text, offset });
  }
  return tokens;
}

function noEnd(sql: string, offset: number): string {
  const nested = sql.includes('*/', offset) ? '; comments nest: each /* within it needs its own' : '';
  return `a comment /* has no end */${nested}`;
}

/** What ends each quote. Of the curly ones ClickHouse takes the first for a text's, the second for a name's, and knows no escape within. */
const CLOSING: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '‘': '’', '“': '”' };

/** What is said of a quote without an end. */
export function noClosing(quote: string): string {
  return `a ${quote} has no closing ${CLOSING[quote] ?? quote}`;
}

/** What ClickHouse would take, where a SELECT belongs, for the name of a column. */
const OTHER_STATEMENTS =
  /^(?:ALTER|ATTACH|BACKUP|CREATE|DELETE|DETACH|DROP|EXCHANGE|EXPLAIN|GRANT|INSERT|KILL|OPTIMIZE|RENAME|REPLACE|RESTORE|REVOKE|SET|SHOW|SYSTEM|TRUNCATE|UPDATE|USE)$/i;

/** A word that a SELECT doesn't begin with: where ClickHouse stops reading is the word after it. FROM may come first. */
const MISSPELT = /^(?!(?:SELECT|WITH|FROM|UNION)$)[\p{L}_]/iu;

/** One SELECT, or several joined by UNION ALL. */
export interface Statement {
  /** Without semicolons and white space at its end; comments stay. */
  readonly sql: string;
  /** What UNION ALL joins, in order; only at the top level. */
  readonly branches: readonly { readonly sql: string; readonly offset: number }[];
}

/**
 * Reads `text` as one SELECT.
 * @returns undefined when it holds nothing but white space, comments and semicolons.
 * @throws SqlTextError when it can't be one: unbalanced brackets, several statements, a UNION ALL that joins nothing.
 */
export function readStatement(text: string): Statement | undefined {
  const all = tokenize(text);
  const code = all.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  while (code.at(-1)?.text === ';') code.pop();
  const last = code.at(-1);
  if (last === undefined) return undefined;
  const [first] = code;
  if (first && OTHER_STATEMENTS.test(first.text)) {
    throw new SqlTextError(`a template is one SELECT; this begins with ${first.text}`, first.offset);
  }
  if (first && MISSPELT.test(first.text)) {
    throw new SqlTextError(`a template begins with SELECT or WITH; this begins with ${first.text}`, first.offset);
  }
  const end = last.offset + last.text.length;
  const tail = all.filter(({ offset }) => offset >= end).map((token) => (token.text === ';' ? '' : token.text));
  const sql = (text.slice(0, end) + tail.join('')).trimEnd();
  return { sql, branches: splitAt(sql, unions(code)) };
}

interface Union {
  readonly from: number;
  readonly to: number;
}

/** Where UNION ALL stands at the top level, checking the brackets on the way. */
function unions(code: readonly SqlToken[]): Union[] {
  const open: SqlToken[] = [];
  const found: Union[] = [];
  let pieceStart = 0;
  code.forEach((token, index) => {
    if (OPENERS.has(token.text)) open.push(token);
    const opener = token.kind === 'symbol' ? CLOSERS[token.text] : undefined;
    if (opener !== undefined && open.pop()?.text !== opener) {
      throw new SqlTextError(`a ${token.text} closes nothing`, token.offset);
    }
    if (token.text === ';')
      throw new SqlTextError('a template is one SELECT; `;` begins another statement', token.offset);
    const next = code[index + 1];
    if (open.length > 0 || !isWord(token, 'UNION') || !next || !isWord(next, 'ALL')) return;
    if (index === pieceStart) throw new SqlTextError('UNION ALL has no SELECT before it', token.offset);
    if (index + 2 === code.length) throw new SqlTextError('UNION ALL has no SELECT after it', token.offset);
    found.push({ from: token.offset, to: next.offset + next.text.length });
    pieceStart = index + 2;
  });
  const [unclosed] = open.slice(-1);
  if (unclosed) throw new SqlTextError(`a ${unclosed.text} is never closed`, unclosed.offset);
  return found;
}

function isWord(token: SqlToken, word: string): boolean {
  return token.kind === 'word' && token.text.toUpperCase() === word;
}

function splitAt(sql: string, separators: readonly Union[]): { sql: string; offset: number }[] {
  const starts = [0, ...separators.map(({ to }) => to)];
  const ends = [...separators.map(({ from }) => from), sql.length];
  return starts.map((offset, index) => ({ sql: sql.slice(offset, ends[index]), offset }));
}

/** The text before the first top-level SELECT, which is the WITH clause if there is one. */
export function leadingWith(sql: string): string {
  let depth = 0;
  for (const token of tokenize(sql)) {
    if (OPENERS.has(token.text)) depth += 1;
    if (token.text in CLOSERS) depth -= 1;
    if (depth === 0 && isWord(token, 'SELECT')) return sql.slice(0, token.offset);
  }
  return '';
}

/** 1-based line of `offset` in `text`. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** `sql` without comments and with single spaces: what is inlined in every template is sent with every template. */
export function compact(sql: string): string {
  const pieces = tokenize(sql).map(({ kind, text }) => (kind === 'space' || kind === 'comment' ? ' ' : text));
  return pieces
    .filter((piece, index) => piece !== ' ' || (pieces[index - 1] ?? ' ') !== ' ')
    .join('')
    .trimEnd();
}
