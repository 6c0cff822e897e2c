import { describe, expect, it } from 'vitest';
import { isExecutable, onPath, run } from '../../../embedded/run.js';

const sh = (script: string, options = {}): Promise<string> => run('sh', ['-c', script], options);

describe('run', () => {
  it('returns what the command prints', async () => {
    expect(await sh('echo out; echo err >&2')).toBe('out\n');
  });

  it('runs it where and with what it is told', async () => {
    expect(await sh('pwd; echo $A', { cwd: '/', env: { A: 'a', PATH: process.env['PATH'] } })).toBe('/\na\n');
  });

  it.each([
    ['echo "WARNING: Retrying" >&2; echo "ERROR: no network" >&2; exit 1', 'sh: ERROR: no network'],
    ['for i in 1 2 3; do echo "npm error $i" >&2; done; echo log >&2; exit 1', 'sh: npm error 1 npm error 2'],
    ['for i in 1 2 3; do echo "line $i" >&2; echo >&2; done; exit 1', 'sh: line 2 line 3'],
    ['exit 3', 'sh: Command failed: sh -c exit 3'],
  ])('says why it failed: %s', async (script, message) => {
    await expect(sh(script)).rejects.toThrow(new Error(message));
  });

  it('says that there is no such command', async () => {
    await expect(run('no-such-command', [])).rejects.toThrow('no-such-command: spawn no-such-command ENOENT');
  });

  it('does not wait for ever', async () => {
    await expect(run('sleep', ['60'], { timeoutMs: 50 })).rejects.toThrow('sleep: took longer than 0.05 s');
  });
});

describe('onPath', () => {
  it('finds a command, and nothing in an empty PATH', async () => {
    const path = await onPath('sh', { PATH: '/no/such/folder::/bin:/usr/bin' });
    expect(path).toMatch(/bin\/sh$/);
    expect(await isExecutable(path!)).toBe(true);
    expect(await onPath('sh', {})).toBeUndefined();
    expect(await onPath('sh', { PATH: '' })).toBeUndefined();
  });
});
