import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { packageFile } from '../../../config/package-file.js';
import { variables } from '../../../config/schema.js';
import { loadSettings } from '../../../config/settings.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const TEXT = readFileSync(packageFile('.env.example'), 'utf8');
const LINES = TEXT.split('\n');
const ASSIGNMENT = /^# ([A-Z][A-Z_]*)=/;

/** Names in the order of the file. */
const named = LINES.flatMap((line) => ASSIGNMENT.exec(line)?.[1] ?? []);
const ours = named.filter((name) => !name.startsWith('TEMPORAL_'));
const temporals = named.filter((name) => name.startsWith('TEMPORAL_'));

test('has every variable of the schema once, and no other', () => {
  expect([...ours].sort()).toEqual(Object.keys(variables.shape).sort());
});

test('has no variable of Temporal that Temporal does not read, and those that an operator needs', () => {
  const library = dirname(createRequire(import.meta.url).resolve('@temporalio/envconfig'));
  const sources = readdirSync(library).filter((file) => file.endsWith('.js'));
  const text = sources.map((file) => readFileSync(join(library, file), 'utf8')).join('\n');
  const read = new Set(text.match(/TEMPORAL_[A-Z_]*[A-Z]/g));
  // Where Temporal's UI is, only we ask for: links to it.
  expect(temporals.filter((name) => !read.has(name))).toEqual(['TEMPORAL_UI_URL']);
  expect(new Set(temporals).size).toBe(temporals.length);
  // Codecs and gRPC headers are for those who know them.
  const rest = [...read].filter((name) => !temporals.includes(name) && !/CODEC|GRPC_META/.test(name));
  expect(rest).toEqual([]);
});

test('explains each variable in the line above it, and sets none', () => {
  for (const [index, line] of LINES.entries()) {
    if (line !== '' && !line.startsWith('# ')) throw new Error(`.env.example:${index + 1} sets something: ${line}`);
    if (ASSIGNMENT.test(line)) expect(LINES[index - 1], line).toMatch(/^# \S/);
  }
});

test('shows the defaults: with every line of ours uncommented the settings are the same', () => {
  const lines = LINES.filter((line) => ours.includes(ASSIGNMENT.exec(line)?.[1] ?? ''));
  const directory = temporaryDirectory({ '.env': lines.map((line) => line.slice(2)).join('\n') });
  const { temporalEnvironment: _, ...shown } = loadSettings({}, directory);
  const { temporalEnvironment: __, ...defaults } = loadSettings({}, temporaryDirectory());
  expect({ ...shown, clickhouse: { ...shown.clickhouse, password: shown.clickhouse.password.reveal() } }).toEqual({
    ...defaults,
    clickhouse: { ...defaults.clickhouse, password: '' },
  });
  // An optional variable has no default to show; every other shows one.
  const empty = lines.filter((line) => line.endsWith('=')).map((line) => line.slice(2, -1));
  const optional = Object.entries(variables.shape).filter(
    ([, schema]) => schema.safeParse(undefined).data === undefined,
  );
  expect(empty.sort()).toEqual(optional.map(([name]) => name).sort());
});

test('says what a wrong number may be, as the schema does', () => {
  for (const name of ours) {
    const { error } = variables.shape[name as keyof typeof variables.shape].safeParse('-1');
    const bounds = /expected a whole number from (\d+) to (\d+)/.exec(error?.issues[0]?.message ?? '');
    if (!bounds) continue;
    const above = LINES[LINES.findIndex((line) => line.startsWith(`# ${name}=`)) - 1];
    expect(above, name).toContain(`${bounds[1]} to ${bounds[2]}.`);
  }
});
