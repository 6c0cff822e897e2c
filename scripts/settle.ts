import type { Temporal } from './connect.js';
import type { RunEnd } from './outcome.js';
import { askProgress, type Run } from './runs.js';
import { endOf } from './watch.js';

/** Milliseconds that a new run has to read its settings. */
const BEGINNING = 3000;

export interface Beginning {
  /** It has ended already: most likely it can't use its input. */
  readonly end?: RunEnd;
  /** Why it has not begun yet. */
  readonly silence?: string;
}

/** Waits until a new run works: it reads its settings first, and ends at once where it can't use them. */
export async function settle(temporal: Temporal, run: Run): Promise<Beginning> {
  const end = endOf(temporal, run).then((end) => ({ end }));
  // The connection is closed while it still waits.
  end.catch(() => undefined);
  const first = await Promise.race([end, begun(temporal, run)]);
  if ('end' in first || first.silence !== undefined) return first;
  // A run that has ended answers too: then its end is on its way.
  return await Promise.race([end, sleep(50).then(() => ({}))]);
}

async function begun(temporal: Temporal, run: Run): Promise<Beginning> {
  const until = Date.now() + BEGINNING;
  for (;;) {
    const { silence } = await askProgress(temporal, run);
    if (silence === undefined) return {};
    if (Date.now() > until) return { silence };
    await sleep(100);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
