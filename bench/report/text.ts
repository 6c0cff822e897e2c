import type { Cell, Column, PartResult, Table } from '../results.js';
import { sentence } from '../targets.js';

/** A part's tables and targets, for a terminal. */
export function textOf({ part, size, tables, targets }: PartResult): string {
  const lines = [`\n== ${part} · ${size}`];
  for (const table of tables) lines.push('', ...tableLines(table), ...(table.note ? [`(${table.note})`] : []));
  if (targets.length > 0) lines.push('', ...targets.map(sentence));
  return lines.join('\n');
}

/** The title, the heads, and the rows with all columns aligned: numbers to the right. */
export function tableLines({ title, columns, rows }: Table): string[] {
  const cells = rows.map((row) => columns.map((column, index) => shownCell(row[index] ?? null, column)));
  const widths = columns.map(({ head }, index) =>
    Math.max(head.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const isNumber = columns.map((_, index) => rows.some((row) => typeof row[index] === 'number'));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => (isNumber[index] ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return [title, line(columns.map(({ head }) => head)), ...cells.map(line)];
}

/** A cell as people read it: thousands apart, nothing for what was not measured. */
export function shownCell(cell: Cell, { digits = 0 }: Column): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  if (!Number.isFinite(cell)) return '–';
  return cell.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
