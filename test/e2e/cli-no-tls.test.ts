/** In processes of their own: what Node itself would print is part of what is said. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

async function said(environment: Readonly<Record<string, string>>): Promise<string> {
  const directory = temporaryDirectory();
  const env = { PATH: process.env['PATH'], HOME: directory, ...environment };
  const options = { cwd: directory, env, timeout: 30_000 };
  const run = promisify(execFile)(process.execPath, [packageFile('bin', 'llma.js'), 'progress'], options);
  return (await run.catch((error: unknown) => error as { stderr: string })).stderr;
}

test.each([
  [{ TEMPORAL_API_KEY: 'k' }, 'TEMPORAL_API_KEY turns on'],
  [
    { TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_NAME: '127.0.0.1' },
    'TEMPORAL_TLS, TEMPORAL_TLS_SERVER_NAME turn on',
  ],
])('a Temporal without TLS, which %j turn on', async (environment, turnedOn) => {
  const address = inject('temporalAddress');
  expect(await said({ TEMPORAL_ADDRESS: address, ...environment })).toBe(
    `error: Temporal at ${address} does not speak TLS, which ${turnedOn}: set TEMPORAL_TLS=false, or unset what turns it on\n`,
  );
});
