import type { Database } from '../clickhouse/database.js';
import { schemaProblems } from '../clickhouse/check-schema.js';
import { CODE, errorCode, shortMessage } from '../clickhouse/errors.js';
import { StartError } from './start-error.js';
import { tlsDetails, tlsProblem } from './tls-problem.js';

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
    case CODE.tooManyQueries:
      return `ClickHouse at ${url} lets in no more queries of the user "${user}": wait for them, or raise max_concurrent_queries_for_user of its profile; docs/operations.md, "Many workers, one limit"`;
    case undefined:
      return (
        certificateProblem(error, url) ??
        `ClickHouse does not answer at ${url} (${shortMessage(error)}): start it, or set CLICKHOUSE_URL; "llma up" starts one`
      );
    default:
      return `ClickHouse at ${url}: ${shortMessage(error)}`;
  }
}

/** A server that answered, and whom we did not believe, or the other way round. */
function certificateProblem(error: unknown, url: string): string | undefined {
  const problem = tlsProblem(error);
  const what = `ClickHouse at ${url}`;
  switch (problem) {
    case undefined:
      return url.startsWith('http:') && (error as Error).message === 'socket hang up'
        ? `${what} hung up: where it speaks TLS, set CLICKHOUSE_URL to https://${url.slice('http://'.length)}`
        : undefined;
    case 'untrusted':
      return `${what} has a certificate that is not trusted here (${tlsDetails(error)}): set NODE_EXTRA_CA_CERTS to the file of the authority that signed it, in the environment itself, because .env is read too late`;
    case 'other name':
      return `${what} has a certificate for other names (${tlsDetails(error)}): set CLICKHOUSE_URL to one of them`;
    case 'expired':
      return `${what} has a certificate that is not valid now (${tlsDetails(error)}): renew it, or set the clock`;
    case 'no TLS':
      return `${what} does not speak TLS: set CLICKHOUSE_URL to http://${url.slice('https://'.length)}, or to its port for TLS`;
  }
}
