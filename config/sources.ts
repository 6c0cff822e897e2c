import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hint } from './did-you-mean.js';
import { parseDotEnv } from './dot-env.js';

/** What the environment, `.env` and `llma.config.json` say together, before anything is checked. */
export interface Sources {
  /** Our variables. An empty text counts as "not set", as compose files pass it for a variable that isn't. */
  readonly values: Readonly<Record<string, string>>;
  /** Where each value was found, for error messages. */
  readonly origin: Readonly<Record<string, string>>;
  /** The environment over `.env`: what Temporal's own configuration is read from. */
  readonly environment: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Those that have several values. */
const LISTS = ['LLMA_EVENT_TYPES', 'LLMA_METRICS'];

/** What others call them. */
const OTHERS: Readonly<Record<string, string>> = {
  CLICKHOUSE_HOST: 'CLICKHOUSE_URL',
  CLICKHOUSE_PORT: 'CLICKHOUSE_URL',
  CLICKHOUSE_DB: 'CLICKHOUSE_DATABASE',
  CLICKHOUSE_USERNAME: 'CLICKHOUSE_USER',
  CLICKHOUSE_PASS: 'CLICKHOUSE_PASSWORD',
};

const EXAMPLE = 'expected an object of variables, like {"LLMA_CONCURRENCY": 8}';

export function readSources(
  environment: Readonly<Record<string, string | undefined>>,
  directory: string,
  known: readonly string[],
): Sources {
  const problems: string[] = [];
  const dotEnv = parseDotEnv(readText(directory, '.env', problems) ?? '', problems);
  const layers: [string, Readonly<Record<string, string | undefined>>][] = [
    ['llma.config.json', readConfigFile(directory, problems)],
    ['.env', dotEnv],
    ['the environment', environment],
  ];
  const values: Record<string, string> = {};
  const origin: Record<string, string> = {};
  const warnings: string[] = [];
  const meantBy = (key: string): string => {
    const ours = OTHERS[key];
    if (ours === undefined) return hint(key, known);
    // Where ours is there too, the other one is somebody else's.
    return layers.some(([, layer]) => (layer[ours] ?? '') !== '') ? '' : ` (did you mean ${ours}?)`;
  };
  for (const [name, layer] of layers) {
    for (const [key, value] of Object.entries(layer)) {
      if (value === undefined || value === '') continue;
      if (known.includes(key)) {
        values[key] = value;
        origin[key] = name;
      } else if (name !== 'llma.config.json' && key.startsWith('TEMPORAL_')) {
        origin[key] = name;
      } else if (name === 'llma.config.json') {
        const meant = hint(key, known);
        problems.push(
          `llma.config.json: "${key}" is not a variable of ours${meant || `; known are ${known.join(', ')}`}`,
        );
      } else if (/^LLMA_/i.test(key) || (key.startsWith('CLICKHOUSE_') && meantBy(key) !== '')) {
        const meant = meantBy(key) || '; see .env.example';
        warnings.push(`${key} (from ${name}) is not a variable of llma-metrics and is not used${meant}`);
      }
    }
  }
  return { values, origin, environment: merged(dotEnv, environment), problems, warnings };
}

function readConfigFile(directory: string, problems: string[]): Record<string, string> {
  const text = readText(directory, 'llma.config.json', problems);
  if (text === undefined) return {};
  const json = parseJson(text, problems);
  if (json === undefined) return {};
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    problems.push(`llma.config.json: ${EXAMPLE}, found ${kindOf(json)}`);
    return {};
  }
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(json)) {
    const isList = LISTS.includes(key);
    const expected = isList ? 'expected a text, or a list of texts' : 'expected a text, a number, true or false';
    if (isPlain(value, isList)) found[key] = String(value);
    else problems.push(`llma.config.json: "${key}" is ${kindOf(value)}; ${expected}`);
  }
  return found;
}

function isPlain(value: unknown, isList: boolean): value is string | number | boolean | string[] {
  if (Array.isArray(value)) return isList && value.length > 0 && value.every((item) => typeof item === 'string');
  // Of a whole number that is larger other digits were read than are written there.
  if (typeof value === 'string' || typeof value === 'boolean') return true;
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

/** Without the value itself: it may be a password. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'number') return 'a number that is too large';
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function readText(directory: string, name: string, problems: string[]): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(directory, name));
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      problems.push(`${name} can't be read (${code}): expected a file that this user may read`);
    return undefined;
  }
  // UTF-16 without its mark is UTF-8 too, with a zero byte in every other place.
  if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString('utf8').replace(/^\uFEFF/, '');
  problems.push(`${name} is not text in UTF-8: save it in this encoding`);
  return undefined;
}

/** Without the text that the parser's message quotes: a password may be in it. */
function parseJson(text: string, problems: string[]): unknown {
  try {
    const value: unknown = JSON.parse(text);
    for (const name of repeatedKeys(text)) {
      problems.push(`llma.config.json: ${name} is there more than once; expected each variable once`);
    }
    return value;
  } catch {
    const before = text.slice(0, placeOfMistake(text)).split('\n');
    const place = `${before.length}:${(before.at(-1) ?? '').length + 1}`;
    problems.push(`llma.config.json:${place}: this is not JSON (no comments, no comma after the last); ${EXAMPLE}`);
    return undefined;
  }
}

/** Where a text stops being the beginning of JSON. Not every message of the parser says it. */
function placeOfMistake(text: string): number {
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (mayBecomeJson(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Whether nothing but the end of it is wrong. */
function mayBecomeJson(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const position = / at position (\d+)(?: \(|$)/.exec(message)?.[1];
    return position === undefined
      ? message.startsWith('Unexpected end of JSON')
      : Number(position) === beginning.length;
  }
}

/** Keys that an object of JSON has more than once: of these the last would win without a word. */
function repeatedKeys(json: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  let depth = 0;
  for (const [token, colon] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token.startsWith('"')) {
      if (colon === undefined || depth !== 1) continue;
      const key = JSON.parse(token.slice(0, -colon.length)) as string;
      (seen.has(key) ? repeated : seen).add(key);
    } else depth += token === '{' || token === '[' ? 1 : -1;
  }
  return repeated;
}

/** `ENOENT` and the like. */
export function systemCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}

/** Temporal's reader takes an empty variable for one that is set: an empty key would turn TLS on. An empty header removes one. */
function merged(...layers: readonly Readonly<Record<string, string | undefined>>[]): Record<string, string> {
  const counts = (name: string, value: string | undefined) =>
    value !== undefined && (value !== '' || !name.startsWith('TEMPORAL_') || name.startsWith('TEMPORAL_GRPC_META_'));
  const entries = layers.flatMap((layer) => Object.entries(layer));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => counts(...entry)));
}
