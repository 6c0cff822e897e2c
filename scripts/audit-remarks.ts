import type { AuditFinding } from '../activities/run-audits.js';

/** What audits said of the visible rows of a day. */
export interface Audited {
  readonly audits: readonly AuditFinding[];
}

/** The same for people, a line each: what was overridden, and the warnings. */
export function auditRemarks({ audits }: Audited): string[] {
  const of = (level: AuditFinding['level'], head: string) => {
    const found = audits.filter((finding) => finding.level === level);
    return found.length === 0 ? [] : [head, ...found.map(({ audit, message }) => `  ${audit}: ${message}`)];
  };
  return [...of('blocking', 'audits blocked it:'), ...of('warning', 'audits warn:')];
}
