/** What processes take, as the operating system says it. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Of Linux, in every build that Node runs on: USER_HZ. */
const TICKS_PER_SECOND = 100;

/** User and system time of a process so far, in seconds; not a number where it can't be read. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return secondsOf(await ps(pid, 'time'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Begins the peak of {@link peakBytes} anew, where the system can. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined);
}

/** The most memory that was resident; where the system doesn't keep it, what is now. */
export async function peakBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
  return peak === undefined ? await residentBytes(pid) : Number(peak) * 1024;
}

/** Memory that is resident now. */
export async function residentBytes(pid: number): Promise<number> {
  return Number((await ps(pid, 'rss')).trim() || NaN) * 1024;
}

async function ps(pid: number, what: 'rss' | 'time'): Promise<string> {
  return (await run('ps', ['-o', `${what}=`, '-p', String(pid)]).catch(() => ({ stdout: '' }))).stdout;
}

/** `[[dd-]hh:]mm:ss[.cc]`, as `ps` prints it. */
export function secondsOf(time: string): number {
  const match = /^\s*(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)\s*$/.exec(time);
  if (!match) return NaN;
  const [, days = '0', hours = '0', minutes, seconds] = match;
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}
