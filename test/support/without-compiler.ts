import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Has a ClickHouse that will be started in this directory interpret expressions: compiling them pays for millions of rows,
 * for those of tests it is most of the work.
 * @returns the directory.
 */
export function withoutCompiler(dataDir: string): string {
  const off = ['compile_expressions', 'compile_aggregate_expressions', 'compile_sort_description'];
  const settings = off.map((name) => `<${name}>0</${name}>`).join('');
  const overrides = join(dataDir, 'users.d');
  mkdirSync(overrides, { recursive: true });
  writeFileSync(
    join(overrides, 'tests.xml'),
    `<clickhouse><profiles><default>${settings}</default></profiles></clickhouse>`,
  );
  return dataDir;
}
