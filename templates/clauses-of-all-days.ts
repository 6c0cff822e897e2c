import { CANONICAL_COLUMNS } from './canonical.js';
import { tokenize } from './sql-text.js';

/** A part of a SELECT that is about rows of all days together, and what would be about each day's. */
export interface ClauseOfAllDays {
  readonly clause: string;
  readonly ofEachDay: string;
}

/** Columns that have the same values on several days. */
const ON_SEVERAL_DAYS: ReadonlySet<string> = new Set(
  [...CANONICAL_COLUMNS.map(({ name }) => name), 'metric_name'].filter(
    (name) => !['date', 'timestamp', 'ingested_at', 'event_id'].includes(name),
  ),
);

/** Where a list after BY ends, if not with its bracket. */
const ENDS_LIST =
  /^(?:LIMIT|OFFSET|FETCH|UNION|INTERSECT|EXCEPT|SETTINGS|FORMAT|WITH|INTO|ORDER|ROWS|RANGE|GROUPS|QUALIFY)$/i;

/**
 * The first clause of `sql` that takes rows of all days together: a LIMIT without BY date, OFFSET, FETCH, TOP, or a window of columns
 * that don't tell days apart. These words may be names too: a clause is what goes on as no name does.
 */
export function clauseOfAllDays(sql: string): ClauseOfAllDays | undefined {
  const code = codeOf(sql);
  for (const index of code.keys()) {
    const found = limitAt(code, index) ?? otherLimitAt(code, index) ?? windowAt(code, index);
    if (found) return found;
  }
  return undefined;
}

/** Words and symbols, without comments and texts. A quoted `date` is the column. */
function codeOf(sql: string): string[] {
  const tokens = tokenize(sql).filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  return tokens.map(({ kind, text }) => (kind !== 'quoted' ? text : /^["`]date["`]$/.test(text) ? 'date' : "''"));
}

const has = (code: readonly string[], index: number, pattern: RegExp): boolean => pattern.test(code[index] ?? '');

function limitAt(code: readonly string[], index: number): ClauseOfAllDays | undefined {
  if (!has(code, index, /^LIMIT$/i) || !has(code, index + 1, /^\d/)) return undefined;
  let end = index + 1;
  while (has(code, end, /^(?:\d.*|[.,]|OFFSET)$/i)) end += 1;
  const items = has(code, end, /^BY$/i) ? listAt(code, end + 1) : [];
  if (items.some((item) => /^(?:\w+\.)*date$/.test(item))) return undefined;
  const limit = textOf(code.slice(index, end));
  const clause = items.length > 0 ? `${limit} BY ${items.join(', ')}` : limit;
  return { clause, ofEachDay: `${limit} BY ${['date', ...items].join(', ')}` };
}

function otherLimitAt(code: readonly string[], index: number): ClauseOfAllDays | undefined {
  const text = code.slice(index, index + 2).join(' ');
  const isOffset = /^OFFSET \d/i.test(text) && !has(code, index - 2, /^LIMIT$/i);
  const isFetch = /^FETCH (?:FIRST|NEXT)$/i.test(text) && has(code, index + 2, /^(?:\d.*|ROWS?)$/i);
  const isTop = /^TOP \d/i.test(text) && has(code, index - 1, /^(?:SELECT|DISTINCT)$/i);
  return isOffset || isFetch || isTop ? { clause: text, ofEachDay: 'LIMIT … BY date' } : undefined;
}

function windowAt(code: readonly string[], index: number): ClauseOfAllDays | undefined {
  const isOver = has(code, index, /^OVER$/i);
  const isNamed = has(code, index - 2, /^WINDOW$/i) && has(code, index, /^AS$/i);
  if (!(isOver || isNamed) || !has(code, index + 1, /^\($/)) return undefined;
  const first = index + 2;
  const hasPartition = has(code, first, /^PARTITION$/i) && has(code, first + 1, /^BY$/i);
  // It may begin with the name of another window, whose columns it has.
  if (!hasPartition && !has(code, first, /^(?:ORDER|ROWS|RANGE|GROUPS|\))$/i)) return undefined;
  const items = hasPartition ? listAt(code, first + 2) : [];
  if (!items.every((item) => ON_SEVERAL_DAYS.has(item.replace(/^.*\./, '')))) return undefined;
  const partition = (by: readonly string[]) => `PARTITION BY ${by.join(', ')}`;
  const clause = items.length > 0 ? `a window with ${partition(items)}` : 'a window without PARTITION BY';
  return { clause, ofEachDay: partition(['date', ...items]) };
}

/** What stands between commas from `start` on. */
function listAt(code: readonly string[], start: number): string[] {
  const items: string[][] = [[]];
  let depth = 0;
  for (const text of code.slice(start)) {
    if (depth === 0 && (text === ')' || ENDS_LIST.test(text))) break;
    if (/^[([]$/.test(text)) depth += 1;
    if (/^[)\]]$/.test(text)) depth -= 1;
    if (depth === 0 && text === ',') items.push([]);
    else items.at(-1)?.push(text);
  }
  return items.map(textOf);
}

function textOf(code: readonly string[]): string {
  return code
    .join(' ')
    .replace(/ ?([().[\]]) ?/g, '$1')
    .replaceAll(' ,', ',');
}
