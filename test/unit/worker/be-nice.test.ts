import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const SESSION = '/proc/self/autogroup';
/** Linux alone has it, and not each. */
const hasSessions = existsSync(SESSION);
const file = join(import.meta.dirname, '../../../worker/be-nice.ts');
const SCRIPT = `import { getPriority } from 'node:os';
import { existsSync, readFileSync } from 'node:fs';
import { beNice } from ${JSON.stringify(file)};
beNice(17);
console.log(JSON.stringify({ nice: getPriority(), session: existsSync('${SESSION}') ? readFileSync('${SESSION}', 'utf8').trim() : '' }));`;

async function niceProcess(detached: boolean): Promise<{ nice: number; session: string }> {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', SCRIPT];
  const child = spawn(process.execPath, args, { detached, stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(await text(child.stdout)) as { nice: number; session: string };
}

test('a process that leads a session of its own is nice with all of it', async () => {
  const { nice, session } = await niceProcess(true);
  expect(nice).toBe(17);
  expect(session).toMatch(hasSessions ? /^\/autogroup-\d+ nice 17$/ : /^$/);
});

test('one that was started from a shell leaves the others of its session alone', async () => {
  const ours = hasSessions ? readFileSync(SESSION, 'utf8').trim() : '';
  expect(await niceProcess(false)).toEqual({ nice: 17, session: ours });
  expect(hasSessions ? readFileSync(SESSION, 'utf8').trim() : '').toBe(ours);
});
