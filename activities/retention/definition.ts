import { tokenize, type SqlToken } from '../../templates/sql-text.js';

export type Tokens = readonly SqlToken[];

/** What a CREATE statement, as the server writes it, says of each column (and index, and projection), and what follows them. */
export function readDefinition(create: string): { columns: Tokens[]; rest: Tokens } {
  const tokens = readable(create);
  const body = tokens.findIndex(({ text }) => text === '(');
  if (body === -1) return { columns: [], rest: [] };
  const end = closing(tokens, body);
  return { columns: split(tokens.slice(body + 1, end)), rest: tokens.slice(end + 1) };
}

/** The name of a column, and what follows `word` in its definition; undefined where it has no such word. */
export function clauseOf(tokens: Tokens, word: string): { column: string; after: Tokens } | undefined {
  const at = find(tokens, (token) => isWord(token, word));
  const name = tokens.find(({ kind }) => kind !== 'space');
  // A column may be called ttl, or alias: then it stands first.
  if (at === -1 || name === undefined || tokens[at] === name) return undefined;
  return { column: nameOf(name), after: tokens.slice(at + 1) };
}

/** A name without its quotes. */
export function nameOf({ kind, text }: SqlToken): string {
  return kind === 'quoted' ? text.slice(1, -1) : text;
}

export function readable(sql: string): Tokens {
  return tokenize(sql).filter(({ kind }) => kind !== 'comment');
}

export function isWord({ kind, text }: SqlToken, ...words: string[]): boolean {
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

function closing(tokens: Tokens, from: number): number {
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
