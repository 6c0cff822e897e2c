import Table from 'cli-table3';
import type { Output } from './output.js';

export interface Column {
  readonly head: string;
  /** Numbers are aligned to the right. */
  readonly align?: 'right';
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Lines of an aligned table without borders; no lines without rows. */
export function table(output: Output, columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const result = new Table({
    head: columns.map(({ head }) => output.style('bold', head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  result.push(...rows.map((row) => [...row]));
  return result
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
