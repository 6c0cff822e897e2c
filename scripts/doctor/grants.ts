import { text } from 'node:stream/consumers';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { errorCode } from '../../clickhouse/errors.js';
import type { ClickHouseSettings } from '../../config/settings.js';
import { ok, problem, warning, type Finding } from './finding.js';

/**
 * What a worker's user needs, besides SELECT on the source tables, which describing the sources shows.
 * REPLACE PARTITION needs INSERT and ALTER DELETE. Its own queries everyone may kill, who may see `system.processes`.
 */
function needed(database: string): readonly string[] {
  return [
    `SELECT ON ${database}.*`,
    `INSERT ON ${database}.*`,
    `CREATE TABLE ON ${database}.*`,
    `DROP TABLE ON ${database}.*`,
    `ALTER DELETE ON ${database}.*`,
    // Implied, unless the server says table_engines_require_grant.
    'TABLE ENGINE ON MergeTree',
    'TABLE ENGINE ON Memory',
    'SELECT ON system.processes',
    'SELECT ON system.parts',
    'SELECT ON system.tables',
    'SELECT ON system.columns',
    'SELECT ON system.settings',
  ];
}

/** The server doesn't know CHECK GRANT: it is older than 24.11. */
const SYNTAX_ERROR = 62;

/** Whether our user may do what it has to. */
export async function checkGrants(settings: ClickHouseSettings): Promise<Finding[]> {
  const client = createClient({
    url: settings.url,
    username: settings.user,
    password: settings.password.reveal(),
    log: { level: ClickHouseLogLevel.OFF },
  });
  // It returns 1 or 0 and takes no FORMAT, so it can't be asked like a SELECT.
  const granted = async (grant: string) => {
    const { stream } = await client.exec({ query: `CHECK GRANT ${grant}` });
    return (await text(stream)).trim() === '1';
  };
  try {
    const missing: string[] = [];
    for (const grant of needed(settings.database)) if (!(await granted(grant))) missing.push(grant);
    if (missing.length === 0) return [ok('grants', `user ${settings.user} may do what a worker does`)];
    return missing.map((grant) =>
      problem('grants', `user ${settings.user} lacks ${grant}`, `GRANT ${grant} TO ${settings.user}`),
    );
  } catch (error) {
    if (errorCode(error) !== SYNTAX_ERROR) throw error;
    return [warning('grants', 'this server can not tell (CHECK GRANT came with 24.11)')];
  } finally {
    await client.close();
  }
}
