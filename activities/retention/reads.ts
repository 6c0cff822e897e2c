import type { Database } from '../../clickhouse/database.js';
import { withoutOptionalColumns } from '../../templates/relation.js';

/** What a SELECT names, by its syntax alone. */
export interface Reads {
  /** What stands where a table can: tables as they are written, and names of WITH. With repetitions: each is a read. */
  readonly tables: readonly string[];
  /** Table functions. */
  readonly functions: readonly string[];
  /** The identifiers, and their last parts: among them every column that is read by name. */
  readonly columns: ReadonlySet<string>;
  /** Whether an asterisk, or COLUMNS, reads columns that aren't named. */
  readonly everyColumn: boolean;
}

/**
 * Reads the syntax tree that the server makes of `select`. Of the ways to learn what a query reads, EXPLAIN AST is the only one that
 * runs nothing of it (scalar subqueries run when a query is analysed), needs no rights, knows every subquery, join, IN and WITH, and
 * is there on old servers too. EXPLAIN ESTIMATE leaves out what has no rows; `system.tables` knows dependencies of views alone.
 * @throws the server's error for a text that is no query.
 */
export async function readsOf(database: Database, select: string): Promise<Reads> {
  // Parameters, of a parameterized view for example, have no value here, and need none.
  const text = withoutOptionalColumns(select).replaceAll(/\{\s*\w+\s*:[^{}]*\}/g, 'NULL');
  // The plain words of the tree, without the literals: those may be long, and say anything.
  const rows = await database.select<{ explain: string }>(
    `SELECT explain FROM (EXPLAIN AST ${text}) WHERE NOT match(explain, '^ *(Literal|ExpressionList|Subquery|SelectQuery)\\\\b')`,
  );
  return readTree(rows.map(({ explain }) => explain));
}

const NODE = /^( *)(\w+)(?: (.*?))?(?: \(alias .*\))?(?: \(children \d+\))?$/;

/** The lines of EXPLAIN AST, one node each, indented by its depth. */
export function readTree(lines: readonly string[]): Reads {
  const tables: string[] = [];
  const functions: string[] = [];
  const columns = new Set<string>();
  let everyColumn = false;
  let inTable = -1;
  let inOperator = -1;
  for (const [index, line] of lines.entries()) {
    const [, indent = '', node = '', name = ''] = NODE.exec(line) ?? [];
    const depth = indent.length;
    // A SELECT without FROM reads the one row of system.one.
    if (node === 'TableIdentifier' && !name.startsWith('system.')) tables.push(name);
    if (node === 'Function' && depth === inTable + 1) functions.push(name);
    if (node === 'Identifier') {
      columns.add(name).add(name.slice(name.lastIndexOf('.') + 1));
      // `x IN t` reads the table t; its first argument is an identifier too, and rarely the name of a table.
      if (depth === inOperator + 2) tables.push(name);
    }
    const counted = node === 'Asterisk' && /^ *Function count\b/i.test(lines[index - 1] ?? '');
    everyColumn ||= !counted && /^(?:Qualified)?(?:Asterisk|Columns\w*Matcher)$/.test(node);
    if (node === 'TableExpression') inTable = depth;
    if (node === 'Function') inOperator = /^(?:global)?(?:not)?in(?:ignoreset)?$/i.test(name) ? depth : -1;
  }
  return { tables, functions, columns, everyColumn };
}
