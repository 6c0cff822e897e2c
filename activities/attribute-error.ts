import type { ApplicationFailure } from '@temporalio/common';
import { classify, CODE, errorCode, isCrowded, shortMessage } from '../clickhouse/errors.js';
import { newToken } from '../clickhouse/names.js';
import { selectKillable } from '../clickhouse/run-query.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { insertPrefix } from './context.js';
import type { ActivityDeps } from './deps.js';
import { insertSettings, type ExecuteInsertInput } from './insert-settings.js';
import { permanent } from './failure.js';
import { wrappedSelects } from './insert-states.js';

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
  // A row that a wrapped template refuses names its template itself.
  const [, refused] =
    errorCode(error) === CODE.throwIf ? (/template ([a-z0-9_/-]+): /.exec(shortMessage(error)) ?? []) : [];
  if (refused !== undefined) return permanent(FAILURE.template, blame(refused, input, shortMessage(error)));
  const deadline = Date.now() + input.maxExecutionSeconds * 1000;
  for (const probe of [
    (sql: string) => `DESCRIBE (${sql})`,
    (sql: string) => `SELECT count() FROM (${sql}) WHERE NOT ignore(*)`,
  ]) {
    const blamed: string[] = [];
    for (const { name, sql } of wrappedSelects(input)) {
      const seconds = Math.ceil((deadline - Date.now()) / 1000);
      // The activity's own time is limited: without a culprit the whole query's error stands.
      if (seconds <= 0) continue;
      const problem = await tryOut(deps, { ...input, maxExecutionSeconds: seconds }, { sql: probe(sql), signal });
      if (problem !== undefined) blamed.push(blame(name, input, problem));
    }
    if (blamed.length > 0) return permanent(FAILURE.template, blamed.join('\n'));
  }
  return undefined;
}

function blame(template: string, { partition }: ExecuteInsertInput, problem: string): string {
  return `sql/${template}.sql for partition ${partition}: ${problem}`;
}

async function tryOut(
  deps: ActivityDeps,
  input: ExecuteInsertInput,
  { sql, signal }: { sql: string; signal: AbortSignal },
): Promise<string | undefined> {
  try {
    await selectKillable(deps.database, sql, {
      params: { dates: [input.partition] },
      settings: await insertSettings(deps, input),
      queryId: `${insertPrefix(input.chunk)}${newToken()}`,
      signal,
    });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    // No answer to the question whose fault it is.
    if (isCrowded(error)) throw error;
    return classify(error) === 'permanent' ? shortMessage(error) : undefined;
  }
}
