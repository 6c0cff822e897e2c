import { NODE } from './syntax-node.js';

const STAR = /^(?:Qualified)?(?:Asterisk|Columns\w*Matcher)$/;

interface Select {
  readonly depth: number;
  readonly tables: string[];
  hasStar: boolean;
}

/**
 * Of which tables an asterisk, or COLUMNS, reads columns that aren't named: the tables as they are written, in the lines of EXPLAIN AST.
 * Where a SELECT joins tables it is taken for one of all of them. One of a subquery, or a name of WITH, reads what is named there.
 */
export function starsOf(lines: readonly string[]): Set<string> {
  const selects: Select[] = [];
  /** Those around a line, the innermost last. */
  const around: Select[] = [];
  for (const [index, line] of lines.entries()) {
    const [, indent = '', node = '', name = ''] = NODE.exec(line) ?? [];
    const depth = indent.length;
    while ((around.at(-1)?.depth ?? -1) >= depth) around.pop();
    if (node === 'SelectQuery') {
      const select = { depth, tables: [], hasStar: false };
      selects.push(select);
      around.push(select);
    }
    if (node === 'TableIdentifier') around.at(-1)?.tables.push(name);
    // What count(*) counts are rows.
    const counted = node === 'Asterisk' && /^ *Function count\b/i.test(lines[index - 1] ?? '');
    if (counted || !STAR.test(node)) continue;
    // `t.*` may be of a table of a SELECT around its own.
    for (const select of node.startsWith('Qualified') ? around : around.slice(-1)) select.hasStar = true;
  }
  return new Set(selects.flatMap(({ tables, hasStar }) => (hasStar ? tables : [])));
}
