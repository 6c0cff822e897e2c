import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../../config/package-file.js';
import { TWO_TEMPLATES } from './activity-deps.js';

/** A copy of `sql/` that a test may change, with two of the metric templates alone. */
export interface Templates {
  /** What a worker must be told to compute them. */
  readonly environment: Readonly<Record<string, string>>;
  write(name: string, sql: string): Promise<void>;
  remove(): Promise<void>;
}

export async function copyTemplates(): Promise<Templates> {
  const directory = await mkdtemp(join(tmpdir(), 'llma-test-sql-'));
  await cp(packageFile('sql'), directory, { recursive: true });
  // Neither of the two has states.
  await rm(join(directory, 'states'), { recursive: true });
  await mkdir(join(directory, 'states'));
  const kept: readonly string[] = TWO_TEMPLATES.map((name) => `${name}.sql`);
  for (const file of await readdir(directory)) {
    if (file.endsWith('.sql') && !kept.includes(file)) await rm(join(directory, file));
  }
  return {
    environment: { LLMA_SQL_DIR: directory, LLMA_METRICS: '' },
    write: (name, sql) => writeFile(join(directory, `${name}.sql`), sql),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A template that takes `milliseconds` and little of the processor, so that a test finds its INSERT at work. */
export function slowTemplate(milliseconds: number): string {
  return `SELECT toDate('{{ date_start }}') AS date, 1 AS team_id, 'test_slow' AS metric_name, toFloat64(count()) AS metric_value
FROM (SELECT sleepEachRow(0.02) AS slept FROM numbers(${Math.ceil(milliseconds / 20)}) SETTINGS max_block_size = 1)
WHERE NOT ignore(slept)`;
}
