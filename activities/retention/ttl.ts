import {
  before,
  clauseOf,
  COLUMN_CLAUSES,
  findKeyword,
  isWord,
  readDefinition,
  split,
  write,
  type Tokens,
} from './definition.js';

/** One part of a table's TTL by which rows, or values of them, go away or change. */
export interface Ttl {
  readonly kind: 'rows' | 'column';
  /** When the row, or its value, expires; what is no expression where its definition can't be understood. */
  readonly expression: string;
  /** The column that is emptied. */
  readonly column?: string;
}

/**
 * The TTLs of a table that take something away: rows, groups of rows that are rolled up, and values of columns.
 * Moves to disks and volumes, and new codecs, leave the rows as they are.
 * @param create `create_table_query` of `system.tables`, as the server writes it.
 */
export function ttlsOf(create: string): Ttl[] {
  const { columns, rest } = readDefinition(create);
  return [...columns.flatMap(columnTtl), ...rowTtls(rest)];
}

function columnTtl(tokens: Tokens): Ttl[] {
  const ttl = clauseOf(tokens, 'TTL', ...COLUMN_CLAUSES);
  return ttl ? [{ kind: 'column', expression: write(ttl.after), column: ttl.column }] : [];
}

/** What ends the TTL clause, and what follows the expression of one of its parts. */
const AFTER_TTL = ['SETTINGS', 'COMMENT', 'AS'];
const AFTER_EXPRESSION = ['DELETE', 'TO', 'RECOMPRESS', 'GROUP', 'WHERE', 'SET'];
const STAYS = ['TO', 'RECOMPRESS'];

function rowTtls(tokens: Tokens): Ttl[] {
  const at = findKeyword(tokens, 'TTL');
  if (at === -1) return [];
  const pieces = split(before(tokens.slice(at + 1), ...AFTER_TTL));
  const ttls: Ttl[] = [];
  // Keys of GROUP BY and assignments of SET have commas between them too. What follows a key is one, up to SET or WHERE.
  let group: 'keys' | 'assignments' | undefined;
  for (const piece of pieces.length > 0 ? pieces : [[]]) {
    const isPart = group === 'keys' || (group === 'assignments' && isAssignment(piece));
    if (!isPart) {
      const after = findKeyword(piece, ...AFTER_EXPRESSION);
      const word = piece[after];
      if (word && isWord(word, ...STAYS)) {
        group = undefined;
        continue;
      }
      ttls.push({ kind: 'rows', expression: write(after === -1 ? piece : piece.slice(0, after)) });
    }
    group = groupAfter(piece, isPart ? group : undefined);
  }
  return ttls;
}

/** What the piece after this one may belong to. */
function groupAfter<Group>(piece: Tokens, group: Group): Group | 'keys' | 'assignments' | undefined {
  const [by, set, where] = [findKeyword(piece, 'GROUP'), findKeyword(piece, 'SET'), findKeyword(piece, 'WHERE')];
  if (Math.max(by, set, where) === -1) return group;
  if (where > Math.max(by, set)) return undefined;
  return set > by ? 'assignments' : 'keys';
}

/** `column = …`, as ClickHouse itself tells it from the expression of another TTL. */
function isAssignment(piece: Tokens): boolean {
  const [name, equals] = piece.filter(({ kind }) => kind !== 'space');
  return name !== undefined && /^[\p{L}_`"]/u.test(name.text) && equals?.text === '=';
}
