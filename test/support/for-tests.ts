import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutCompiler } from './without-compiler.js';

/** How often ClickHouse writes its own logs, in ms: whoever reads them says SYSTEM FLUSH LOGS. */
const FLUSH_INTERVAL = 60_000;

/**
 * Has a ClickHouse that will be started in this directory do what tests want of it, and little else: it would
 * write what it has logged all the time, and merge what it wrote.
 * @returns the directory.
 */
export function forTests(dataDir: string): string {
  const log = (name: string) =>
    `<${name}><flush_interval_milliseconds>${FLUSH_INTERVAL}</flush_interval_milliseconds></${name}>`;
  const overrides = join(dataDir, 'config.d');
  mkdirSync(overrides, { recursive: true });
  writeFileSync(join(overrides, 'tests.xml'), `<clickhouse>${log('query_log')}${log('part_log')}</clickhouse>`);
  return withoutCompiler(dataDir);
}
