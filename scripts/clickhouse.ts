import { openDatabase, type ConnectionOptions, type Database } from '../clickhouse/database.js';
import { CODE, errorCode, shortMessage } from '../clickhouse/errors.js';
import type { Settings } from '../config/settings.js';
import { connectionProblem } from '../worker/check-clickhouse.js';
import { StartError } from '../worker/start-error.js';

/**
 * Connects, works, and closes the connection.
 * @throws StartError for a server that doesn't answer or refuses us, and for tables that aren't there.
 */
export async function withDatabase<T>(
  settings: Settings,
  use: (database: Database) => Promise<T>,
  options: ConnectionOptions = {},
): Promise<T> {
  const database = openDatabase(settings.clickhouse, options);
  try {
    return await withClickHouseErrors(settings, () => use(database));
  } finally {
    await database.close();
  }
}

/** Makes sentences of ClickHouse's errors. `work` may do nothing else that fails. */
export async function withClickHouseErrors<T>(settings: Settings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isClickHouseError(error)) throw error;
    throw new StartError(sentence(error, settings), { cause: error });
  }
}

function sentence(error: unknown, settings: Settings): string {
  if (errorCode(error) === CODE.unknownTable) {
    // Whatever table the server thinks of instead, the remedy is ours.
    const what = shortMessage(error).replace(/\.?(?: Maybe you meant .*)?$/, '');
    return `${what}: run "llma migrate", or set CLICKHOUSE_DATABASE`;
  }
  const problem = connectionProblem(error, { settings: settings.clickhouse });
  return errorCode(error) === CODE.accessDenied
    ? `${problem} "llma roles" prints the grants that each role needs`
    : problem;
}

/** An answer of the server has a number, a way to it that failed has a name like ECONNREFUSED; a bug of ours has neither. */
function isClickHouseError(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'StartError') return false;
  return 'code' in error || /^(Timeout error|socket hang up)/.test(error.message);
}
