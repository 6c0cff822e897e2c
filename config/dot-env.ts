import { parseEnv } from 'node:util';

/** A line that says nothing, a variable with its value, which may have several lines between quotes, or anything else. */
const LINE =
  /^[^\S\n]*(?:(?:#.*)?|(?:export[^\S\n]+)?(?<name>[\w.-]+)[^\S\n]*=[^\S\n]*(?<value>(["'`])[^]*?\3[^\S\n]*(?:#.*)?(?<after>.*)|.*)|(?<other>.+))$/gm;

const EXPECTED = 'expected NAME=value, a comment after #, or nothing (a value of several lines stands between quotes)';
const AFTER_QUOTE = `has text after its closing quote: expected a comment after #, or nothing (a value that has quotes itself stands between quotes of another kind: ", ' or \`)`;

/** Names of which nothing may be lost; those of other programs are read as Node reads them. */
const OURS = /^(?:LLMA|CLICKHOUSE|TEMPORAL)_/i;

/**
 * The variables of a `.env`. Node reads their values, but not the file: it passes over what it doesn't understand, with the
 * variable after it, and over what stands after a closing quote. No problem quotes its line, which may be part of a secret.
 */
export function parseDotEnv(text: string, problems: string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { index, 0: whole, groups: { name, value = '', after = '', other } = {} } of text.matchAll(LINE)) {
    const lineOf = (end: number) => text.slice(0, end).split('\n').length;
    // A value of several lines may have swallowed one of ours.
    if (after !== '' && (OURS.test(String(name)) || value.includes('\n'))) {
      problems.push(`.env:${lineOf(index + whole.length)}: ${String(name)} ${AFTER_QUOTE}`);
    } else if (name !== undefined) found[name] = parseEnv(`${name}=${value}\n`)[name] ?? '';
    if (other !== undefined) problems.push(`.env:${lineOf(index)}: ${EXPECTED}`);
  }
  return found;
}
