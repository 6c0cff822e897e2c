import { integer } from './string-helpers.js';
import { type Method } from './string-methods.js';
import { repr, truthy } from './text.js';

type List = unknown[];
type Dict = Record<string, unknown>;

/** Python's methods of lists. Those that change the list return None, as Python's do. */
export const LIST_METHODS: Readonly<Record<string, Method<List>>> = {
  append: takes([1, 1], (self: List, [item]) => none(self.push(item))),
  extend: takes([1, 1], (self: List, [items]) => none(self.push(...(items as List)))),
  insert: takes([2, 2], (self: List, [at, item]) => none(self.splice(integer(at, 0), 0, item))),
  pop: takes([0, 1], (self: List, [at]) => removed(self, integer(at, -1))),
  remove: takes([1, 1], (self: List, [item]) => none(removed(self, position(self, item)))),
  clear: takes([0, 0], (self: List) => none(self.splice(0))),
  reverse: takes([0, 0], (self: List) => none(self.reverse())),
  sort: takes([0, 0], (self: List, _args, keywords) => none(sort(self, truthy(keywords['reverse']))), ['reverse']),
  copy: takes([0, 0], (self: List) => [...self]),
  index: takes([1, 1], (self: List, [item]) => position(self, item)),
  count: takes([1, 1], (self: List, [item]) => self.filter((other) => repr(other) === repr(item)).length),
};

/** Python's methods of dicts. */
export const DICT_METHODS: Readonly<Record<string, Method<Dict>>> = {
  items: takes([0, 0], (self: Dict) => Object.entries(self)),
  keys: takes([0, 0], (self: Dict) => Object.keys(self)),
  values: takes([0, 0], (self: Dict) => Object.values(self)),
  get: takes([1, 2], (self: Dict, [key, fallback]) => own(self, key) ?? fallback ?? null),
  update: takes([0, 1], (self: Dict, [other], keywords) => none(Object.assign(self, other ?? {}, keywords)), 'any'),
  setdefault: takes([1, 2], (self: Dict, [key, fallback]) => (self[String(key)] = own(self, key) ?? fallback ?? null)),
  copy: takes([0, 0], (self: Dict) => ({ ...self })),
};

function takes<Self>(
  arity: Method<Self>['arity'],
  call: Method<Self>['call'],
  keywords: Method<Self>['keywords'] = [],
): Method<Self> {
  return { arity, keywords, call };
}

function none(_result: unknown): null {
  return null;
}

function own(self: Dict, key: unknown): unknown {
  return Object.hasOwn(self, String(key)) ? self[String(key)] : undefined;
}

function removed(self: List, at: number): unknown {
  const index = at < 0 ? at + self.length : at;
  if (index < 0 || index >= self.length) throw new TypeError('list index out of range');
  return self.splice(index, 1)[0];
}

function position(self: List, item: unknown): number {
  const index = self.findIndex((other) => repr(other) === repr(item));
  if (index < 0) throw new TypeError(`${repr(item)} is not in the list`);
  return index;
}

function sort(self: List, reverse: boolean): List {
  self.sort((a, b) => compare(a, b));
  return reverse ? self.reverse() : self;
}

/** Python's order of two texts (by code point) or two numbers. */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  throw new TypeError(`'<' can't compare ${repr(a)} with ${repr(b)}`);
}
