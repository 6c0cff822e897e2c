import type { Audit } from '../templates/audits.js';
import type { AuditFinding } from './run-audits.js';

/** An audit as far as people are told of it. */
export type AuditSentence = Pick<Audit, 'name' | 'sentence'>;

/** What audits found, by audit: its sentence, if it is known, and below it the rows. */
export function describeFindings(audits: readonly AuditSentence[], findings: readonly AuditFinding[]): string[] {
  const names = [...new Set(findings.map(({ audit }) => audit))];
  return names.flatMap((name) => {
    const sentence = audits.find((audit) => audit.name === name)?.sentence;
    const rows = findings.filter(({ audit }) => audit === name).map(({ message }) => `  ${message}`);
    return [`${name}: ${sentence ?? ''}`.trimEnd(), ...rows];
  });
}
