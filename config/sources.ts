import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';

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

const configFile = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]));

export function readSources(
  environment: Readonly<Record<string, string | undefined>>,
  directory: string,
  known: readonly string[],
): Sources {
  const problems: string[] = [];
  const dotEnv = parseEnv(readText(directory, '.env', problems) ?? '');
  const layers: [string, Readonly<Record<string, string | undefined>>][] = [
    ['llma.config.json', readConfigFile(directory, problems)],
    ['.env', dotEnv],
    ['the environment', environment],
  ];
  const values: Record<string, string> = {};
  const origin: Record<string, string> = {};
  const warnings: string[] = [];
  for (const [name, layer] of layers) {
    for (const [key, value] of Object.entries(layer)) {
      if (value === undefined || value === '') continue;
      if (known.includes(key)) {
        values[key] = value;
        origin[key] = name;
      } else if (name === 'llma.config.json') {
        problems.push(`llma.config.json: "${key}" is not a variable of ours; known are ${known.join(', ')}`);
      } else if (key.startsWith('LLMA_')) {
        warnings.push(`${key} (from ${name}) is not a variable of llma-metrics and is not used; see .env.example`);
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
  const parsed = configFile.safeParse(json);
  if (parsed.success) {
    return Object.fromEntries(Object.entries(parsed.data).map(([key, value]) => [key, String(value)]));
  }
  problems.push(
    `llma.config.json: expected an object of variables, like {"LLMA_CONCURRENCY": 8} (${z.prettifyError(parsed.error)})`,
  );
  return {};
}

function readText(directory: string, name: string, problems: string[]): string | undefined {
  try {
    return readFileSync(join(directory, name), 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') problems.push(`${name} can't be read (${code})`);
    return undefined;
  }
}

/** Without the text that the parser's message quotes: a password may be in it. */
function parseJson(text: string, problems: string[]): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [place = ''] = / at position .*$/.exec((error as Error).message) ?? [];
    problems.push(
      `llma.config.json is not JSON${place}: expected an object of variables, like {"LLMA_CONCURRENCY": 8}`,
    );
    return undefined;
  }
}

/** `ENOENT` and the like. */
export function systemCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}

function merged(
  below: Readonly<Record<string, string | undefined>>,
  above: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const entries = Object.entries({ ...below, ...above });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
