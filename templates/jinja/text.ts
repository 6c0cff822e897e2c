import { runtime } from './nunjucks-internals.js';

/** Whether `value` is what a macro returns: nunjucks wraps its text in an object of its own. */
export function isMacroText(value: unknown): value is { toString(): string } {
  return value instanceof runtime.SafeString;
}

/** `value`, with the text of a macro as a plain string. */
export function plain(value: unknown): unknown {
  return isMacroText(value) ? value.toString() : value;
}

export function isDict(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isMacroText(value);
}

/** What Python calls the type of `value`. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string' || isMacroText(value)) return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeof value === 'function' ? 'function' : 'dict';
}

/** Python's `str(value)`, which is what Jinja2 prints: lists as `['a', 'b']`, also a valid ClickHouse array. */
export function str(value: unknown): string {
  const text = plain(value);
  return typeof text === 'string' ? text : repr(text);
}

/** Python's `repr(value)`. */
export function repr(value: unknown): string {
  const given = plain(value);
  if (typeof given === 'string') return quoted(given);
  if (given === null || given === undefined) return 'None';
  if (typeof given === 'boolean') return given ? 'True' : 'False';
  if (Array.isArray(given)) return `[${given.map(repr).join(', ')}]`;
  if (!isDict(given)) return typeof given === 'number' ? String(given) : `<${typeName(given)}>`;
  return `{${Object.entries(given)
    .map(([key, item]) => `${quoted(key)}: ${repr(item)}`)
    .join(', ')}}`;
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** Python's truth: empty texts, lists and dicts are false, as are 0 and None. */
export function truthy(value: unknown): boolean {
  const given = plain(value);
  if (Array.isArray(given)) return given.length > 0;
  return isDict(given) ? Object.keys(given).length > 0 : Boolean(given);
}
