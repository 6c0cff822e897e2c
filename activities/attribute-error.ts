import type { ApplicationFailure } from '@temporalio/common';
import { classify, CODE, errorCode, isCrowded, shortMessage } from '../clickhouse/errors.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { insertSettings, type ExecuteInsertInput } from './insert-settings.js';
import { permanent } from './failure.js';
import { wrappedSelects } from './insert-states.js';
import type { ReadLimit } from './read-limit.js';
import { selectRows, type Asking } from './slice/statements.js';

/**
 * Finds the templates that are to blame for a permanent error of the whole INSERT: each is described alone and,
 * where all of them can be described, run alone to nowhere.
 * @returns undefined when the error passes, or no template has it alone.
 */
export async function attributeError(
  { deps, signal }: Asking,
  input: ExecuteInsertInput,
  { limit, error }: { readonly limit: ReadLimit | undefined; readonly error: unknown },
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
      const settings = {
        ...(await insertSettings(deps, { ...input, maxExecutionSeconds: seconds })),
        ...(limit ? { max_rows_to_read: String(limit.rows) } : {}),
      };
      const problem = await tryOut({ deps, chunk: input.chunk, settings, signal }, input, probe(sql));
      if (problem !== undefined) blamed.push(blame(name, input, problem));
    }
    if (blamed.length > 0) return permanent(FAILURE.template, blamed.join('\n'));
  }
  return undefined;
}

function blame(template: string, { partition }: ExecuteInsertInput, problem: string): string {
  return `sql/${template}.sql for partition ${partition}: ${problem}`;
}

async function tryOut(asking: Asking, { partition }: ExecuteInsertInput, sql: string): Promise<string | undefined> {
  try {
    await selectRows(asking, sql, { dates: [partition] });
    return undefined;
  } catch (error) {
    asking.signal.throwIfAborted();
    // No answer to the question whose fault it is.
    if (isCrowded(error)) throw error;
    return classify(error) === 'permanent' ? shortMessage(error) : undefined;
  }
}
