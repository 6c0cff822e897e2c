import { DICT_METHODS, LIST_METHODS } from './collection-methods.js';
import { bounds, integer } from './string-helpers.js';
import { STRING_METHODS, type Keywords, type Method } from './string-methods.js';
import { isDict, plain, repr, typeName } from './text.js';

type Bound = (...args: unknown[]) => unknown;

/**
 * `object.key` or `object[key]` as Python and Jinja2 know it; undefined where there is no such thing.
 * Only own keys, items and Python's methods: nothing of JavaScript's prototypes can be reached from a template.
 */
export function member(object: unknown, key: unknown): unknown {
  const self = plain(object);
  const name = plain(key);
  if (typeof self === 'string') return typeof name === 'number' ? [...self].at(name) : bind(STRING_METHODS, self, name);
  if (Array.isArray(self)) return typeof name === 'number' ? self.at(name) : bind(LIST_METHODS, self, name);
  if (!isDict(self)) return undefined;
  return Object.hasOwn(self, String(name)) ? self[String(name)] : bind(DICT_METHODS, self, name);
}

function bind<Self>(methods: Readonly<Record<string, Method<Self>>>, self: Self, name: unknown): Bound | undefined {
  const method = typeof name === 'string' && Object.hasOwn(methods, name) ? methods[name] : undefined;
  return method && ((...args) => callMethod(method, self, args));
}

function callMethod<Self>(method: Method<Self>, self: Self, given: readonly unknown[]): unknown {
  const last = given.at(-1);
  const hasKeywords = isDict(last) && Object.hasOwn(last, '__keywords');
  const args = (hasKeywords ? given.slice(0, -1) : given).map(plain);
  const keywords: Keywords = hasKeywords ? withoutMark(last) : {};
  const [min, max] = method.arity;
  if (args.length < min || args.length > max) {
    const wanted = min === max ? `${min}` : `${min} to ${max}`;
    throw new TypeError(`takes ${wanted} argument${wanted === '1' ? '' : 's'}, got ${args.length}`);
  }
  const unknown = Object.keys(keywords).find((key) => method.keywords !== 'any' && !method.keywords.includes(key));
  if (unknown !== undefined) throw new TypeError(`takes no keyword argument '${unknown}'`);
  return method.call(self, args, keywords);
}

/** The keyword arguments alone, without nunjucks' mark that they are such. */
function withoutMark(keywords: Record<string, unknown>): Keywords {
  return Object.fromEntries(Object.entries(keywords).filter(([name]) => name !== '__keywords'));
}

/** `object[start:stop:step]` of a string or a list. */
export function slice(object: unknown, [start, stop, step]: readonly unknown[]): unknown {
  const self = plain(object);
  if (typeof self !== 'string' && !Array.isArray(self)) throw new TypeError(`a ${typeName(self)} can't be sliced`);
  const items: unknown[] = typeof self === 'string' ? [...self] : [...(self as unknown[])];
  const by = integer(step, 1);
  if (by === 0) throw new TypeError('the step of a slice must not be 0');
  const picked: unknown[] = [];
  if (by > 0) {
    const [from, to] = bounds(items.length, start ?? 0, stop ?? items.length);
    for (let index = from; index < to; index += by) picked.push(items[index]);
  } else {
    const at = (index: number) => (index < 0 ? index + items.length : index);
    const from = Math.min(at(integer(start, items.length - 1)), items.length - 1);
    const to = stop === undefined || stop === null ? -1 : Math.max(at(integer(stop, 0)), -1);
    for (let index = from; index > to; index += by) picked.push(items[index]);
  }
  return typeof self === 'string' ? picked.join('') : picked;
}

/** What there was to choose from, for the message of a missing attribute. */
export function memberHint(object: unknown, key: unknown): string {
  const self = plain(object);
  if (typeof key === 'number') return `index ${key} is out of range`;
  const hint =
    typeof self === 'string' || Array.isArray(self)
      ? '; see "Jinja2" in docs/adding-a-metric.md for its methods'
      : isDict(self)
        ? `; it has ${Object.keys(self).map(repr).join(', ') || 'none'}`
        : '';
  return `a ${typeName(self)} has no attribute ${repr(String(key))}${hint}`;
}
