import { checkType, tooMany, type ColumnProblem, type DescribedColumn } from './columns.js';
import { STATE_TYPES } from './states.js';

const KEY = ['date', 'team_id', 'metric_name'];
/** The metric of all types in which the ids count too. */
const TOTAL = 'total';
const STATES: Readonly<Record<string, string>> = STATE_TYPES;
const NAMES = [...KEY, TOTAL, ...Object.keys(STATES)];
const LIST = `${KEY.join(', ')}, any of ${Object.keys(STATES).join(', ')}, and ${TOTAL} if they have one`;

/** How a state of the right type is made. */
const MADE: Readonly<Record<string, string>> = {
  quantiles: 'quantilesTDigestState(0.5, 0.9, 0.95, 0.99)(value), of values that are Float64 and not Nullable',
  uniques: 'uniqCombined64State(13)(id), of ids that are String and not Nullable',
  calls: 'sumMap(map(name, count)), of names that are String and counts that are UInt64',
  errors: 'sumMap(map(name, count)), of names that are String and counts that are UInt64',
};

/** What is wrong with the columns of a template's states. */
export function checkStateColumns(columns: readonly DescribedColumn[]): ColumnProblem[] {
  const problems: ColumnProblem[] = [];
  for (const name of NAMES) {
    const found = columns.filter((column) => column.name === name).length;
    if (found === 0 && KEY.includes(name))
      problems.push({ column: '', message: `column ${name} is missing; states are ${LIST}` });
    if (found > 1) problems.push({ column: name, message: `column ${name} is there ${found} times` });
  }
  if (!columns.some(({ name }) => name in STATES))
    problems.push({ column: '', message: `there is no state; states are ${LIST}` });
  for (const { name, type } of columns) {
    const expected = STATES[name];
    if (KEY.includes(name)) problems.push(...checkType(name, type));
    else if (name === TOTAL) problems.push(...checkTotal(type));
    else if (expected !== undefined && type !== expected)
      problems.push({ column: name, message: `column ${name} is ${type}, expected ${expected}; write ${MADE[name]}` });
  }
  const extra = columns.map(({ name }) => name).filter((name) => !NAMES.includes(name));
  return [...problems, ...tooMany(extra, `states are ${LIST}`)];
}

function checkTotal(type: string): ColumnProblem[] {
  if (/^(?:String|LowCardinality\(String\))$/.test(type)) return [];
  return [{ column: TOTAL, message: `column ${TOTAL} is ${type}, expected String` }];
}
