import type { Column } from './columns.js';
import { closing, isName, nameOf, readable } from './definition.js';

/** Functions that say what time it is. */
const CLOCK =
  /^(?:now(?:64)?|nowInBlock(?:64)?|today|yesterday|cur_?date|current_(?:date|timestamp)|utc_?timestamp|localtime(?:stamp)?)$/i;
/** Functions that say something else each time, or after somebody changed what they look into. */
const OTHER = /^(?:rand\w*|generate\w+|fuzzBits|initial_?query_?start_?time|uptime|(?:dict|join)Get\w*)$/i;

/** A call of a function that says something else at another moment. */
export interface Call {
  readonly name: string;
  readonly text: string;
  readonly offset: number;
}

/**
 * What an expression calls that need not say now what it said when a row was inserted.
 * @param columns Those of its table: ClickHouse takes `today` without brackets for today() where no column is called so.
 */
export function changingCalls(expression: string, columns: readonly Pick<Column, 'name'>[]): Call[] {
  const tokens = readable(expression);
  return tokens.flatMap((token, index) => {
    const name = isName(token) ? nameOf(token) : '';
    if (!CLOCK.test(name) && !OTHER.test(name)) return [];
    const next = tokens.findIndex(({ kind }, at) => at > index && kind !== 'space');
    const hasBrackets = tokens[next]?.text === '(';
    const isOther = columns.some((column) => column.name === name) || tokens[index - 1]?.text === '.';
    if (isOther && !hasBrackets) return [];
    const call = tokens.slice(index, hasBrackets ? closing(tokens, next) + 1 : index + 1);
    return [{ name, text: call.map(({ text }) => text).join(''), offset: token.offset }];
  });
}

/**
 * The expression for rows that arrived at the instant `llma_instant`: that is what its clocks say.
 * @returns undefined where it calls more than clocks
 */
export function atInstant(expression: string, calls: readonly Call[]): string | undefined {
  if (!calls.every(({ name }) => CLOCK.test(name))) return undefined;
  // From the end, so that the offsets before stay right.
  return calls.toReversed().reduce((sql, { name, text, offset }) => {
    const instant = /^yesterday$/i.test(name) ? 'llma_instant - toIntervalDay(1)' : 'llma_instant';
    return `${sql.slice(0, offset)}CAST(${instant}, toTypeName(${text}))${sql.slice(offset + text.length)}`;
  }, expression);
}
