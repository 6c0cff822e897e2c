import { readFileSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/**
 * Gives this process, and the threads that it makes from here on, a nice value. Where Linux divides processors among sessions first
 * (`sched_autogroup`), one among the threads of a session says nothing to others: the session gets it too, if it is ours alone.
 */
export function beNice(nice: number): void {
  // Whoever started us may have asked for more, which only a superuser can take back.
  if (getPriority() < nice) setPriority(nice);
  if (!leadsSession()) return;
  try {
    writeFileSync('/proc/self/autogroup', String(nice));
  } catch {
    // There is none, or it may not be told now: the nice value has to do.
  }
}

/** Started by a service manager, not from somebody's shell. Among containers the weights of their cgroups decide, whatever is said here. */
function leadsSession(): boolean {
  try {
    // After the name, which may have spaces: state, parent, group, session.
    const [, , , session] = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return session === String(process.pid);
  } catch {
    // No /proc: not Linux.
    return false;
  }
}
