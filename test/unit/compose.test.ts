import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { packageFile } from '../../config/package-file.js';
import { variables } from '../../config/schema.js';
import { loadSettings } from '../../config/settings.js';
import { SEARCH_ATTRIBUTE } from '../../workflows/plan/names.js';
import { isLongRunning, readCompose, readDockerfile } from '../support/compose.js';

// No Docker engine was at hand when these files were written: what can be checked of them without one, is checked here.
const compose = readCompose();
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);
const known = Object.keys(variables.shape);
const directory = mkdtempSync(join(tmpdir(), 'llma-compose-'));

afterAll(() => rmSync(directory, { recursive: true }));

test('has what the project needs', () => {
  expect(Object.keys(compose.services).sort()).toEqual([
    'clickhouse',
    'migrate',
    'postgresql',
    'schedule',
    'search-attributes',
    'temporal',
    'temporal-schema',
    'temporal-ui',
    'worker',
  ]);
  expect(ours.map(([name]) => name).sort()).toEqual(['migrate', 'schedule', 'worker']);
});

describe.each(services)('%s', (_, service) => {
  test('its image is pinned to a version', () => {
    expect(service.image).toMatch(/^[a-z0-9./-]+:\d+\.\d+[\w.-]*$/);
  });

  test('what it waits for exists, and can be waited for', () => {
    for (const [name, { condition }] of Object.entries(service.depends_on)) {
      const other = compose.services[name];
      expect(other, name).toBeDefined();
      if (condition === 'service_healthy') expect(other!.healthcheck?.test, name).toBeDefined();
      else expect([condition, isLongRunning(other!)], name).toEqual(['service_completed_successfully', false]);
    }
  });

  test('its secrets, volumes, networks and mounted files exist, and are used read-only', () => {
    for (const secret of service.secrets) expect(compose.secrets).toHaveProperty(secret);
    for (const network of service.networks) expect(compose.networks).toHaveProperty(network);
    for (const volume of service.volumes) {
      const [source = '', target, mode] = volume.split(':');
      expect(target).toMatch(/^\//);
      if (!source.startsWith('.')) expect(compose.volumes).toHaveProperty(source);
      else expect([existsSync(packageFile(source)), mode], source).toEqual([true, 'ro']);
    }
  });

  test('no password is written into it, only names of files', () => {
    const suspects = Object.keys(service.environment).filter((name) => /PASS|PWD|SECRET|TOKEN|API_KEY/.test(name));
    expect(suspects.filter((name) => !name.endsWith('_FILE'))).toEqual([]);
    for (const name of suspects) {
      const [, , folder, secret] = service.environment[name]!.split('/');
      expect([folder, service.secrets.includes(String(secret))]).toEqual(['secrets', true]);
    }
  });

  test('the script that it runs is mounted', () => {
    for (const path of (service.entrypoint ?? []).filter((argument) => argument.startsWith('/docker/'))) {
      expect(service.volumes.some((volume) => volume.split(':')[1] === path)).toBe(true);
    }
  });

  test('its log rotates, and its ports are open to this host only', () => {
    expect(service.logging.options).toMatchObject({ 'max-size': '10m', 'max-file': '5' });
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });
});

test.each(services.filter(([, service]) => isLongRunning(service)))('%s: its health is checked', (_, service) => {
  const inImage = service.build !== undefined && readDockerfile().some(({ name }) => name === 'HEALTHCHECK');
  expect(service.healthcheck?.test?.[0] === 'CMD' || (inImage && !service.healthcheck)).toBe(true);
});

test('every volume and secret is used', () => {
  const mounts = services.flatMap(([, service]) => service.volumes.map((volume) => volume.split(':')[0]));
  expect(Object.keys(compose.volumes).filter((name) => !mounts.includes(name))).toEqual([]);
  const secrets = services.flatMap(([, service]) => service.secrets);
  expect(Object.keys(compose.secrets).filter((name) => !secrets.includes(name))).toEqual([]);
});

test('secrets are files that git ignores, each with an example and a line of instructions', () => {
  const instructions = readFileSync(packageFile('docker', 'secrets', 'README.md'), 'utf8');
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    expect(file).toBe(`docker/secrets/${name}.txt`);
    expect(existsSync(packageFile(`${file}.example`)), file).toBe(true);
    expect(instructions).toContain(`\`${name}.txt\``);
    expect(
      execFileSync('git', ['check-ignore', '--no-index', file], { cwd: packageFile(), encoding: 'utf8' }).trim(),
    ).toBe(file);
  }
});

describe('the environment of our services', () => {
  test('holds only variables that the configuration, or Temporal’s, knows', () => {
    const temporal = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE'];
    for (const [, { environment }] of ours) {
      expect(Object.keys(environment).filter((name) => ![...known, ...temporal].includes(name))).toEqual([]);
    }
  });

  test('.env.example has every variable that can be set from outside, and each reaches the container by its own name', () => {
    const example = readFileSync(packageFile('.env.example'), 'utf8');
    const names = Object.keys(parseEnv(example.replace(/^# ?(?=[A-Z_]+=)/gm, '')));
    const used = [...compose.text.matchAll(/\$\{([A-Z_]+):-\}/g)].map(([, name]) => String(name));
    expect(used.filter((name) => !names.includes(name))).toEqual([]);
    for (const [name, value] of Object.entries(ours[0]![1].environment)) {
      if (value.startsWith('$')) expect(value).toBe(`\${${name}:-}`);
    }
  });

  test('every LLMA_ variable can be set, but for what this installation decides', () => {
    const decided = ['LLMA_SQL_DIR', 'LLMA_ENGINE', 'LLMA_CLUSTER'];
    const wanted = known.filter((name) => name.startsWith('LLMA_') && !decided.includes(name));
    for (const [, { environment }] of ours) {
      expect(wanted.filter((name) => !(name in environment))).toEqual([]);
    }
  });

  test('is a configuration without problems, with nothing set and with event types set', () => {
    writeFileSync(join(directory, 'clickhouse_etl_password'), 'secret\n');
    const environment = Object.fromEntries(
      Object.entries(ours[0]![1].environment).map(([name, value]) => [name, value.startsWith('${') ? '' : value]),
    );
    environment['CLICKHOUSE_PASSWORD_FILE'] = 'clickhouse_etl_password';
    const settings = loadSettings(environment, directory);
    expect(settings.warnings).toEqual([]);
    expect(settings.clickhouse).toMatchObject({ url: 'http://clickhouse:8123', user: 'llma_etl', database: 'llma' });
    expect(settings.clickhouse.password.reveal()).toBe('secret');
    expect(settings.eventTypes).toContain('$ai_generation');

    const eaten = loadSettings({ ...environment, LLMA_EVENT_TYPES: 'ai_trace,ai_generation' }, directory);
    expect(eaten.eventTypes).toEqual(['$ai_trace', '$ai_generation']);
  });

  test('shuts down in less time than it is given', () => {
    const { shutdownGraceSeconds } = loadSettings({}, directory).worker;
    expect(compose.services['worker']?.stop_grace_period).toBe('1m');
    expect(shutdownGraceSeconds).toBeLessThan(50);
  });
});

test.each(ours)('%s: its command exists, with its options', (_, { command = [] }) => {
  const words = command.filter((word) => !word.startsWith('-'));
  const help = execFileSync('node', ['bin/llma.js', ...words, '--help'], { cwd: packageFile(), encoding: 'utf8' });
  expect(help).toContain(`Usage: llma ${words.join(' ')}`);
  const options = command.filter((word) => word.startsWith('-'));
  for (const option of options) expect(help.split(/[\s,]+/)).toContain(option);
});

test('a `$` is only written where compose is meant to fill something in', () => {
  const lines = compose.text.split('\n').filter((line) => !line.startsWith('#'));
  expect(lines.filter((line) => line.replace(/\$\{[A-Z_]+:-\}/g, '').includes('$'))).toEqual([]);
});

test('registers exactly the search attributes that the workflows set', () => {
  const script = readFileSync(packageFile('docker', 'temporal', 'setup-namespace.sh'), 'utf8');
  const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => `${name} ${type}`);
  expect(registered).toEqual(Object.values(SEARCH_ATTRIBUTE).map(({ name, type }) => `${name} ${type}`));
});

test.each(['clickhouse/start.sh', 'temporal/start.sh', 'temporal/setup-schema.sh', 'temporal/setup-namespace.sh'])(
  'docker/%s is a script that its shell can read',
  (file) => {
    const path = packageFile('docker', file);
    const shell = readFileSync(path, 'utf8').startsWith('#!/bin/bash\n') ? 'bash' : 'sh';
    expect(() => execFileSync(shell, ['-n', path])).not.toThrow();
  },
);
