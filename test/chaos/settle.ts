import { setTimeout as sleep } from 'node:timers/promises';
import { ownSql, type World } from './world.js';

const OPEN = 'no workflow is open';

/** What must hold when nothing is harmed any more. Each says what of it does not yet, in words. */
const CHECKS: Readonly<Record<string, (world: World) => Promise<string[]>>> = {
  [OPEN]: openWorkflows,
  'every day equals a recount of its events': wrongDays,
  'live rows are the current ones': async ({ select }) => days(await select(ownSql('live-is-current.sql'))),
  'every visible day has its ledger row': async ({ select }) => days(await select(ownSql('unexplained-days.sql'))),
  'no temporary table is left': async ({ select }) => {
    const sql = `SELECT concat(name, ' of ', comment) AS day FROM system.tables WHERE database = 'llma' AND match(name, '^llma_(cand|pub|slice)_')`;
    return days(await select(sql));
  },
  'no query of ours runs': async ({ select }) =>
    days(await select(`SELECT query_id AS day FROM system.processes WHERE startsWith(query_id, 'llma-')`)),
};

export type Unsettled = Readonly<Record<string, readonly string[]>>;

export interface Settled {
  /** Milliseconds until everything held; undefined when something never did. */
  readonly ms: number | undefined;
  /** What did not hold in the end, with its first instances. */
  readonly unsettled: Unsettled;
}

interface SettleOptions {
  readonly seconds: number;
  /** The computation of all days after the last late event. */
  readonly last: Promise<unknown>;
  readonly onLook: () => void;
}

/** Waits, without any help, until everything holds. */
export async function settle(world: World, { seconds, last, onLook }: SettleOptions): Promise<Settled> {
  const began = Date.now();
  let lastEnded = false;
  void last.then(
    () => (lastEnded = true),
    () => (lastEnded = true),
  );
  let said = '';
  for (;;) {
    const late = Date.now() - began > seconds * 1000;
    onLook();
    const unsettled = await look(world, late);
    const text = JSON.stringify(unsettled);
    if (text !== said) world.log.write('unsettled', unsettled);
    said = text;
    const ms = Date.now() - began;
    if (Object.keys(unsettled).length === 0 && lastEnded) return { ms, unsettled };
    if (late) return { ms: undefined, unsettled };
    await sleep(500);
  }
}

/** While workflows are open, nothing else need hold yet, unless it is too late. */
async function look(world: World, late: boolean): Promise<Unsettled> {
  const found: Record<string, readonly string[]> = {};
  for (const [what, check] of Object.entries(CHECKS)) {
    if (!late && found[OPEN] !== undefined) break;
    const problems = await check(world).catch((error: unknown) => [String(error)]);
    if (problems.length > 0) found[what] = problems;
  }
  return found;
}

async function wrongDays({ select }: World): Promise<string[]> {
  const read = async (file: string) => {
    const rows = await select<{ day: string; text: string }>(ownSql(file));
    return new Map(rows.map(({ day, text }) => [day, text]));
  };
  const [expected, live] = [await read('recount.sql'), await read('read.sql')];
  const days = [...expected.keys()].flatMap((day) => [day, `${day} states`]);
  const all = [...new Set([...days, ...live.keys()])].sort();
  return all.filter((day) => expected.get(day.replace(/ states$/, '')) !== live.get(day));
}

async function openWorkflows({ temporal: { client } }: World): Promise<string[]> {
  const open: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' }))
    open.push(workflowId);
  return open;
}

function days(rows: readonly unknown[]): string[] {
  return (rows as readonly { day: string }[]).map(({ day }) => day);
}
