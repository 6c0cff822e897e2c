// @ts-check
import { builtinModules } from 'node:module';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { flatConfigs } from 'eslint-plugin-import-x';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * The arrows of docs/architecture.md: for each folder, what it may import of ours besides itself.
 * `values`: a folder, or one file of it. `types`: `import type` only.
 *
 * @type {Record<string, { values: string[], types?: string[] }>}
 */
const ARROWS = {
  config: { values: [] },
  clickhouse: { values: ['config'] },
  templates: { values: ['config'] },
  'workflows/plan': { values: ['config/partition.js', 'config/cut-at-word.js'] },
  workflows: { values: ['workflows/plan', 'config/partition.js'], types: ['activities'] },
  activities: { values: ['workflows/plan', 'templates', 'clickhouse', 'config'] },
  worker: { values: ['activities', 'workflows', 'templates', 'clickhouse', 'config'] },
  scripts: { values: ['worker', 'activities', 'workflows', 'templates', 'clickhouse', 'config'] },
  embedded: { values: ['config'] },
  examples: { values: ['config'] },
};

/** Every folder of ours that an import can reach. */
const FOLDERS = [...Object.keys(ARROWS).filter((name) => !name.includes('/')), 'recorder', 'bench', 'test'];

/** The two commands that start the stack in a box; production runs none of it. */
const IN_A_BOX = ['scripts/demo.ts', 'scripts/up.ts'];

/** Packages with Node in them, or that decide things outside of Temporal: a workflow replays, so it may use none. */
const NOT_IN_WORKFLOWS = ['nunjucks', 'zod', '@clickhouse/client', '@temporalio/(?:client|worker|activity|envconfig)'];

const builtins = builtinModules.filter((name) => !name.startsWith('_')).join('|');

/** Both rules that hold an arrow: for `import … from`, and for `import()`. @param {string} folder @param {string[]} [more] */
function arrow(folder, more = []) {
  const { values, types = [] } = ARROWS[folder] ?? { values: [] };
  const forbidden = FOLDERS.filter((name) => name !== folder.split('/')[0]);
  const patterns = forbidden.map((name) => {
    const allowed = [...values, ...more].filter((path) => path === name || path.startsWith(`${name}/`));
    return { name, regex: `^(?:\\.\\./)+${name}(?:/|$)${allowed.includes(name) ? '(?!)' : except(name, allowed)}` };
  });
  return {
    patterns: patterns.map(({ name, regex }) => ({
      regex,
      message: `${folder}/ may not import ${name}/: see the arrows in docs/architecture.md and eslint.config.js.`,
      allowTypeImports: types.includes(name),
    })),
    dynamic: patterns.map(({ name, regex }) => ({
      // esquery ends a regular expression at its first slash, so it is written as an escape.
      selector: `ImportExpression[source.value=/${regex.replaceAll('/', '\\u002F')}/]`,
      message: `${folder}/ may not import ${name}/: see the arrows in docs/architecture.md and eslint.config.js.`,
    })),
  };
}

/** Lets through the files of `folder` that are allowed one by one. @param {string} folder @param {string[]} allowed */
function except(folder, allowed) {
  if (allowed.length === 0) return '';
  const rests = allowed.map((path) => path.slice(folder.length + 1).replaceAll('.', '\\.'));
  return `(?!(?:${rests.join('|')})(?:/|$))`;
}

const NO_ENVIRONMENT = { name: 'node:process', message: 'Only config/ and embedded/ read the environment.' };
const SYNTAX = [
  { selector: 'TSEnumDeclaration', message: 'No enum: a union of strings, or a const object.' },
  {
    selector:
      'CallExpression[callee.property.name="toMatchObject"] > :matches(ObjectExpression, ArrayExpression) ObjectExpression[properties.length=0]',
    message: 'Within toMatchObject {} is any object: expect it by itself, toEqual({}).',
  },
];

/** The rules of one folder. @param {{ folder: string, files: string[], ignores?: string[], more?: string[], patterns?: object[], paths?: object[], syntax?: object[] }} of */
function folderRules({ folder, files, ignores = [], more = [], patterns = [], paths = [NO_ENVIRONMENT], syntax = [] }) {
  const of = arrow(folder, more);
  return {
    name: `llma/arrows of ${files.join(', ')}`,
    files,
    ignores,
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { paths, patterns: [...of.patterns, ...patterns] }],
      'no-restricted-syntax': ['error', ...SYNTAX, ...of.dynamic, ...syntax],
    },
  };
}

const workflowPatterns = [
  {
    regex: `^(?:node:|(?:${builtins})(?:/|$))`,
    message: 'Workflows run in a sandbox and replay: no Node built-ins. Do it in an activity.',
  },
  {
    regex: `^(?:${NOT_IN_WORKFLOWS.join('|')})(?:/|$)`,
    message: 'Workflows orchestrate and replay: this belongs in an activity.',
    allowTypeImports: true,
  },
];
const workflowSyntax = [{ selector: 'ImportExpression', message: 'The workflow bundle is built once: no import().' }];

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', '.llma/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  tseslint.configs.recommendedTypeChecked,
  flatConfigs.typescript,
  {
    name: 'llma/everywhere',
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': flatConfigs.recommended.plugins['import-x'] },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'tsconfig.json' })] },
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', { max: 250 }],
      // Three is the aim; a fourth is for where an object would read worse.
      'max-params': ['error', { max: 4 }],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only config/ and embedded/ read the environment.' },
      ],
      'no-restricted-syntax': ['error', ...SYNTAX],
      'import-x/avoid-re-export-all': 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      // The typed rule refuses an `unknown` that was narrowed, and what was caught is passed on as it came.
      'no-throw-literal': 'error',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // An activity or a handler returns a promise because its interface says so, whether it awaits or not.
      '@typescript-eslint/require-await': 'off',
    },
  },

  folderRules({ folder: 'config', files: ['config/**'], paths: [] }),
  folderRules({ folder: 'clickhouse', files: ['clickhouse/**'] }),
  folderRules({ folder: 'templates', files: ['templates/**'] }),
  folderRules({
    folder: 'workflows',
    files: ['workflows/**'],
    ignores: ['workflows/plan/**'],
    patterns: workflowPatterns,
    syntax: workflowSyntax,
  }),
  folderRules({
    folder: 'workflows/plan',
    files: ['workflows/plan/**'],
    patterns: [
      ...workflowPatterns,
      { regex: '^\\.\\./[^.]', message: 'plan/ decides and knows nothing of the workflows that ask it.' },
      { regex: '^@temporalio/', message: 'plan/ is pure: no Temporal in it.', allowTypeImports: true },
    ],
    syntax: workflowSyntax,
  }),
  folderRules({ folder: 'activities', files: ['activities/**'] }),
  folderRules({ folder: 'worker', files: ['worker/**'] }),
  folderRules({ folder: 'scripts', files: ['scripts/**'], ignores: IN_A_BOX }),
  folderRules({ folder: 'scripts', files: IN_A_BOX, more: ['embedded', 'examples'] }),
  folderRules({ folder: 'embedded', files: ['embedded/**'], paths: [] }),
  folderRules({ folder: 'examples', files: ['examples/**'] }),

  {
    name: 'llma/may read the environment',
    files: ['config/**', 'embedded/**', 'test/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    name: 'llma/may print',
    files: ['scripts/**', 'embedded/**', 'test/**', 'bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    name: 'llma/barrels',
    files: ['workflows/index.ts', 'activities/index.ts'],
    rules: { 'import-x/avoid-re-export-all': 'off' },
  },
  {
    name: 'llma/default export is asked for',
    files: ['**/*.config.{js,ts}', 'test/support/**'],
    rules: { 'import-x/no-default-export': 'off' },
  },
  {
    name: 'llma/tests',
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'max-params': 'off',
    },
  },
  {
    name: 'llma/plain JavaScript',
    files: ['**/*.{js,mjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-properties': 'off', 'no-console': 'off' },
  },
);
