import { describeFindings, type AuditSentence } from '../activities/describe-findings.js';
import type { AuditFinding } from '../activities/run-audits.js';

/** What audits said of the visible rows of a day. */
export interface Audited {
  readonly audits: readonly AuditFinding[];
}

/** The same for people: what was overridden, and the warnings, each below the sentence of its audit where that is `known`. */
export function auditRemarks({ audits }: Audited, known: readonly AuditSentence[]): string[] {
  const of = (level: AuditFinding['level'], head: string) => {
    const found = describeFindings(
      known,
      audits.filter((finding) => finding.level === level),
    );
    return found.length === 0 ? [] : [head, ...found.map((line) => `  ${line}`)];
  };
  return [...of('blocking', 'audits blocked it:'), ...of('warning', 'audits warn:')];
}
