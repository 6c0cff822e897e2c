import { formatBraces } from './string-format.js';
import {
  count,
  find,
  hasAffix,
  integer,
  isSpace,
  pad,
  replace,
  rsplit,
  split,
  strip,
  text,
  title,
  titleLetter,
  zfill,
} from './string-helpers.js';
import { plain, typeName } from './text.js';

/** Keyword arguments of a call, as in `sort(reverse=true)`. */
export type Keywords = Readonly<Record<string, unknown>>;

/** A method of a Python type. */
export interface Method<Self> {
  /** Fewest and most positional arguments. */
  readonly arity: readonly [number, number];
  /** Keyword arguments that it takes besides. */
  readonly keywords: readonly string[] | 'any';
  readonly call: (self: Self, args: readonly unknown[], keywords: Keywords) => unknown;
}

type Call = Method<string>['call'];
function takes(arity: Method<string>['arity'], call: Call, keywords: Method<string>['keywords'] = []): Method<string> {
  return { arity, keywords, call };
}

/** Python's methods of strings. They count in code points, as Python does, not in UTF-16 units. */
export const STRING_METHODS: Readonly<Record<string, Method<string>>> = {
  lstrip: takes([0, 1], (self, [characters]) => strip(self, characters, 'left')),
  rstrip: takes([0, 1], (self, [characters]) => strip(self, characters, 'right')),
  strip: takes([0, 1], (self, [characters]) => strip(self, characters, 'both')),
  removeprefix: takes([1, 1], (self, [prefix]) =>
    self.startsWith(text(prefix)) ? self.slice(text(prefix).length) : self,
  ),
  removesuffix: takes([1, 1], (self, [suffix]) =>
    self.endsWith(text(suffix)) ? self.slice(0, self.length - text(suffix).length) : self,
  ),
  upper: takes([0, 0], (self) => self.toUpperCase()),
  lower: takes([0, 0], (self) => self.toLowerCase()),
  casefold: takes([0, 0], (self) => self.toLowerCase().replaceAll('ß', 'ss')),
  capitalize: takes([0, 0], (self) => [...self].map((c, at) => (at === 0 ? titleLetter(c) : c.toLowerCase())).join('')),
  swapcase: takes([0, 0], (self) =>
    [...self].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join(''),
  ),
  title: takes([0, 0], (self) => title(self)),
  replace: takes(
    [2, 3],
    (self, [old, by, limit], keywords) => replace(self, [text(old), text(by)], integer(limit ?? keywords['count'], -1)),
    ['count'],
  ),
  startswith: takes([1, 3], (self, args) => hasAffix(self, args, 'startsWith')),
  endswith: takes([1, 3], (self, args) => hasAffix(self, args, 'endsWith')),
  find: takes([1, 3], (self, args) => find(self, args, 'first')),
  rfind: takes([1, 3], (self, args) => find(self, args, 'last')),
  index: takes([1, 3], (self, args) => found(find(self, args, 'first'))),
  rindex: takes([1, 3], (self, args) => found(find(self, args, 'last'))),
  count: takes([1, 3], (self, args) => count(self, args)),
  split: takes(
    [0, 2],
    (self, [sep, limit], keywords) => split(self, sep ?? keywords['sep'], integer(limit ?? keywords['maxsplit'], -1)),
    ['sep', 'maxsplit'],
  ),
  rsplit: takes(
    [0, 2],
    (self, [sep, limit], keywords) => rsplit(self, sep ?? keywords['sep'], integer(limit ?? keywords['maxsplit'], -1)),
    ['sep', 'maxsplit'],
  ),
  splitlines: takes([0, 0], (self) => lines(self)),
  partition: takes([1, 1], (self, [sep]) => partition(self, text(sep), 'first')),
  rpartition: takes([1, 1], (self, [sep]) => partition(self, text(sep), 'last')),
  join: takes([1, 1], (self, [list]) => joined(self, list)),
  format: takes([0, Infinity], (self, args, keywords) => formatBraces(self, args, keywords), 'any'),
  center: takes([1, 2], (self, args) => pad(self, args, 'center')),
  ljust: takes([1, 2], (self, args) => pad(self, args, 'left')),
  rjust: takes([1, 2], (self, args) => pad(self, args, 'right')),
  zfill: takes([1, 1], (self, [width]) => zfill(self, integer(width, 0))),
  isdigit: takes([0, 0], (self) => /^\p{Nd}+$/u.test(self)),
  isalpha: takes([0, 0], (self) => /^\p{L}+$/u.test(self)),
  isalnum: takes([0, 0], (self) => /^[\p{L}\p{N}]+$/u.test(self)),
  isspace: takes([0, 0], (self) => self !== '' && [...self].every(isSpace)),
  isupper: takes([0, 0], (self) => self !== self.toLowerCase() && self === self.toUpperCase()),
  islower: takes([0, 0], (self) => self !== self.toUpperCase() && self === self.toLowerCase()),
};

function found(index: number): number {
  if (index < 0) throw new TypeError('substring not found');
  return index;
}

function lines(self: string): string[] {
  const pieces = self.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
  return pieces.at(-1) === '' ? pieces.slice(0, -1) : pieces;
}

function partition(self: string, sep: string, which: 'first' | 'last'): string[] {
  if (sep === '') throw new TypeError('empty separator');
  const at = which === 'first' ? self.indexOf(sep) : self.lastIndexOf(sep);
  if (at < 0) return which === 'first' ? [self, '', ''] : ['', '', self];
  return [self.slice(0, at), sep, self.slice(at + sep.length)];
}

function joined(self: string, list: unknown): string {
  const items: unknown = typeof plain(list) === 'string' ? [...text(list)] : list;
  if (!Array.isArray(items)) throw new TypeError(`can only join a list, got ${typeName(list)}`);
  return items.map(text).join(self);
}
