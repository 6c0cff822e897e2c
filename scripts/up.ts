import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageFile } from '../config/package-file.js';
import { SEARCH_ATTRIBUTE } from '../workflows/plan/names.js';
import { UsageError } from './errors.js';

export interface UpOptions {
  readonly dataDir: string;
  readonly clickhousePort: number;
  readonly temporalPort: number;
  readonly uiPort: number;
  readonly fresh?: true;
}

/** What of `embedded/stack.ts` is used here. Not imported from there: the build would take it along, and production has none. */
interface Stack {
  readonly clickhouse: { readonly url: string; readonly binary: string };
  readonly temporal: { readonly address: string; readonly uiUrl: string; readonly binary: string };
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

interface Embedded {
  readonly startStack: (options: Readonly<Record<string, unknown>>) => Promise<Stack>;
}

/** Starts the stack in a box. @throws UsageError where this isn't a source checkout, EmbeddedError when a server can't start */
export async function startServers(options: UpOptions, log: (line: string) => void): Promise<Stack> {
  const file = packageFile('embedded', 'stack.ts');
  if (!existsSync(file)) {
    throw new UsageError(
      'the embedded servers come with the source checkout only, not with this installation: start ClickHouse and Temporal yourself (docker-compose.yml), and set CLICKHOUSE_URL and TEMPORAL_ADDRESS',
    );
  }
  const { startStack } = (await import(pathToFileURL(file).href)) as Embedded;
  return await startStack({
    dataDir: resolve(options.dataDir),
    fresh: options.fresh === true,
    clickhousePort: options.clickhousePort,
    temporalPort: options.temporalPort,
    temporalUiPort: options.uiPort,
    searchAttributes: Object.values(SEARCH_ATTRIBUTE),
    log,
  });
}
