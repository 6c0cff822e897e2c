import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { ALL_GUARDS } from '../support/unguarded/guards.js';
import { parseGuardsOptions } from './guards-options.js';
import { parseOptions } from './options.js';
import { FAULT_KINDS, FAULTS, plan, type Fault } from './plan.js';
import { statementKind } from './statement.js';

function faults(seed: number, count: number, kinds = FAULT_KINDS): Fault[] {
  const planned = plan(seed, { every: 1000, kinds });
  return Array.from({ length: count }, () => planned.next().value);
}

test('the seed decides every fault', () => {
  expect(faults(1, 500)).toEqual(faults(1, 500));
  expect(faults(1, 500)).not.toEqual(faults(2, 500));
});

test('every kind comes, within its bounds', () => {
  const all = faults(1, 2000);
  expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
  for (const { kind, ms, after, target } of all) {
    expect(ms).toBeGreaterThanOrEqual(FAULTS[kind].ms[0]);
    expect(ms).toBeLessThanOrEqual(FAULTS[kind].ms[1]);
    expect(after).toBeGreaterThanOrEqual(200);
    expect(target).toBeLessThan(1);
  }
  const average = all.reduce((sum, { after }) => sum + after, 0) / all.length;
  expect(Math.abs(average - 1000)).toBeLessThan(50);
});

test('only the kinds that are asked for', () => {
  expect(new Set(faults(1, 100, ['cut', 'reset']).map(({ kind }) => kind))).toEqual(new Set(['cut', 'reset']));
});

test('options', () => {
  expect(parseOptions(['--seed', '7'])).toMatchObject({ faults: 50, seed: 7, guardsOff: [], kinds: FAULT_KINDS });
  expect(parseOptions([]).seed).not.toBe(parseOptions([]).seed);
  expect(parseOptions(['--kinds', 'cut,late', '--without', 'late']).kinds).toEqual(['cut']);
  expect(parseOptions(['--guards', 'none']).guardsOff).toEqual(ALL_GUARDS);
  expect(parseOptions(['--guards', 'without=fence,tokens']).guardsOff).toEqual(['fence', 'tokens']);
  expect(parseOptions(['--guards', 'only=fence']).guardsOff).toEqual(ALL_GUARDS.filter((name) => name !== 'fence'));
});

test.each([
  [['--faults', '0'], 'Expected a whole number from 1'],
  [['--kinds', 'cut,meteor'], 'Unknown: meteor'],
  [['--kinds', 'cut', '--without', 'cut'], 'leaves no kind'],
  [['--guards', 'some'], 'Expected all, none'],
  [['--guards', 'only=moat'], 'no such guard: moat'],
  [['--faultz', '3'], 'unknown option'],
])('refuses %j', (argv, message) => {
  let said = '';
  expect(() => parseOptions(argv, (text) => (said += text))).toThrow(CommanderError);
  expect(said).toContain(message);
});

test('options of the guards', () => {
  expect(parseGuardsOptions([])).toEqual({ anomalies: [], json: false });
  expect(parseGuardsOptions(['fuzz', 'meddled-live', '--on', 'none', '--rounds', '3', '--json'])).toEqual({
    anomalies: ['fuzz', 'meddled-live'],
    on: 'none',
    rounds: 3,
    json: true,
  });
});

test.each([
  [['storm'], 'There is no anomaly storm.'],
  [['--on', 'moat'], 'There is no guard moat.'],
  [['--rounds', '0'], 'Expected a whole number from 1'],
])('the guards refuse %j', (argv, message) => {
  let said = '';
  expect(() => parseGuardsOptions(argv, (text) => (said += text))).toThrow(CommanderError);
  expect(said).toContain(message);
});

test.each([
  ['swap', '/', 'ALTER TABLE `llma`.`llma_metrics_daily` REPLACE PARTITION 202601 FROM `llma`.`llma_pub_202601_1`'],
  ['build', '/', 'INSERT INTO `llma`.`llma_pub_202601_1` (date, team_id) SELECT … FROM `llma`.`llma_metrics_versions`'],
  [
    'accept',
    '/',
    '-- Candidates\nINSERT INTO `llma`.`llma_metrics_versions` (date) SELECT … FROM `llma`.`llma_cand_1`',
  ],
  ['decode', '/', 'INSERT INTO `llma`.`llma_slice_1` (date) SELECT'],
  ['insert', '/', 'INSERT INTO `llma`.`llma_cand_1` (token) SELECT'],
  ['ledger', '/?query=INSERT%20INTO%20%60llma%60.%60llma_partition_runs%60%20FORMAT%20JSONEachRow', '{"date":1}'],
  ['ask', '/', 'SELECT max(version) FROM `llma`.`llma_metrics_versions`'],
])('knows a statement: %s', (kind, path, body) => {
  expect(statementKind(path, body)).toBe(kind);
});
