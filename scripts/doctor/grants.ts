import { text } from 'node:stream/consumers';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { errorCode } from '../../clickhouse/errors.js';
import { grantText, readRole, type RoleSettings } from '../../clickhouse/roles.js';
import { ok, problem, warning, type Finding } from './finding.js';

/** The server doesn't know CHECK GRANT: it is older than 24.11. */
const SYNTAX_ERROR = 62;

/**
 * Whether our user may do what the role `etl` may (sql/roles/etl.sql), besides SELECT on the source's whole database:
 * its tables that are read are enough, and describing the sources shows whether they can be.
 */
export async function checkGrants(settings: RoleSettings): Promise<Finding[]> {
  const { url, user, password, sourceDatabase } = settings.clickhouse;
  const { grants } = readRole('etl', settings);
  const client = createClient({
    url,
    username: user,
    password: password.reveal(),
    log: { level: ClickHouseLogLevel.OFF },
  });
  // It returns 1 or 0 and takes no FORMAT, so it can't be asked like a SELECT.
  const granted = async (grant: string) => {
    const { stream } = await client.exec({ query: `CHECK GRANT ${grant}` });
    return (await text(stream)).trim() === '1';
  };
  try {
    const missing: string[] = [];
    for (const grant of grants.filter(({ on }) => on !== `${sourceDatabase}.*`).map(grantText)) {
      if (!(await granted(grant))) missing.push(grant);
    }
    if (missing.length === 0) return [ok('grants', `user ${user} may do what a worker does`)];
    return missing.map((grant) => problem('grants', `user ${user} lacks ${grant}`, `GRANT ${grant} TO ${user}`));
  } catch (error) {
    if (errorCode(error) !== SYNTAX_ERROR) throw error;
    return [warning('grants', 'this server can not tell (CHECK GRANT came with 24.11)')];
  } finally {
    await client.close();
  }
}
