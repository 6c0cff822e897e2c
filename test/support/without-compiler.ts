import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a server compiles for, unless it is told not to. */
export const COMPILER_SETTINGS = ['compile_expressions', 'compile_aggregate_expressions', 'compile_sort_description'];

/** A user whose profile has the compiler on, as that of other servers has: for whoever shows that a worker has it off. */
export const COMPILING_USER = {
  name: 'compiling',
  password: '',
  settings: Object.fromEntries(COMPILER_SETTINGS.map((name) => [name, 1])),
};

/**
 * Has a ClickHouse that will be started in this directory interpret expressions: compiling them pays for millions of rows,
 * for those of tests it is most of the work.
 * @returns the directory.
 */
export function withoutCompiler(dataDir: string): string {
  const settings = COMPILER_SETTINGS.map((name) => `<${name}>0</${name}>`).join('');
  const overrides = join(dataDir, 'users.d');
  mkdirSync(overrides, { recursive: true });
  writeFileSync(
    join(overrides, 'tests.xml'),
    `<clickhouse><profiles><default>${settings}</default></profiles></clickhouse>`,
  );
  return dataDir;
}
