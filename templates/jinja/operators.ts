import { compare as order } from './collection-methods.js';
import { formatPercent } from './string-format.js';
import { isDict, plain, repr, typeName } from './text.js';

/** Python's `a <operator> b`. Unlike JavaScript's, it never makes a text of a number, or a number of a text. */
export function operate(operator: string, left: unknown, right: unknown): unknown {
  const a = plain(left);
  const b = plain(right);
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b;
  if (operator === '+' && Array.isArray(a) && Array.isArray(b)) return [...(a as unknown[]), ...(b as unknown[])];
  if (operator === '%' && typeof a === 'string') return formatPercent(a, b);
  if (operator === '*' && typeof a === 'string' && typeof b === 'number') return a.repeat(Math.max(b, 0));
  if (typeof a !== 'number' || typeof b !== 'number') {
    const hint = operator === '+' ? '; `~` makes texts of both and joins them' : '';
    throw new TypeError(`a ${typeName(a)} ${operator} a ${typeName(b)} is not possible${hint}`);
  }
  if (b === 0 && (operator === '/' || operator === '//' || operator === '%')) throw new TypeError('division by zero');
  return arithmetic(operator, a, b);
}

function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    case '%':
      return a - b * Math.floor(a / b);
    default:
      return a ** b;
  }
}

/** Python's chained comparison: `[a, '<', b, '<=', c]`. */
export function compareAll(chain: readonly unknown[]): boolean {
  for (let at = 0; at + 2 < chain.length; at += 2) {
    if (!compareTwo(String(chain[at + 1]), plain(chain[at]), plain(chain[at + 2]))) return false;
  }
  return true;
}

function compareTwo(operator: string, a: unknown, b: unknown): boolean {
  switch (operator) {
    case '==':
    case '===':
      return repr(a) === repr(b);
    case '!=':
    case '!==':
      return repr(a) !== repr(b);
    case '<':
      return order(a, b) < 0;
    case '<=':
      return order(a, b) <= 0;
    case '>':
      return order(a, b) > 0;
    default:
      return order(a, b) >= 0;
  }
}

/** Python's `item in container`. */
export function contains(item: unknown, container: unknown): boolean {
  const within = plain(container);
  const wanted = plain(item);
  if (Array.isArray(within)) return within.some((other) => repr(other) === repr(wanted));
  if (isDict(within)) return Object.hasOwn(within, String(wanted));
  if (typeof within === 'string' && typeof wanted === 'string') return within.includes(wanted);
  throw new TypeError(`a ${typeName(wanted)} can't be in a ${typeName(within)}`);
}

/** What `{% for %}` walks over: a list, the characters of a text, the keys of a dict (as it is where pairs are wanted). */
export function iterable(value: unknown, pairs: boolean): unknown {
  const given = plain(value);
  if (typeof given === 'string') return [...given];
  if (Array.isArray(given)) return given;
  if (isDict(given)) return pairs ? given : Object.keys(given);
  throw new TypeError(`a ${typeName(given)} can't be walked over`);
}
