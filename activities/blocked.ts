import type { Partition } from '../config/partition.js';
import type { Audit } from '../templates/audits.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { NO_OVERRIDE } from '../workflows/plan/outcomes.js';
import { describeFindings } from './describe-findings.js';
import { permanent } from './failure.js';
import type { AuditFinding } from './run-audits.js';

interface Verdict {
  readonly partition: Partition;
  /** Why the day is accepted whatever blocks it. */
  readonly override?: string;
}

/**
 * @throws VerificationFailed when a blocking audit found something: its message is for people, its details are the findings.
 * An override lets the day pass, but not what an audit blocks always: that is said first, and what is to be done about it.
 */
export function stopIfBlocked(
  audits: readonly Audit[],
  { partition, override }: Verdict,
  findings: readonly AuditFinding[],
): void {
  const blocking = findings.filter(({ level }) => level === 'blocking');
  const always = new Set(audits.filter((audit) => audit.always).map(({ name }) => name));
  const final = blocking.filter(({ audit }) => always.has(audit));
  const others = override === undefined ? blocking.filter(({ audit }) => !always.has(audit)) : [];
  if (final.length + others.length === 0) return;
  const remedy = `${NO_OVERRIDE}: mend the template or the source, then llma backfill --from ${partition} --to ${partition}`;
  const lines = [
    `partition ${partition} was not accepted:`,
    ...describeFindings(audits, final),
    ...(final.length > 0 ? [remedy] : []),
    ...describeFindings(audits, others),
  ];
  throw permanent(FAILURE.verification, lines.join('\n'), [findings]);
}
