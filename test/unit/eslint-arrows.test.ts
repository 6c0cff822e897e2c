import { resolve } from 'node:path';
import { ESLint } from 'eslint';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { beforeAll, expect, test } from 'vitest';

/** Each line breaks one rule of eslint.config.js, or (`allowed`) comes close to one and breaks none. */
const eslint = new ESLint({
  cwd: resolve(import.meta.dirname, '../..'),
  // Files that exist only here have no types: the arrows don't need them.
  overrideConfig: defineConfig({
    files: ['**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'import-x/no-cycle': 'off' },
  }),
});

async function rulesBroken(file: string, code: string): Promise<string[]> {
  const results = await eslint.lintText(`${code}\n`, { filePath: resolve(import.meta.dirname, '../..', file) });
  const messages = results.flatMap((result) => result.messages);
  expect(messages.filter((message) => message.fatal)).toEqual([]);
  return [...new Set(messages.map((message) => message.ruleId ?? 'none'))];
}

const use = (from: string) => `import { a } from '${from}'; export const b = a;`;
const useType = (from: string) => `import { type A } from '${from}'; export type B = A;`;
const load = (from: string) => `export const b = async (): Promise<unknown> => import('${from}');`;

const IMPORTS = '@typescript-eslint/no-restricted-imports';
const SYNTAX = 'no-restricted-syntax';

beforeAll(async () => {
  await rulesBroken('config/warm-up.ts', '');
}, 60_000);

test.each([
  ['config/x.ts', use('../clickhouse/client.js'), IMPORTS],
  ['config/x.ts', use('../workflows/plan/range.js'), IMPORTS],
  ['clickhouse/x.ts', use('../templates/render.js'), IMPORTS],
  ['clickhouse/x.ts', use('../activities/index.js'), IMPORTS],
  ['clickhouse/x.ts', useType('../activities/index.js'), IMPORTS],
  ['clickhouse/x.ts', load('../activities/index.js'), SYNTAX],
  ['templates/x.ts', use('../clickhouse/client.js'), IMPORTS],
  ['templates/x.ts', use('../workflows/plan/range.js'), IMPORTS],
  ['workflows/x.ts', use('../activities/index.js'), IMPORTS],
  ['workflows/x.ts', `export { a } from '../activities/index.js';`, IMPORTS],
  ['workflows/x.ts', load('../activities/index.js'), SYNTAX],
  ['workflows/x.ts', use('../clickhouse/names.js'), IMPORTS],
  ['workflows/x.ts', use('../templates/render.js'), IMPORTS],
  ['workflows/x.ts', use('../config/settings.js'), IMPORTS],
  ['workflows/x.ts', useType('../config/settings.js'), IMPORTS],
  ['workflows/x.ts', use('../worker/run.js'), IMPORTS],
  ['workflows/x.ts', use('node:crypto'), IMPORTS],
  ['workflows/x.ts', use('fs/promises'), IMPORTS],
  ['workflows/x.ts', use('nunjucks'), IMPORTS],
  ['workflows/x.ts', use('zod'), IMPORTS],
  ['workflows/x.ts', use('@clickhouse/client'), IMPORTS],
  ['workflows/x.ts', use('@temporalio/client'), IMPORTS],
  ['workflows/plan/x.ts', use('../compute-chunk.js'), IMPORTS],
  ['workflows/plan/x.ts', use('../../activities/index.js'), IMPORTS],
  ['workflows/plan/x.ts', use('../../config/settings.js'), IMPORTS],
  ['workflows/plan/x.ts', use('@temporalio/workflow'), IMPORTS],
  ['workflows/plan/x.ts', use('node:os'), IMPORTS],
  ['activities/x.ts', use('../workflows/index.js'), IMPORTS],
  ['activities/x.ts', use('../worker/run.js'), IMPORTS],
  ['activities/x.ts', use('../embedded/clickhouse-server.js'), IMPORTS],
  ['worker/x.ts', use('../scripts/backfill.js'), IMPORTS],
  ['worker/x.ts', use('../embedded/clickhouse-server.js'), IMPORTS],
  ['scripts/x.ts', use('../embedded/clickhouse-server.js'), IMPORTS],
  ['scripts/x.ts', load('../embedded/clickhouse-server.js'), SYNTAX],
  ['scripts/x.ts', use('../examples/load-trace.js'), IMPORTS],
  ['scripts/x.ts', use('../test/support/harness.js'), IMPORTS],
  ['embedded/x.ts', use('../clickhouse/client.js'), IMPORTS],
  ['examples/x.ts', use('../clickhouse/client.js'), IMPORTS],
  ['activities/x.ts', 'export const a = process.env["HOME"];', 'no-restricted-properties'],
  ['worker/x.ts', 'const { env } = process; export const a = env;', 'no-restricted-properties'],
  ['scripts/x.ts', use('node:process'), IMPORTS],
  ['activities/x.ts', 'export enum A {}', SYNTAX],
  ['test/unit/x.test.ts', 'expect(b).toMatchObject({ a: {} });', SYNTAX],
  ['test/unit/x.test.ts', 'expect(b).toMatchObject([{ a: [{}] }]);', SYNTAX],
  ['activities/x.ts', `export * from './clean-up.js';`, 'import-x/avoid-re-export-all'],
  ['activities/x.ts', 'export default 1;', 'import-x/no-default-export'],
  ['activities/x.ts', 'export const a = (b: any): unknown => b;', '@typescript-eslint/no-explicit-any'],
  ['activities/x.ts', '\n'.repeat(251), 'max-lines'],
])('%s: %s breaks %s', async (file, code, rule) => {
  expect(await rulesBroken(file, code)).toEqual([rule]);
});

test.each([
  ['config/x.ts', use('./partition.js')],
  ['clickhouse/x.ts', use('../config/settings.js')],
  ['templates/x.ts', use('../config/settings.js')],
  ['workflows/x.ts', use('./plan/range.js')],
  ['workflows/x.ts', use('../config/partition.js')],
  ['workflows/x.ts', useType('../activities/index.js')],
  ['workflows/x.ts', `import type { A } from '../activities/index.js'; export type B = A;`],
  ['workflows/x.ts', use('@temporalio/workflow')],
  ['workflows/plan/x.ts', use('./range.js')],
  ['workflows/plan/x.ts', use('../../config/partition.js')],
  ['workflows/plan/x.ts', use('../../config/cut-at-word.js')],
  ['activities/x.ts', use('../workflows/plan/range.js')],
  ['activities/x.ts', use('../templates/render.js')],
  ['activities/x.ts', use('../clickhouse/client.js')],
  ['activities/index.ts', `export * from './clean-up.js';`],
  ['worker/x.ts', use('../activities/index.js')],
  ['scripts/x.ts', use('../worker/run.js')],
  ['scripts/demo.ts', use('../embedded/clickhouse-server.js')],
  ['scripts/demo.ts', use('../examples/load-trace.js')],
  ['scripts/up.ts', load('../embedded/clickhouse-server.js')],
  ['embedded/x.ts', use('../config/partition.js')],
  ['config/x.ts', 'export const a = process.env["HOME"];'],
  [
    'test/unit/x.test.ts',
    'expect(b).toMatchObject({ a: [] }); expect(c({})).toMatchObject({ a: 1 }); expect(b).toEqual({ a: {} });',
  ],
  ['test/e2e/x.ts', use('../../embedded/clickhouse-server.js')],
])('%s: %s breaks nothing', async (file, code) => {
  expect(await rulesBroken(file, code)).toEqual([]);
});
