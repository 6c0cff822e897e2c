import type { AuditFinding } from '../activities/run-audits.js';

/** What audits said of the visible rows of a day. */
export interface Audited {
  readonly audits: readonly AuditFinding[];
  /** Of whoever overrode what blocks; empty when nobody did. */
  readonly reason: string;
}

/** The same for people, a line each: what was overridden and why, and the warnings. */
export function auditRemarks({ audits, reason }: Audited): string[] {
  const of = (level: AuditFinding['level']) =>
    audits.filter((finding) => finding.level === level).map(({ audit, message }) => `  ${audit}: ${message}`);
  const warnings = of('warning');
  return [
    ...(reason === '' ? [] : [`published although audits block it, because: ${reason}`, ...of('blocking')]),
    ...(warnings.length === 0 ? [] : ['published with a warning:', ...warnings]),
  ];
}
