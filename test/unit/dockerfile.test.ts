import { existsSync, readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { packageFile } from '../../config/package-file.js';
import { readCompose, readDockerfile } from '../support/compose.js';

const instructions = readDockerfile();
const stages = instructions.filter(({ name }) => name === 'FROM').map(({ rest }) => rest);
const last = instructions.filter(({ stage }) => stage === stages.length - 1);
const only = (name: string): string => last.filter((instruction) => instruction.name === name)[0]?.rest ?? '';
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(packageFile('package.json'), 'utf8')));

/** What the build writes, and what `npm ci` does. */
const PRODUCED = ['/app/dist', '/app/node_modules'];

test('every base image is a version of Debian’s Node, and the same one', () => {
  for (const stage of stages) expect(stage).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim( AS \w+)?$/);
  expect(new Set(stages.map((stage) => stage.split(' ')[0])).size).toBe(1);
  const engines = z.object({ engines: z.object({ node: z.string() }) });
  const { node } = engines.parse(JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))).engines;
  expect(node).toBe('>=20.19');
});

describe('what it copies', () => {
  const copies = instructions.filter(({ name }) => name === 'COPY');
  const stageNames = stages.map((stage) => stage.split(' AS ')[1]);
  const ignored = readFileSync(packageFile('.dockerignore'), 'utf8').split('\n');

  test.each(copies.map(({ rest }) => rest))('exists: %s', (rest) => {
    const words = rest.split(' ');
    const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
    for (const source of words.slice(0, -1)) {
      if (from !== undefined) {
        expect([stageNames.includes(from), PRODUCED.includes(source)]).toEqual([true, true]);
      } else {
        expect(existsSync(packageFile(source)), source).toBe(true);
        // Everything is ignored but what is named.
        if (source !== '.') expect(ignored).toContain(`!${source}`);
      }
    }
  });

  test('.dockerignore lets the build see what it compiles, and no secrets', () => {
    expect(ignored[ignored.findIndex((line) => line !== '' && !line.startsWith('#'))]).toBe('*');
    const build = z.object({ include: z.array(z.string()) });
    const { include } = build.parse(JSON.parse(readFileSync(packageFile('tsconfig.build.json'), 'utf8')));
    for (const name of [...include, 'tsconfig.json', 'tsconfig.build.json']) expect(ignored).toContain(`!${name}`);
    for (const name of ignored.filter((line) => line.startsWith('!'))) {
      expect(existsSync(packageFile(name.slice(1))), name).toBe(true);
      expect(name).not.toMatch(/docker|\.env|node_modules|test/);
    }
  });
});

describe('what runs', () => {
  const { services } = readCompose();

  test('is the worker, as a user without rights, with root certificates', () => {
    expect(only('USER')).toBe('node');
    expect(JSON.parse(only('ENTRYPOINT'))).toEqual(['node', 'bin/llma.js']);
    expect(JSON.parse(only('CMD'))).toEqual(['worker']);
    expect(only('RUN')).toContain('ca-certificates');
    expect(instructions.find(({ rest }) => rest.includes('--omit=dev --omit=optional'))?.name).toBe('RUN');
  });

  test('is asked for its health where it answers', () => {
    const port = services['worker']?.environment['LLMA_WORKER_ADDRESS']?.split(':')[1];
    expect(only('EXPOSE')).toBe(port);
    const [, , script = ''] = z.array(z.string()).parse(JSON.parse(only('HEALTHCHECK').replace(/^.*? CMD /, '')));
    expect(script).toContain(`fetch('http://127.0.0.1:${port}/healthz')`);
    expect(() => new Script(script)).not.toThrow();
  });

  test('leaves room for the native core beside its heap', () => {
    const heap = Number(/--max-old-space-size=(\d+)/.exec(only('ENV'))?.[1]);
    const limit = Number(/^(\d+)m$/.exec(services['worker']?.mem_limit ?? '')?.[1]);
    expect(heap).toBeLessThan(0.8 * limit);
  });

  test('has the version of package.json', () => {
    expect(services['worker']?.image).toBe(`llma-metrics:${version}`);
  });
});
