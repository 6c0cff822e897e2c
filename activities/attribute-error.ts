import type { ApplicationFailure } from '@temporalio/common';
import { classify, shortMessage } from '../clickhouse/errors.js';
import { newToken } from '../clickhouse/names.js';
import { selectKillable } from '../clickhouse/run-query.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { insertPrefix } from './context.js';
import type { ActivityDeps } from './deps.js';
import { insertSettings, type ExecuteInsertInput } from './insert-settings.js';
import { permanent } from './failure.js';

/**
 * Finds the templates that are to blame for a permanent error of the whole INSERT: each is described alone and,
 * where all of them can be described, run alone to nowhere.
 * @returns undefined when the error passes, or no template has it alone.
 */
export async function attributeError(
  deps: ActivityDeps,
  input: ExecuteInsertInput,
  error: unknown,
  signal: AbortSignal,
): Promise<ApplicationFailure | undefined> {
  if (classify(error) !== 'permanent') return undefined;
  for (const probe of [
    (sql: string) => `DESCRIBE (${sql})`,
    (sql: string) => `SELECT count() FROM (${sql}) WHERE NOT ignore(*)`,
  ]) {
    const blamed: string[] = [];
    for (const { name, sql } of input.templates) {
      if (sql === '') continue;
      const problem = await tryOut(deps, input, probe(sql), signal);
      if (problem !== undefined) blamed.push(`sql/${name}.sql for partition ${input.partition}: ${problem}`);
    }
    if (blamed.length > 0) return permanent(FAILURE.template, blamed.join('\n'));
  }
  return undefined;
}

async function tryOut(
  deps: ActivityDeps,
  input: ExecuteInsertInput,
  sql: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await selectKillable(deps.database, sql, {
      settings: await insertSettings(deps.database, input),
      queryId: `${insertPrefix(input.chunk)}${newToken()}`,
      signal,
    });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return classify(error) === 'permanent' ? shortMessage(error) : undefined;
  }
}
