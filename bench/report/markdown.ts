import type { PartResult, Results, Table } from '../results.js';
import { sentence } from '../targets.js';
import { shownCell } from './text.js';

/** The whole run as a section of docs/performance.md. */
export function markdownOf({ at, machine, parts }: Results): string {
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  const head = `Measured ${at.slice(0, 10)}: ${facts.join(', ')}.`;
  return `${[head, ...parts.flatMap(partOf)].join('\n\n')}\n`;
}

function partOf({ part, size, rounds, tables, targets }: PartResult): string[] {
  const list = targets.map((target) => `- ${sentence(target)}`).join('\n');
  return [
    `### ${part}, ${size}, ${rounds === 1 ? 'one round' : `${rounds} rounds`}`,
    ...tables.flatMap(tableOf),
    ...(list === '' ? [] : [list]),
  ];
}

function tableOf({ title, columns, rows, note }: Table): string[] {
  const isNumber = columns.map((_, index) => rows.some((row) => typeof row[index] === 'number'));
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [
    line(columns.map(({ head }) => head)),
    line(columns.map((_, index) => (isNumber[index] ? '--:' : '---'))),
    ...rows.map((row) => line(columns.map((column, index) => shownCell(row[index] ?? null, column)))),
  ];
  return [`${title}${note ? ` (${note})` : ''}:`, table.join('\n')];
}
