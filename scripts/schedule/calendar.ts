import type { CalendarSpec, CalendarSpecDescription } from '@temporalio/client';

const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

interface Field {
  readonly name: 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek';
  readonly min: number;
  readonly max: number;
  /** What stands for `min`, `min + 1`, …; in cron its first three letters do. */
  readonly words?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'dayOfMonth', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: MONTHS },
  { name: 'dayOfWeek', min: 0, max: 6, words: DAYS },
];

/** The numbers of each field, in order. */
type Times = Readonly<Record<Field['name'], readonly number[]>>;

/**
 * A checked cron expression as Temporal's calendar. We read it ourselves: Temporal's own reading drops a Sunday that ends a
 * range (`MON-7`), and does not tell the expression again, which the comment does here.
 */
export function calendarOf(cron: string): CalendarSpec {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = timesOfCron(cron);
  return {
    minute: rangesOf(minute),
    hour: rangesOf(hour),
    dayOfMonth: rangesOf(dayOfMonth),
    month: rangesOf(month).map(({ start, end }) => ({
      start: wordAt(MONTHS, start - 1),
      end: wordAt(MONTHS, end - 1),
    })),
    dayOfWeek: rangesOf(dayOfWeek).map(({ start, end }) => ({ start: wordAt(DAYS, start), end: wordAt(DAYS, end) })),
    comment: cron,
  };
}

/** Whether a calendar of the server means the same times as a cron expression. */
export function means(calendar: CalendarSpecDescription, cron: string): boolean {
  const { second, year } = calendar;
  const everyYear = year.length === 0;
  const onTheMinute = second.every(({ start, end }) => start === 0 && end === 0);
  return everyYear && onTheMinute && JSON.stringify(timesOf(calendar)) === JSON.stringify(timesOfCron(cron));
}

function timesOfCron(cron: string): Times {
  const texts = cron.trim().split(/\s+/);
  return fieldsOf((field, index) => (texts[index] ?? '').split(',').flatMap((part) => numbersOf(part, field)));
}

function timesOf(calendar: CalendarSpecDescription): Times {
  return fieldsOf((field) => {
    const ranges: readonly { start: string | number; end: string | number; step: number }[] = calendar[field.name];
    return ranges.flatMap(({ start, end, step }) => series(valueOf(start, field), valueOf(end, field), step));
  });
}

function fieldsOf(numbers: (field: Field, index: number) => number[]): Times {
  const entries = FIELDS.map((field, index) => {
    const values = numbers(field, index).map((value) => (field.name === 'dayOfWeek' ? value % 7 : value));
    return [field.name, [...new Set(values)].sort((a, b) => a - b)];
  });
  return Object.fromEntries(entries) as Times;
}

/** `*`, `5`, `1-5`, `*\/10`, `5/10`, `1-30/2`. */
function numbersOf(part: string, field: Field): number[] {
  const [range = '', step] = part.split('/');
  const [low = '', high] = range === '*' ? [String(field.min), String(field.max)] : range.split('-');
  const start = valueOf(low, field);
  const end = high === undefined ? (step === undefined ? start : field.max) : valueOf(high, field);
  // With a start of 7, which is Sunday too, there is nothing after it.
  return series(start, Math.max(start, end), step === undefined ? 1 : Number(step));
}

function valueOf(text: string | number, { words, min }: Field): number {
  const index = words?.findIndex((word) => word === text || word.slice(0, 3) === String(text).toUpperCase()) ?? -1;
  return index >= 0 ? index + min : Number(text);
}

function series(start: number, end: number, step: number): number[] {
  const numbers = [];
  for (let value = start; value <= end; value += step) numbers.push(value);
  return numbers;
}

/** Runs of numbers that follow one another. */
function rangesOf(numbers: readonly number[]): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.end === number - 1) last.end = number;
    else ranges.push({ start: number, end: number });
  }
  return ranges;
}

function wordAt<Word>(words: readonly Word[], index: number): Word {
  const word = words[index];
  if (word === undefined) throw new Error(`there is no word ${index}`);
  return word;
}
