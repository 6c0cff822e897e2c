import { compare } from './collection-methods.js';
import { member } from './members.js';
import { contains } from './operators.js';
import { strip } from './string-helpers.js';
import { fixed, formatPercent } from './string-format.js';
import { isDict, repr, str, typeName } from './text.js';

type Filter = (this: FilterContext, ...args: unknown[]) => unknown;
interface FilterContext {
  readonly env: { getFilter(name: string): Filter };
}

/** Jinja2's filters that nunjucks lacks, or has otherwise. */
export const FILTERS: Readonly<Record<string, Filter>> = {
  join(list, separator = '', attribute) {
    const items = walk(list).map((item) => (attribute === undefined ? item : member(item, attribute)));
    return items.map(str).join(str(separator));
  },
  map(list, ...how) {
    const keywords = how.find(isDict);
    if (keywords && Object.hasOwn(keywords, 'attribute'))
      return walk(list).map((item) => member(item, keywords['attribute']));
    const [name, ...args] = how;
    return walk(list).map((item) => this.env.getFilter(str(name)).apply(this, [item, ...args]));
  },
  sum(list, ...how) {
    const keywords = how.find(isDict);
    const [attribute = keywords?.['attribute'], start = keywords?.['start'] ?? 0] = how.filter(
      (given) => !isDict(given),
    );
    const items = walk(list).map((item) => (attribute === undefined ? item : member(item, attribute)));
    return items.reduce((total: number, item) => total + summand(item), summand(start));
  },
  unique: (list) => walk(list).filter((item, at, all) => all.findIndex((other) => repr(other) === repr(item)) === at),
  min: (list) => [...walk(list)].sort(compare)[0],
  max: (list) => [...walk(list)].sort(compare).at(-1),
  format: (template, ...values) => formatPercent(str(template), values),
  trim: (text, characters) => strip(str(text), characters, 'both'),
  string: (value) => str(value),
  list: (value) => [...walk(value)],
  items: (dict) => Object.entries(dict as object),
  tojson: (value) => JSON.stringify(value),
  round: (value, digits = 0, method = 'common') => round(Number(value), Number(digits), method),
  upper: (text) => str(text).toUpperCase(),
  lower: (text) => str(text).toLowerCase(),
};

/** Jinja2's tests that nunjucks lacks. */
export const TESTS: Readonly<Record<string, (value: unknown, other?: unknown) => boolean>> = {
  true: (value) => value === true,
  false: (value) => value === false,
  none: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  float: (value) => typeof value === 'number' && !Number.isInteger(value),
  sequence: (value) => typeof value === 'string' || Array.isArray(value),
  mapping: isDict,
  in: contains,
};

function walk(value: unknown): readonly unknown[] {
  if (typeof value === 'string') return [...value];
  if (Array.isArray(value)) return value;
  if (isDict(value)) return Object.keys(value);
  throw new TypeError(`a ${typeName(value)} can't be walked over`);
}

function summand(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`a ${typeName(value)} can't be summed up`);
}

function round(value: number, digits: number, method: unknown): number {
  const factor = 10 ** digits;
  if (method === 'ceil') return Math.ceil(value * factor) / factor;
  return method === 'floor' ? Math.floor(value * factor) / factor : Number(fixed(value, digits));
}
