import { existsSync, readFileSync } from 'node:fs';
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
  const dotEnv = readDotEnv(directory);
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

function readDotEnv(directory: string): Record<string, string | undefined> {
  const path = join(directory, '.env');
  return existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
}

function readConfigFile(directory: string, problems: string[]): Record<string, string> {
  const path = join(directory, 'llma.config.json');
  if (!existsSync(path)) return {};
  try {
    const parsed = configFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (parsed.success) {
      return Object.fromEntries(Object.entries(parsed.data).map(([key, value]) => [key, String(value)]));
    }
    problems.push(
      `llma.config.json: expected an object of variables, like {"LLMA_CONCURRENCY": 8} (${z.prettifyError(parsed.error)})`,
    );
  } catch (error) {
    problems.push(`llma.config.json is not JSON: ${(error as Error).message}`);
  }
  return {};
}

function merged(
  below: Readonly<Record<string, string | undefined>>,
  above: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const entries = Object.entries({ ...below, ...above });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
