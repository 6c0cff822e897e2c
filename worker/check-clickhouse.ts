import type { Database } from '../clickhouse/database.js';
import { schemaProblems } from '../clickhouse/check-schema.js';
import { CODE, errorCode, shortMessage } from '../clickhouse/errors.js';
import { StartError } from './start-error.js';

/** @throws StartError unless ClickHouse answers, lets us in, and has our tables as they must be. */
export async function checkClickHouse(database: Database): Promise<void> {
  try {
    await database.select('SELECT 1');
  } catch (error) {
    throw new StartError(connectionProblem(error, database));
  }
  const problems = await schemaProblems(database);
  if (problems.length > 0) throw new StartError(problems.join('\n'));
}

/** What is wrong with the connection, with the variable to set. */
export function connectionProblem(error: unknown, { settings }: Pick<Database, 'settings'>): string {
  const { url, user, sourceDatabase } = settings;
  switch (errorCode(error)) {
    case CODE.unknownUser:
    case CODE.wrongPassword:
    case CODE.requiredPassword:
    case CODE.authenticationFailed:
      return `ClickHouse at ${url} refuses the user "${user}" or the password: set CLICKHOUSE_USER, and CLICKHOUSE_PASSWORD or CLICKHOUSE_PASSWORD_FILE`;
    case CODE.unknownDatabase:
      return `ClickHouse at ${url} has no database "${sourceDatabase}": run "llma migrate", or set CLICKHOUSE_DATABASE and CLICKHOUSE_SOURCE_DATABASE`;
    case undefined:
      return `ClickHouse does not answer at ${url} (${shortMessage(error)}): start it, or set CLICKHOUSE_URL; "llma up" starts one`;
    default:
      return `ClickHouse at ${url}: ${shortMessage(error)}`;
  }
}
