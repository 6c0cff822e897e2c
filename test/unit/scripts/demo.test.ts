import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { packageFile } from '../../../config/package-file.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

function demo(...argv: readonly string[]) {
  const args = ['--import', import.meta.resolve('tsx'), packageFile('scripts', 'demo.ts'), ...argv];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: temporaryDirectory(), encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('the demo explains itself', () => {
  const { status, stdout, stderr } = demo('--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: npm run demo -- \[options\]\n/);
  expect(stdout).toContain('--exit');
});

test.each([
  [['--exitt'], "error: unknown option '--exitt'\n(Did you mean --exit?)\n"],
  [['now'], 'error: too many arguments. Expected 0 arguments but got 1.\n'],
])('%j is refused with a sentence and what there is', (argv, said) => {
  const { status, stdout, stderr } = demo(...argv);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr.startsWith(`${said}\nUsage: npm run demo -- [options]\n`), stderr).toBe(true);
});
