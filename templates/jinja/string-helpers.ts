import { plain, typeName } from './text.js';

/** What `str.isspace()` calls white space; JavaScript's `\s` has others. */
const SPACES: ReadonlySet<string> = new Set([
  ...'\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000',
  ...Array.from({ length: 11 }, (_, offset) => String.fromCharCode(0x2000 + offset)),
]);

export function isSpace(character: string): boolean {
  return SPACES.has(character);
}

/** `value` as a string argument. */
export function text(value: unknown): string {
  const given = plain(value);
  if (typeof given !== 'string') throw new TypeError(`expected a string argument, got ${typeName(given)}`);
  return given;
}

/** `value` as an integer argument; `fallback` for one that was left out, or is None. */
export function integer(value: unknown, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new TypeError(`expected an integer argument, got ${typeName(value)}`);
  }
  return value;
}

/** Removes characters of the set `characters` (default: white space) from the ends that `side` names. */
export function strip(self: string, characters: unknown, side: 'left' | 'right' | 'both'): string {
  const set = characters === undefined || characters === null ? SPACES : new Set(text(characters));
  const letters = [...self];
  let start = 0;
  let end = letters.length;
  if (side !== 'right') while (start < end && set.has(letters[start] ?? '')) start += 1;
  if (side !== 'left') while (end > start && set.has(letters[end - 1] ?? '')) end -= 1;
  return letters.slice(start, end).join('');
}

/** The part of `items` that Python's `[start:end]` selects: negative numbers count from the end. */
export function bounds(length: number, start: unknown, end: unknown): [number, number] {
  const clamp = (index: number) => Math.min(Math.max(index < 0 ? index + length : index, 0), length);
  return [integer(start, 0) > length ? length + 1 : clamp(integer(start, 0)), clamp(integer(end, length))];
}

/** The code points of `self` from `start` to `end`; undefined when `start` lies beyond them, where not even '' is found. */
export function part(self: string, start: unknown, end: unknown): string | undefined {
  if (start === undefined && end === undefined) return self;
  const letters = [...self];
  const [from, to] = bounds(letters.length, start, end);
  return from > to ? undefined : letters.slice(from, to).join('');
}

/** Index in code points of the first or last `needle`, or -1. */
export function find(self: string, args: readonly unknown[], which: 'first' | 'last'): number {
  const letters = [...self];
  const [from] = bounds(letters.length, args[1], args[2]);
  const within = part(self, args[1], args[2]);
  const needle = text(args[0]);
  const at = which === 'first' ? within?.indexOf(needle) : within?.lastIndexOf(needle);
  return at === undefined || at < 0 ? -1 : from + [...(within ?? '').slice(0, at)].length;
}

export function count(self: string, args: readonly unknown[]): number {
  const within = part(self, args[1], args[2]);
  const needle = text(args[0]);
  if (within === undefined) return 0;
  return needle === '' ? [...within].length + 1 : within.split(needle).length - 1;
}

/** Whether `self` has one of the prefixes (or suffixes) that `args[0]` gives: a string or a list of them. */
export function hasAffix(self: string, args: readonly unknown[], side: 'startsWith' | 'endsWith'): boolean {
  const within = part(self, args[1], args[2]);
  const affixes = Array.isArray(args[0]) ? args[0].map(text) : [text(args[0])];
  return within !== undefined && affixes.some((affix) => within[side](affix));
}

export function replace(self: string, [old, by]: readonly [string, string], limit: number): string {
  if (limit < 0) return old === '' ? ['', ...self, ''].join(by) : self.replaceAll(old, () => by);
  const pieces = old === '' ? ['', ...self, ''] : self.split(old);
  const kept = Math.min(limit, pieces.length - 1);
  return [...pieces.slice(0, kept), pieces.slice(kept).join(old)].join(by);
}

/** Python's `split`: by `sep`, or by runs of white space; at most `limit` times when that isn't negative. */
export function split(self: string, sep: unknown, limit: number): string[] {
  if (sep === undefined || sep === null) return splitAtSpaces(self, limit);
  const by = text(sep);
  if (by === '') throw new TypeError('empty separator');
  const pieces = self.split(by);
  return limit < 0 || limit >= pieces.length ? pieces : [...pieces.slice(0, limit), pieces.slice(limit).join(by)];
}

function splitAtSpaces(self: string, limit: number): string[] {
  const pieces: string[] = [];
  let rest = strip(self, undefined, 'left');
  while (rest !== '') {
    if (pieces.length === limit) return [...pieces, rest];
    const letters = [...rest];
    const end = letters.findIndex(isSpace);
    pieces.push(end < 0 ? rest : letters.slice(0, end).join(''));
    rest = end < 0 ? '' : strip(letters.slice(end).join(''), undefined, 'left');
  }
  return pieces;
}

/** As {@link split}, from the right. */
export function rsplit(self: string, sep: unknown, limit: number): string[] {
  const reversed = (given: string) => [...given].reverse().join('');
  const by = sep === undefined || sep === null ? sep : reversed(text(sep));
  return split(reversed(self), by, limit).map(reversed).reverse();
}

/** `letter` as the first of a word: 'ß' becomes 'Ss', not 'SS'. */
export function titleLetter(letter: string): string {
  const [first = '', ...rest] = letter.toUpperCase();
  return first + rest.join('').toLowerCase();
}

/** Python's `title()`: a letter after anything that isn't one becomes a capital. */
export function title(self: string): string {
  let inWord = false;
  return [...self]
    .map((letter) => {
      const cased = letter.toLowerCase() !== letter.toUpperCase();
      const result = inWord ? letter.toLowerCase() : titleLetter(letter);
      inWord = cased;
      return cased ? result : letter;
    })
    .join('');
}

export function pad(self: string, args: readonly unknown[], align: 'left' | 'right' | 'center'): string {
  const fill = args[1] === undefined ? ' ' : text(args[1]);
  if ([...fill].length !== 1) throw new TypeError('the fill character must be exactly one character long');
  const width = integer(args[0], 0);
  const missing = Math.max(width - [...self].length, 0);
  // CPython puts the odd one to the left only when the width is odd too.
  const half = Math.floor(missing / 2) + (missing & width & 1);
  const before = align === 'center' ? half : align === 'right' ? missing : 0;
  return fill.repeat(before) + self + fill.repeat(missing - before);
}

export function zfill(self: string, width: number): string {
  const sign = /^[+-]/.test(self) ? self.slice(0, 1) : '';
  return sign + '0'.repeat(Math.max(width - [...self].length, 0)) + self.slice(sign.length);
}
