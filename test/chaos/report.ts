import type { Output } from '../../scripts/output.js';
import { table } from '../../scripts/table.js';
import type { CampaignReport } from './campaign.js';
import { DOUBLED_BY_KILL, type WrongRead } from './history.js';
import { WRONG } from './oracle.js';
import { FAULT_KINDS } from './plan.js';

/** Longest time in which ClickHouse's own exception must heal, in ms, from when it was seen or ClickHouse was last killed. */
const HEALS_WITHIN = 10_000;

/** Whether everything that was read was right, and everything has settled. */
export function isGood({ wrong, ms, doubled, refused, badEnds }: CampaignReport): boolean {
  const wrongReads = WRONG.some((kind) => (wrong.get(kind) ?? 0) > 0);
  const healed = doubled.every(
    ({ from, killedAgain = from, to }) => to !== undefined && to - killedAgain <= HEALS_WITHIN,
  );
  return !wrongReads && ms !== undefined && healed && refused.size === 0 && badEnds.length === 0;
}

/** The report as JSON. */
export function reportJson({ faults, aimed, wrong, refused, ...rest }: CampaignReport): unknown {
  const plain = (map: ReadonlyMap<string, number>) => Object.fromEntries(map);
  return { ...rest, faults: plain(faults), aimed: plain(aimed), wrong: plain(wrong), refused: plain(refused) };
}

/** The report as tables. */
export function printReport(output: Output, report: CampaignReport): void {
  const right = { align: 'right' } as const;
  const done = FAULT_KINDS.filter((kind) => report.faults.has(kind));
  const faults = done.map((kind) => [kind, String(report.faults.get(kind)), aimedAt(report, kind)]);
  const total = [...report.faults.values()].reduce((sum, n) => sum + n, 0);
  output.say(
    table(output, [{ head: 'fault' }, { head: 'times', ...right }, { head: 'of them at the moment of' }], faults),
  );
  output.say(`${total} faults in ${report.seconds} s, seed ${report.seed}\n`);
  const kinds: readonly WrongRead[] = [...WRONG, DOUBLED_BY_KILL];
  const reads = kinds.map((kind) => [kind, String(report.wrong.get(kind) ?? 0)]);
  output.say(table(output, [{ head: `of ${report.reads} reads of every day` }, { head: 'days', ...right }], reads));
  for (const { month, from, killedAgain, to = Infinity, reads: n } of report.doubled) {
    const again = killedAgain === undefined ? '' : `, ${to - killedAgain} ms of them since the last kill`;
    output.say(`${month} was doubled for ${to === Infinity ? 'ever' : `${to - from} ms`}${again} (${n} reads)`);
  }
  for (const [message, n] of report.refused) output.say(`${n} reads were refused: ${message}`);
  output.say('');
  output.say(table(output, [{ head: 'meanwhile' }, { head: '', ...right }], meanwhile(report)));
  output.say('');
  printSettled(output, report);
}

function aimedAt({ aimed }: CampaignReport, kind: string): string {
  const of = [...aimed].filter(([name]) => name.startsWith(`${kind} at `)).sort(([, a], [, b]) => b - a);
  return of.map(([name, n]) => `${name.slice(kind.length + 4)} ${n}`).join(', ');
}

function meanwhile(report: CampaignReport): string[][] {
  const { batches, publishes, accepted, superseded, activities, retries, ownEnds } = report;
  const numbers = {
    'batches of late events': batches,
    'days accepted': accepted,
    'of them superseded': superseded,
    publishes,
    activities,
    'attempts beyond the first': retries,
    'workers that could not start': ownEnds,
    ...report.runs,
    ...report.failures,
  };
  return Object.entries(numbers).map(([what, n]) => [what, String(n)]);
}

function printSettled(output: Output, { ms, unsettled, badEnds, log }: CampaignReport): void {
  if (ms !== undefined) output.say(`settled ${(ms / 1000).toFixed(1)} s after the last fault`);
  else output.say('NOT settled:');
  for (const [what, which] of Object.entries(unsettled)) {
    output.say(
      `  not so: ${what}: ${which.slice(0, 5).join(', ')}${which.length > 5 ? ` and ${which.length - 5} more` : ''}`,
    );
  }
  for (const end of badEnds) output.say(end);
  output.say(`history: ${log}`);
}
