import { tokenize, type SqlToken } from '../../templates/sql-text.js';

export type Tokens = readonly SqlToken[];

/** What stands among columns and is none, where it has no quotes: the server reads it so too. */
const NO_COLUMN = ['INDEX', 'CONSTRAINT', 'PROJECTION'];

/** What a CREATE statement, as the server writes it, says of each column, and what follows them. */
export function readDefinition(create: string): { columns: Tokens[]; rest: Tokens } {
  const tokens = readable(create);
  const body = tokens.findIndex(({ text }) => text === '(');
  if (body === -1) return { columns: [], rest: [] };
  const end = closing(tokens, body);
  const columns = split(tokens.slice(body + 1, end)).filter((piece) => {
    const first = piece.find(({ kind }) => kind !== 'space');
    return first !== undefined && !isWord(first, ...NO_COLUMN);
  });
  return { columns, rest: tokens.slice(end + 1) };
}

/** What may follow an expression in the definition of a column. */
export const COLUMN_CLAUSES = ['COMMENT', 'CODEC', 'STATISTICS', 'TTL', 'COLLATE', 'SETTINGS', 'PRIMARY'] as const;

/** The name of a column, and what follows `word` in its definition, to the next of `ends`; undefined where it has no such word. */
export function clauseOf(
  tokens: Tokens,
  word: string,
  ...ends: readonly string[]
): { column: string; after: Tokens } | undefined {
  const at = findKeyword(tokens, word);
  const name = tokens.find(({ kind }) => kind !== 'space');
  if (at === -1 || name === undefined) return undefined;
  return { column: nameOf(name), after: before(tokens.slice(at + 1), ...ends) };
}

/** What comes before the first of these keywords: all of it where there is none. */
export function before(tokens: Tokens, ...words: readonly string[]): Tokens {
  const at = findKeyword(tokens, ...words);
  return at === -1 ? tokens : tokens.slice(0, at);
}

/** Words that an operand follows, where they stand after one. */
const OPERATORS =
  'AND OR NOT IN LIKE ILIKE REGEXP BETWEEN DIV MOD IS GLOBAL BY KEY DEFAULT MATERIALIZED ALIAS TTL WHERE SET'.split(
    ' ',
  );

/**
 * Index of the first of these words that is no name: of one outside of brackets that follows an operand, or -1. The server writes
 * columns that are called `comment`, `to` or `ttl` without quotes; they are where an operand is due.
 */
export function findKeyword(tokens: Tokens, ...words: readonly string[]): number {
  let isDue = true;
  return find(tokens, (token) => {
    if (token.kind === 'space') return false;
    const wasDue = isDue;
    const isPrefix = wasDue && isWord(token, 'NOT');
    // After a bracket it is closed: what is in it is not looked at.
    const isOperator = token.kind === 'word' ? !wasDue && isWord(token, ...OPERATORS) : !'([{'.includes(token.text);
    isDue = isPrefix || (token.kind !== 'quoted' && isOperator);
    return !wasDue && isWord(token, ...words);
  });
}

/** Whether it can be a name: quoted ones are no texts. */
export function isName({ kind, text }: SqlToken): boolean {
  return kind === 'word' || (kind === 'quoted' && !text.startsWith("'"));
}

const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', 0: '\0' };

/** A name without its quotes, and what was escaped for them. */
export function nameOf({ kind, text }: SqlToken): string {
  if (kind !== 'quoted') return text;
  return text.slice(1, -1).replaceAll(/\\(.)/gs, (_, char: string) => ESCAPED[char] ?? char);
}

export function readable(sql: string): Tokens {
  return tokenize(sql).filter(({ kind }) => kind !== 'comment');
}

export function isWord({ kind, text }: SqlToken, ...words: readonly string[]): boolean {
  return kind === 'word' && words.includes(text.toUpperCase());
}

export const write = (tokens: Tokens): string =>
  tokens
    .map(({ text }) => text)
    .join('')
    .trim();

function depthAfter(depth: number, { kind, text }: SqlToken): number {
  if (kind !== 'symbol') return depth;
  return '([{'.includes(text) ? depth + 1 : ')]}'.includes(text) ? depth - 1 : depth;
}

/** Index of the bracket that closes the one at `from`, or the number of tokens. */
export function closing(tokens: Tokens, from: number): number {
  let depth = 0;
  for (let index = from; index < tokens.length; index++) {
    depth = depthAfter(depth, tokens[index] as SqlToken);
    if (depth === 0) return index;
  }
  return tokens.length;
}

/** Index of the first token outside of brackets that `matches`, or -1. */
export function find(tokens: Tokens, matches: (token: SqlToken) => boolean): number {
  let depth = 0;
  return tokens.findIndex((token) => {
    const found = depth === 0 && matches(token);
    depth = depthAfter(depth, token);
    return found;
  });
}

/** The pieces between commas outside of brackets. */
export function split(tokens: Tokens): Tokens[] {
  const pieces: Tokens[] = [];
  let rest = tokens;
  for (;;) {
    const comma = find(rest, ({ kind, text }) => kind === 'symbol' && text === ',');
    pieces.push(comma === -1 ? rest : rest.slice(0, comma));
    if (comma === -1) return pieces.filter((piece) => write(piece) !== '');
    rest = rest.slice(comma + 1);
  }
}
