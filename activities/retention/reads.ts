import type { Database } from '../../clickhouse/database.js';
import { withoutOptionalColumns } from '../../templates/relation.js';
import { starsOf } from './stars.js';
import { NODE } from './syntax-node.js';

/** What a SELECT names, by its syntax alone. */
export interface Reads {
  /** What stands where a table can: tables as they are written, and names of WITH. With repetitions: each is a read. */
  readonly tables: readonly string[];
  /** Of these, those that nothing but a table, a name of WITH or a list can be: what follows FROM, JOIN and IN. With repetitions. */
  readonly from: readonly string[];
  /** Table functions. */
  readonly functions: readonly string[];
  /** Of tables and functions those with a database before them, which can be nothing but tables, or views that take parameters. */
  readonly qualified: readonly string[];
  /** The identifiers, and their last parts: among them every column that is read by name. */
  readonly columns: ReadonlySet<string>;
  /** Of the tables those of which columns are read that aren't named: by an asterisk, by COLUMNS, or as `x IN t` does. */
  readonly stars: ReadonlySet<string>;
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
  // The plain words of the tree: of literals, which may be long and say anything, nothing but that they are there.
  const rows = await database.select<{ explain: string }>(
    // A comment at its end must not take the bracket along.
    `SELECT replaceRegexpOne(explain, '^( *(Literal|Subquery))\\\\b.*', '\\\\1') AS explain FROM (EXPLAIN AST ${text}\n) WHERE NOT match(explain, '^ *ExpressionList\\\\b')`,
  );
  return readTree(rows.map(({ explain }) => explain));
}

const IN = /^(?:global)?(?:not)?in(?:ignoreset)?$/i;

/** The lines of EXPLAIN AST, one node each, indented by its depth. */
export function readTree(lines: readonly string[]): Reads {
  const tables: string[] = [];
  const functions: string[] = [];
  const read: string[] = [];
  const from: string[] = [];
  const sets: string[] = [];
  const columns = new Set<string>();
  const qualifiers = new Set<string>();
  let inTable = -1;
  /** Those of IN around a line, the innermost last. */
  const operators: { readonly depth: number; operands: number }[] = [];
  for (const line of lines) {
    const [, indent = '', node = '', name = '', alias = ''] = NODE.exec(line) ?? [];
    const depth = indent.length;
    qualifiers.add(alias);
    // What comes after it in the tree may be as deep as what stands in it.
    if (depth <= inTable) inTable = -1;
    while ((operators.at(-1)?.depth ?? -1) >= depth) operators.pop();
    const operator = operators.at(-1);
    const isOperand = depth === (operator?.depth ?? NaN) + 2;
    if (operator && isOperand) operator.operands++;
    // A SELECT without FROM reads the one row of system.one.
    if (node === 'TableIdentifier' && name !== 'system.one') from.push(name);
    if (node === 'TableIdentifier' && !name.startsWith('system.')) {
      tables.push(name);
      read.push(name);
      qualifiers.add(lastPart(name));
    }
    if (node === 'Function' && depth === inTable + 1) {
      functions.push(name);
      read.push(name);
    }
    if (node === 'Identifier') {
      columns.add(name).add(lastPart(name));
      // `x IN t` reads the table t; its first argument is an identifier too, and rarely the name of a table.
      if (isOperand) tables.push(name);
      if (operator && isOperand && operator.operands > 1) sets.push(name);
    }
    if (node === 'TableExpression') inTable = depth;
    if (node === 'Function' && IN.test(name)) operators.push({ depth, operands: 0 });
  }
  // What follows IN may be a column of a table too.
  const inSets = sets.filter((name) => !qualifiers.has(name.slice(0, name.indexOf('.'))));
  const qualified = [...read, ...inSets].filter((name) => name.includes('.'));
  from.push(...inSets);
  return { tables, from, functions, qualified, columns, stars: new Set([...starsOf(lines), ...sets]) };
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
