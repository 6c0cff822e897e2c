const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names that stand for `min`, `min + 1`, … */
  readonly names: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of the month', min: 1, max: 31, names: [] },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of the week', min: 0, max: 7, names: DAYS },
];

/**
 * What is wrong with a five-field cron expression, or undefined when nothing is.
 * The dialect is the one that Temporal's schedules take: numbers, names, `*`, lists, ranges and steps.
 */
export function cronProblem(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    return `expected five fields (minute hour day-of-month month day-of-week) like "0 6 * * *", found ${fields.length}`;
  }
  for (const [index, field] of FIELDS.entries()) {
    const problem = (fields[index] ?? '')
      .split(',')
      .map((part) => partProblem(part, field))
      .find(Boolean);
    if (problem) return problem;
  }
  return undefined;
}

function partProblem(part: string, field: Field): string | undefined {
  const [range = '', step, ...rest] = part.split('/');
  const bounds = range === '*' ? [] : range.split('-');
  const numbers = bounds.map((bound) => valueOf(bound, field));
  const [low, high] = numbers;
  const stepOk = step === undefined || (/^\d+$/.test(step) && Number(step) > 0);
  if (rest.length || bounds.length > 2 || !stepOk || numbers.includes(undefined) || (high ?? Infinity) < (low ?? 0)) {
    return `"${part}" can't be the ${field.name}: expected *, a number from ${field.min} to ${field.max}, a range like ${field.min}-${field.max}, a list or a step like */2`;
  }
  return undefined;
}

function valueOf(text: string, field: Field): number | undefined {
  const named = field.names.indexOf(text.toUpperCase());
  if (named >= 0) return named + field.min;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= field.min && value <= field.max ? value : undefined;
}
