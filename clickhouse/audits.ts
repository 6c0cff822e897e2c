import { readdirSync } from 'node:fs';
import { packageFile } from '../config/package-file.js';
import type { Partition } from '../config/partition.js';
import type { Database } from './database.js';

export interface AuditFinding {
  /** File name without `.sql`. */
  readonly audit: string;
  readonly level: 'blocking' | 'warning';
  readonly message: string;
}

/** Rows of one audit that are shown; there may be more. */
const SHOWN = 5;

/**
 * Runs every file of `sql/audits/` over one execution's candidates, in one query.
 * @returns what they found: nothing when the candidates may be accepted.
 */
export async function runAudits(
  database: Database,
  { candidates, token, partition }: { candidates: string; token: string; partition: Partition },
): Promise<AuditFinding[]> {
  const relation = `(SELECT * FROM ${database.temporary(candidates)} WHERE token = {token:String} AND template != '')`;
  const selects = auditNames().map((audit) => {
    const sql = database.statement(`audits/${audit}.sql`, { candidates: relation });
    return `SELECT '${audit}' AS audit, 'blocking' AS level, message FROM (\n${sql}\nLIMIT ${SHOWN})`;
  });
  const sql = `SELECT * FROM (\n${selects.join('\nUNION ALL\n')}\n) ORDER BY audit, message`;
  return await database.select(sql, { params: { token, partition } });
}

function auditNames(): string[] {
  const files = readdirSync(packageFile('sql', 'audits')).filter((file) => /^[a-z0-9_]+\.sql$/.test(file));
  return files.sort().map((file) => file.replace(/\.sql$/, ''));
}
