import { type ColumnProblem, type DescribedColumn } from './columns.js';
import { UndescribedError, type Place } from './errors.js';
import { placeOfMistake, word } from './place-of-mistake.js';
import { isRefusal, readServerMessage } from './server-message.js';
import { leadingWith } from './sql-text.js';
import { type Trace } from './trace.js';
import { unclosedProblem } from './unclosed-quote.js';

/** Something wrong with a file of `sql/`, for its author. */
export interface TemplateProblem {
  /** As people know it: `sql/event_counts.sql`. */
  readonly file: string;
  /** From 1; absent where the problem has no line. */
  readonly line?: number;
  readonly message: string;
  /** Nothing wrong, as far as is known: the server was not let to look further. */
  readonly unchecked?: true;
}

/** Runs a complete statement that lists names and types, such as `DESCRIBE (…)`; rejects with ClickHouse's error, or UndescribedError. */
export type Describe = (statement: string) => Promise<readonly DescribedColumn[]>;

/** A SELECT of a rendered text, and the way back to the file that it came from. */
export interface Piece {
  readonly file: string;
  /** The file's own text. */
  readonly source: string;
  /** A WITH clause that it needs and that stands elsewhere, or ''. */
  readonly prefix: string;
  readonly sql: string;
  /** Where `sql` begins in the rendered text. */
  readonly offset: number;
  readonly trace: Trace;
  /** What the file was rendered with, by name. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** All that a file rendered to, as one piece. */
export function wholePiece(
  { file, source }: Pick<Piece, 'file' | 'source'>,
  { sql, trace, variables }: { sql: string; trace: () => Trace; variables: Piece['variables'] },
): Piece {
  return { file, source, prefix: '', sql, offset: 0, trace: trace(), variables };
}

const BEFORE = 'DESCRIBE (\n';

/** The columns that `piece` returns, without running it, or why ClickHouse refuses it. */
export async function describePiece(
  piece: Piece,
  describe: Describe,
): Promise<{ columns: readonly DescribedColumn[] } | { problem: TemplateProblem }> {
  const statement = `${BEFORE}${piece.prefix}${piece.sql}\n)`;
  try {
    return { columns: await describe(statement) };
  } catch (error) {
    if (error instanceof UndescribedError)
      return { problem: { file: piece.file, message: error.message, unchecked: true } };
    if (!isRefusal(error)) throw error;
    const { text, offset } = readServerMessage(error.message, statement);
    const unclosed = offset === undefined ? undefined : unclosedProblem(piece);
    if (unclosed) return { problem: unclosed };
    const within = offset === undefined ? placeOfMistake(text, piece) : fromStatement(piece, offset);
    return { problem: problemAt(piece, within, withRemedy(piece, text)) };
  }
}

/** A variable whose braces were forgotten is a table that isn't there, and no table is what to look for; nor is a setting for UNION. */
function withRemedy({ variables }: Piece, text: string): string {
  if (text.startsWith('Expected ALL or DISTINCT')) return `${text}; write UNION ALL`;
  const [refusal, name = ''] = /^Unknown table expression identifier '(\w+)'/.exec(text) ?? [];
  return refusal !== undefined && Object.hasOwn(variables, name) ? `${refusal}; write {{ ${name} }}` : text;
}

/** `problem` with the line of its column: where it gets its name, else where the SELECT begins. */
export function columnProblem(piece: Piece, { column, message }: ColumnProblem): TemplateProblem {
  const escaped = column.replace(/[^\w]/g, String.raw`\$&`);
  const alias = column === '' ? undefined : new RegExp(`\\bas\\s+[\`"]?${escaped}\\b`, 'i').exec(piece.sql)?.index;
  return problemAt(piece, alias ?? wordIn(piece.sql, column) ?? selectIn(piece.sql), message);
}

/** A problem of a text that is not as its author wrote it: no line of the file is its place. */
export function ofWhole({ file, message, unchecked }: TemplateProblem): TemplateProblem {
  return { file, message, ...(unchecked && { unchecked }) };
}

function problemAt({ file, offset, trace }: Piece, within: number | undefined, message: string): TemplateProblem {
  const place: Place | undefined = within === undefined ? undefined : trace(offset + within);
  return { file: place?.file ?? file, ...(place?.line !== undefined && { line: place.line }), message };
}

/** Offset in the piece's own SQL of an offset in the statement; undefined in front of it. */
function fromStatement({ prefix, sql }: Piece, offset: number): number | undefined {
  const within = offset - BEFORE.length - prefix.length;
  return within < 0 ? undefined : Math.min(within, sql.length);
}

/** Where the SELECT begins: after what stands before it, such as comments. */
function selectIn(sql: string): number {
  const from = leadingWith(sql).length;
  return from + sql.slice(from).search(/\S/);
}

function wordIn(sql: string, name: string): number | undefined {
  return /^[\w$]+$/.test(name) ? new RegExp(word(name), 'i').exec(sql)?.index : undefined;
}
