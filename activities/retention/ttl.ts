import { tokenize, type SqlToken } from '../../templates/sql-text.js';

/** One part of a table's TTL by which rows, or values of them, go away or change. */
export interface Ttl {
  readonly kind: 'rows' | 'column';
  /** When the row, or its value, expires. */
  readonly expression: string;
  /** The column that is emptied. */
  readonly column?: string;
}

interface Definition {
  /** `create_table_query` of `system.tables`, as the server writes it. */
  readonly create: string;
  /** `primary_key` of `system.tables`. */
  readonly primaryKey: string;
}

/**
 * The TTLs of a table that take something away: rows, groups of rows that are rolled up, and values of columns.
 * Moves to disks and volumes, and new codecs, leave the rows as they are.
 */
export function ttlsOf({ create, primaryKey }: Definition): Ttl[] {
  const tokens = readable(create);
  const body = tokens.findIndex(({ text }) => text === '(');
  if (body === -1) return [];
  const end = closing(tokens, body);
  const columns = split(tokens.slice(body + 1, end)).flatMap(columnTtl);
  const rows = rowTtls(tokens.slice(end + 1), split(readable(primaryKey)).map(write));
  return [...columns, ...rows];
}

type Tokens = readonly SqlToken[];

function readable(sql: string): Tokens {
  return tokenize(sql).filter(({ kind }) => kind !== 'comment');
}

function isWord({ kind, text }: SqlToken, ...words: string[]): boolean {
  return kind === 'word' && words.includes(text.toUpperCase());
}

const write = (tokens: Tokens): string =>
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
function find(tokens: Tokens, matches: (token: SqlToken) => boolean): number {
  let depth = 0;
  return tokens.findIndex((token) => {
    const found = depth === 0 && matches(token);
    depth = depthAfter(depth, token);
    return found;
  });
}

/** The pieces between commas outside of brackets. */
function split(tokens: Tokens): Tokens[] {
  const pieces: Tokens[] = [];
  let rest = tokens;
  for (;;) {
    const comma = find(rest, ({ kind, text }) => kind === 'symbol' && text === ',');
    pieces.push(comma === -1 ? rest : rest.slice(0, comma));
    if (comma === -1) return pieces.filter((piece) => write(piece) !== '');
    rest = rest.slice(comma + 1);
  }
}

function columnTtl(tokens: Tokens): Ttl[] {
  const at = find(tokens, (token) => isWord(token, 'TTL'));
  const name = tokens.find(({ kind }) => kind !== 'space');
  // A column may be called ttl: then it stands first.
  if (at === -1 || name === undefined || tokens[at] === name) return [];
  const expression = write(tokens.slice(at + 1));
  return [{ kind: 'column', expression, column: name.kind === 'quoted' ? name.text.slice(1, -1) : name.text }];
}

/** What ends the TTL clause, and what follows the expression of one of its parts. */
const AFTER_TTL = ['SETTINGS', 'COMMENT', 'AS'];
const AFTER_EXPRESSION = ['DELETE', 'TO', 'RECOMPRESS', 'GROUP', 'WHERE', 'SET'];
const STAYS = ['TO', 'RECOMPRESS'];

function rowTtls(tokens: Tokens, primaryKey: readonly string[]): Ttl[] {
  const at = find(tokens, (token) => isWord(token, 'TTL'));
  if (at === -1) return [];
  const rest = tokens.slice(at + 1);
  const end = find(rest, (token) => isWord(token, ...AFTER_TTL));
  const ttls: Ttl[] = [];
  // Keys of GROUP BY and assignments of SET have commas between them too.
  let keys: string[] | undefined;
  let sets = false;
  for (const piece of split(end === -1 ? rest : rest.slice(0, end))) {
    if (keys?.[0] === write(piece).replace(/\s+SET\s.*$/is, '')) {
      keys.shift();
      sets ||= find(piece, (token) => isWord(token, 'SET')) !== -1;
      continue;
    }
    if (sets && /^[^\s=]+\s*=[^=]/.test(write(piece))) continue;
    const after = find(piece, (token) => isWord(token, ...AFTER_EXPRESSION));
    const word = after === -1 ? undefined : piece[after];
    const grouped = word !== undefined && isWord(word, 'GROUP');
    keys = grouped ? primaryKey.slice(1) : undefined;
    sets = find(piece, (token) => isWord(token, 'SET')) !== -1;
    if (word !== undefined && isWord(word, ...STAYS)) continue;
    ttls.push({ kind: 'rows', expression: write(after === -1 ? piece : piece.slice(0, after)) });
  }
  return ttls;
}
