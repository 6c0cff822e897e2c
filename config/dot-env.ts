import { parseEnv } from 'node:util';

/** A line that says nothing, a variable with its value, which may have several lines between quotes, or anything else. */
const LINE =
  /^[^\S\n]*(?:(?:#.*)?|(?:export[^\S\n]+)?(?<name>[\w.-]+)[^\S\n]*=[^\S\n]*(?<value>(["'`])[^]*?\3.*|.*)|(?<other>.+))$/gm;

const EXPECTED = 'expected NAME=value, a comment after #, or nothing (a value of several lines stands between quotes)';

/**
 * The variables of a `.env`. Node reads their values, but not the file: it passes over what it doesn't understand, with the
 * variable after it. No problem quotes its line, which may be part of a secret.
 */
export function parseDotEnv(text: string, problems: string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { index, groups: { name, value = '', other } = {} } of text.matchAll(LINE)) {
    if (name !== undefined) found[name] = parseEnv(`${name}=${value}\n`)[name] ?? '';
    if (other !== undefined) problems.push(`.env:${text.slice(0, index).split('\n').length}: ${EXPECTED}`);
  }
  return found;
}
