import { CANONICAL_COLUMNS, OPTIONAL_COLUMNS } from './canonical.js';

/** A column as DESCRIBE lists it. */
export interface DescribedColumn {
  readonly name: string;
  readonly type: string;
}

/** Something wrong with a column, and its name in the SELECT: '' where it isn't in it. */
export interface ColumnProblem {
  readonly column: string;
  readonly message: string;
}

interface Wanted {
  readonly what: string;
  readonly matches: RegExp;
}

/** The columns that a metric template returns. */
const WANTED: Readonly<Record<string, Wanted>> = {
  date: { what: 'Date', matches: /^Date(?:32)?$/ },
  team_id: { what: 'an integer', matches: /^U?Int\d+$/ },
  metric_name: { what: 'String', matches: /^(?:String|FixedString\(\d+\)|Enum(?:8|16)\(.*\))$/s },
  metric_value: { what: 'a number', matches: /^(?:U?Int\d+|B?Float\d+|Decimal\(.*\)|Bool)$/ },
};
const NAMES = Object.keys(WANTED);
const LIST = NAMES.join(', ');

/** What is wrong with the columns of a metric template, or of the first SELECT that UNION ALL joins. */
export function checkMetricColumns(columns: readonly DescribedColumn[]): ColumnProblem[] {
  const problems: ColumnProblem[] = [];
  for (const name of NAMES) {
    const found = columns.filter((column) => column.name === name).length;
    if (found === 0) problems.push({ column: '', message: `column ${name} is missing; a template returns ${LIST}` });
    if (found > 1) problems.push({ column: name, message: `column ${name} is there ${found} times` });
  }
  const isWanted = ({ name }: DescribedColumn) => NAMES.includes(name);
  problems.push(...columns.filter(isWanted).flatMap(({ name, type }) => checkType(name, type)));
  const extra = columns.filter((column) => !isWanted(column)).map(({ name }) => name);
  return [...problems, ...tooMany(extra, `a template returns ${LIST} and nothing else`)];
}

/** So many columns too many are named one by one. More are those of a `*`. */
const NAMED = 3;

/** @param expected what there is to be instead. */
export function tooMany(names: readonly string[], expected: string): ColumnProblem[] {
  if (names.length <= NAMED)
    return names.map((name) => ({ column: name, message: `column ${name} is one too many; ${expected}` }));
  const some = `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more`;
  return [{ column: '', message: `columns ${some} are too many; ${expected}` }];
}

/** What is wrong with a further SELECT of a UNION ALL, whose columns count by position. */
export function checkBranchColumns(
  columns: readonly DescribedColumn[],
  first: readonly DescribedColumn[],
): ColumnProblem[] {
  if (columns.length !== first.length) {
    const message = `this SELECT of the UNION ALL has ${columns.length} columns, the first has ${first.length}`;
    return [{ column: '', message }];
  }
  return columns.flatMap(({ name, type }, index) => {
    const wanted = first[index]?.name ?? name;
    if (name === wanted || !NAMES.includes(name)) return checkType(wanted, type);
    const message = `column ${name} stands where the first SELECT has ${wanted}; UNION ALL joins columns by position, not by name`;
    return [{ column: name, message }];
  });
}

/** What is wrong with the type of a column that every template returns. */
export function checkType(name: string, type: string): ColumnProblem[] {
  const wanted = WANTED[name];
  const bare = bareType(type);
  // Newer servers give a column of several types that UNION ALL joins all of them; the casts of wrapTemplate know each.
  const members = /^Variant\((.*)\)$/s.exec(bare)?.[1]?.split(', ') ?? [bare];
  if (wanted === undefined || members.every((member) => wanted.matches.test(bareType(member)))) return [];
  return [{ column: name, message: `column ${name} is ${type}, expected ${wanted.what}${remedy(name, bare)}` }];
}

function bareType(type: string): string {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/s.exec(type)?.[1];
  return inner === undefined ? type : bareType(inner);
}

function remedy(name: string, type: string): string {
  if (type === 'Nothing') return '; it is always NULL';
  if (type.startsWith('Variant('))
    return `; the SELECTs of the UNION ALL differ in it: cast it in each of them, e.g. to${casts[name]}(…)`;
  if (name === 'date' && type.startsWith('DateTime')) return "; write toDate(…, 'UTC')";
  return `; write to${casts[name]}(…)`;
}
const casts: Readonly<Record<string, string>> = {
  date: 'Date',
  team_id: 'UInt64',
  metric_name: 'String',
  metric_value: 'Float64',
};

/** What is wrong with the columns of a source. */
export function checkSourceColumns(columns: readonly DescribedColumn[]): ColumnProblem[] {
  const known = [...CANONICAL_COLUMNS, ...OPTIONAL_COLUMNS];
  const extra = columns
    .filter((column) => !known.some(({ name }) => name === column.name))
    .map(({ name }) => ({
      column: name,
      message: `column ${name} is not one of an LLM event; see docs/adding-a-metric.md`,
    }));
  const wrong = known.flatMap(({ name, type }) => {
    const found = columns.find((column) => column.name === name);
    if (found === undefined && OPTIONAL_COLUMNS.some((optional) => optional.name === name)) return [];
    if (found === undefined) return [{ column: '', message: `column ${name} is missing; expected ${type}` }];
    return found.type === type ? [] : [{ column: name, message: `column ${name} is ${found.type}, expected ${type}` }];
  });
  return [...extra, ...wrong];
}
