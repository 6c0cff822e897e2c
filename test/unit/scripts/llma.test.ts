import { describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '../../../scripts/commands.js';
import { checkConfiguration, checkNode } from '../../../scripts/doctor/local.js';
import { main } from '../../../scripts/llma.js';
import { ConfigError } from '../../../config/settings.js';
import { Captured } from '../../e2e/cli-harness.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

async function llma(argv: readonly string[], environment: Record<string, string> = {}) {
  const [stdout, stderr] = [new Captured(), new Captured()];
  const host = { stdout, stderr, environment, directory: temporaryDirectory(), onStop: () => () => undefined };
  const code = await main(argv, host);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** interfaces.md promises them. */
const PROMISED =
  'up migrate roles worker schedule backfill progress pause resume cancel retry-failed set-concurrency show doctor'.split(
    ' ',
  );

describe('help', () => {
  test('lists every command with what it does', async () => {
    const { code, stdout } = await llma(['--help']);

    expect(code).toBe(0);
    for (const name of PROMISED) expect(stdout).toMatch(new RegExp(`^ {2}${name} {2,}\\S`, 'm'));
    expect(stdout).toContain('Exit codes: 0 done');
  });

  test.each(COMMANDS.map(({ name, summary }) => [name, summary]))('of %s', async (name, summary) => {
    const { code, stdout, stderr } = await llma([name, '--help']);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: llma ${name} `));
    expect(stdout).toContain(summary);
    expect(await llma(['help', name])).toEqual({ code, stdout, stderr });
  });

  test('is what comes without a command', async () => {
    expect(await llma([])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^Usage: llma/) as string,
    });
  });
});

test('the version', async () => {
  expect(await llma(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
});

describe('an error that nobody expected', () => {
  const spy = () =>
    vi.spyOn(COMMANDS[0]!, 'load').mockResolvedValue({
      define(command) {
        command.action(() => {
          throw new TypeError('x is not a function');
        });
      },
    });

  test('says so, without a stack', async () => {
    spy();
    expect(await llma(['up'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: x is not a function (unexpected: DEBUG=llma shows where)\n',
    });
  });

  test('shows its stack when it is asked for', async () => {
    spy();
    for (const DEBUG of ['llma', 'http,llma']) {
      expect((await llma(['up'], { DEBUG })).stderr).toMatch(/^error: .*\nTypeError: x is not a function\n {4}at /);
    }
    expect((await llma(['up'], { DEBUG: 'http' })).stderr).not.toContain(' at ');
  });
});

describe('doctor', () => {
  test.each([
    ['20.18.9', 'problem'],
    ['20.19.0', 'ok'],
    ['22.0.0', 'ok'],
    ['9.0.0', 'problem'],
  ])('Node %s: %s', (version, level) => {
    expect(checkNode(version).level).toBe(level);
  });

  test('a configuration has a line for each problem, and only then no settings', () => {
    const { settings, findings } = checkConfiguration(() => {
      throw new ConfigError(['A: wrong', 'B: wrong']);
    });

    expect(settings).toBeUndefined();
    expect(findings.map(({ message }) => message)).toEqual(['A: wrong', 'B: wrong']);
    expect(() => checkConfiguration(() => JSON.parse('{') as never)).toThrow(SyntaxError);
  });
});
