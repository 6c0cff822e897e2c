import { str, typeName } from './text.js';

/** `[[fill]align][sign][0][width][,][.precision][type]` of Python's format specifications, as far as SQL needs them. */
const SPEC = /^(?:(.)?([<>^]))?([+ ])?(0)?(\d+)?(,)?(?:\.(\d+))?([sdfxX%])?$/u;
const PERCENT = /%(?:\((\w+)\))?([-0+ ]*)(\d+)?(?:\.(\d+))?(.)/gu;

/** Python's `str.format`: `{}`, `{0}`, `{name}`, each with an optional `!r`, `!s` and format specification. */
export function formatBraces(
  template: string,
  args: readonly unknown[],
  keywords: Readonly<Record<string, unknown>>,
): string {
  let next = 0;
  return template.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (whole, field: string | undefined) => {
    if (whole === '{{' || whole === '}}') return whole.slice(1);
    if (field === undefined) throw new TypeError(`single '${whole}' in the format string; write it twice to print one`);
    const [, name = '', spec = ''] = /^([^:!]*)(?:![rs])?(?::(.*))?$/su.exec(field) ?? [undefined, field];
    if (name === '') return formatOne(pick(args, next++), spec);
    if (/^\d+$/.test(name)) return formatOne(pick(args, Number(name)), spec);
    if (!Object.hasOwn(keywords, name)) throw new TypeError(`format() was given no argument '${name}'`);
    return formatOne(keywords[name], spec);
  });
}

/** Python's `template % values`, which is Jinja2's filter `format` too. */
export function formatPercent(template: string, values: unknown): string {
  const list: readonly unknown[] = Array.isArray(values) ? values : [values];
  let next = 0;
  const result = template.replace(PERCENT, (...match: (string | undefined)[]) => {
    const [, name, flags = '', width = '', precision, type = ''] = match;
    if (type === '%') return '%';
    const value = name === undefined ? pick(list, next++) : (values as Readonly<Record<string, unknown>>)[name];
    const align = flags.includes('-') ? '<' : '>';
    const sign = /[+ ]/.exec(flags)?.[0] ?? '';
    const zero = flags.includes('0') && align === '>' ? '0' : '';
    const spec = `${zero === '' ? align : ''}${sign}${zero}${width}${precision === undefined ? '' : `.${precision}`}`;
    return formatOne(value, spec + (type === 'i' || type === 'u' ? 'd' : type));
  });
  if (next < list.length && Array.isArray(values))
    throw new TypeError('not all arguments were used by the format string');
  return result;
}

function pick(values: readonly unknown[], index: number): unknown {
  if (index >= values.length)
    throw new TypeError(`the format string wants ${index + 1} arguments, got ${values.length}`);
  return values[index];
}

function formatOne(value: unknown, spec: string): string {
  if (spec === '') return str(value);
  const match = SPEC.exec(spec);
  if (match === null) throw new TypeError(`the format specification '${spec}' is not known here`);
  const [, fill, align, sign = '', zero, width = '0', comma, precision, type] = match;
  const isNumber = typeof value === 'number';
  if (type !== undefined && type !== 's' && !isNumber)
    throw new TypeError(`'${spec}' wants a number, got ${typeName(value)}`);
  const body =
    isNumber && type !== 's' ? digits(Math.abs(value), { type, precision, comma }) : clipped(value, precision);
  const mark = !isNumber || type === 's' ? '' : value < 0 ? '-' : sign;
  const missing = Math.max(Number(width) - [...(mark + body)].length, 0);
  const filler = (fill ?? (zero === undefined ? ' ' : '0')).repeat(missing);
  if (align === undefined && zero !== undefined) return mark + filler + body;
  const where = align ?? (isNumber ? '>' : '<');
  const before = where === '>' ? missing : where === '^' ? Math.floor(missing / 2) : 0;
  return [...filler].slice(0, before).join('') + mark + body + [...filler].slice(before).join('');
}

function clipped(value: unknown, precision: string | undefined): string {
  return precision === undefined ? str(value) : [...str(value)].slice(0, Number(precision)).join('');
}

type NumberFormat = Record<'type' | 'precision' | 'comma', string | undefined>;

function digits(value: number, { type, precision, comma }: NumberFormat): string {
  if (type === 'x') return Math.trunc(value).toString(16);
  if (type === 'X') return Math.trunc(value).toString(16).toUpperCase();
  if (type === '%') return `${fixed(value * 100, Number(precision ?? 6))}%`;
  const plain = type === 'f' ? fixed(value, Number(precision ?? 6)) : String(type === 'd' ? Math.trunc(value) : value);
  return comma === undefined ? plain : plain.replace(/^\d+/, (whole) => whole.replace(/\B(?=(?:\d{3})+$)/g, ','));
}

/** `value` with `digits` decimals. A tie goes to the even neighbour, as in Python; JavaScript's `toFixed` rounds it up. */
export function fixed(value: number, digits: number): string {
  const scaled = value * 10 ** digits;
  // Scaling rounds: only a multiple of 2^-(digits+1) can lie exactly in the middle.
  const isTie = Math.abs(scaled % 1) === 0.5 && Number.isInteger(value * 2 ** (digits + 1));
  if (!isTie) return value.toFixed(digits);
  const down = Math.floor(scaled);
  return ((down % 2 === 0 ? down : down + 1) / 10 ** digits).toFixed(digits);
}
