import type { Partition } from '../config/partition.js';
import type { Audit } from '../templates/audits.js';
import { FAILURE } from '../workflows/plan/failures.js';
import { permanent } from './failure.js';
import type { AuditFinding } from './run-audits.js';

interface Verdict {
  readonly partition: Partition;
  /** Why the day is accepted whatever blocks it. */
  readonly override?: string;
}

/**
 * @throws VerificationFailed when a blocking audit found something: its message is for people, its details are the findings.
 * An override lets the day pass, but not what an audit blocks always.
 */
export function stopIfBlocked(
  audits: readonly Audit[],
  { partition, override }: Verdict,
  findings: readonly AuditFinding[],
): void {
  const blocking = findings.filter(({ level }) => level === 'blocking');
  const always = new Set(audits.filter((audit) => audit.always).map(({ name }) => name));
  const stopping = override === undefined ? blocking : blocking.filter(({ audit }) => always.has(audit));
  if (stopping.length === 0) return;
  const remedy =
    override === undefined
      ? ''
      : `\nno override accepts this: a month with such a day could not be published. Mend the template or the source`;
  const message = `partition ${partition} was not accepted:\n${describeFindings(audits, stopping)}${remedy}`;
  throw permanent(FAILURE.verification, message, [findings]);
}

/** What audits found, by audit: its sentence, and below it the rows. What no override accepts comes first. */
export function describeFindings(audits: readonly Audit[], findings: readonly AuditFinding[]): string {
  const names = [...new Set(findings.map(({ audit }) => audit))];
  const isAlways = (name: string) => audits.some((audit) => audit.name === name && audit.always);
  return [...names.filter(isAlways), ...names.filter((name) => !isAlways(name))]
    .flatMap((name) => {
      const sentence = audits.find((audit) => audit.name === name)?.sentence;
      const rows = findings.filter(({ audit }) => audit === name).map(({ message }) => `  ${message}`);
      return [`${name}: ${sentence ?? ''}`.trimEnd(), ...rows];
    })
    .join('\n');
}
