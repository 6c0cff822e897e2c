import { clauseOf, find, isWord, readable, readDefinition, split, write, type Tokens } from './definition.js';

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
  const { columns, rest } = readDefinition(create);
  return [...columns.flatMap(columnTtl), ...rowTtls(rest, split(readable(primaryKey)).map(write))];
}

function columnTtl(tokens: Tokens): Ttl[] {
  const ttl = clauseOf(tokens, 'TTL');
  return ttl ? [{ kind: 'column', expression: write(ttl.after), column: ttl.column }] : [];
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
