import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, loadSettings } from '../../../config/settings.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const FILES = {
  '.env': 'LLMA_CONCURRENCY=3\nLLMA_LOOKBACK_DAYS=4\nTEMPORAL_NAMESPACE=from-dotenv\nTEMPORAL_ADDRESS=dotenv:7233\n',
  'llma.config.json': '{"LLMA_CONCURRENCY": 5, "LLMA_LOOKBACK_DAYS": 6, "LLMA_HISTORY_DAYS": 7}',
};

function problems(directory: string, environment: Record<string, string> = {}): readonly string[] {
  try {
    loadSettings(environment, directory);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('the environment wins over .env, and .env over llma.config.json', () => {
  const settings = loadSettings({ LLMA_CONCURRENCY: '2', TEMPORAL_ADDRESS: 'env:7233' }, temporaryDirectory(FILES));
  expect([settings.concurrency, settings.lookbackDays, settings.historyDays]).toEqual([2, 4, 7]);
  expect({ ...settings.temporalEnvironment }).toMatchObject({
    TEMPORAL_ADDRESS: 'env:7233',
    TEMPORAL_NAMESPACE: 'from-dotenv',
  });
});

test('an empty variable counts as not set, as compose files pass it', () => {
  const environment = { LLMA_CONCURRENCY: '', LLMA_METRICS: '', CLICKHOUSE_PASSWORD: '', CLICKHOUSE_PASSWORD_FILE: '' };
  const settings = loadSettings(environment, temporaryDirectory(FILES));
  expect([settings.concurrency, settings.metrics, settings.clickhouse.password.reveal()]).toEqual([3, undefined, '']);
});

test('.env keeps a $ between single quotes, and a value with spaces', () => {
  const directory = temporaryDirectory({
    '.env': `# a comment\nLLMA_EVENT_TYPES='$ai_trace,$ai_span'\nexport LLMA_CRON_SCHEDULE="0 7 * * *" # later\n`,
  });
  const settings = loadSettings({}, directory);
  expect([settings.eventTypes, settings.cronSchedule]).toEqual([['$ai_trace', '$ai_span'], '0 7 * * *']);
});

test.each([
  ['true', true],
  ['false', false],
])('llma.config.json takes %s with quotes and without', (text, expected) => {
  for (const json of [`{"LLMA_DEDUPLICATE": ${text}}`, `{"LLMA_DEDUPLICATE": "${text}"}`]) {
    expect(loadSettings({}, temporaryDirectory({ 'llma.config.json': json })).deduplicate).toBe(expected);
  }
});

test('llma.config.json takes texts, numbers and lists', () => {
  const json = { LLMA_METRICS: ['event_counts', 'error_rates'], LLMA_CONCURRENCY: 4, CLICKHOUSE_DATABASE: 'd' };
  const settings = loadSettings({}, temporaryDirectory({ 'llma.config.json': JSON.stringify(json) }));
  expect([settings.metrics, settings.concurrency, settings.clickhouse.database]).toEqual([
    ['event_counts', 'error_rates'],
    4,
    'd',
  ]);
});

test.each([
  ['[1]', /^llma\.config\.json: expected an object of variables, like \{"LLMA_CONCURRENCY": 8\}, found a list$/],
  [
    '{"LLMA_CONCURRENCY": null}',
    /^llma\.config\.json: "LLMA_CONCURRENCY" is null; expected a text, a number, true or false$/,
  ],
  [
    '{"LLMA_CONCURRENCY": true}',
    /^LLMA_CONCURRENCY="true": expected a whole number from 1 to 64 \(from llma\.config\.json\)$/,
  ],
  ['{"LLMA_CONCURRENCY": 8,}', /^llma\.config\.json:1:24: this is not JSON/],
])('a llma.config.json that says %s is refused', (text, message) => {
  const found = problems(temporaryDirectory({ 'llma.config.json': text }));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(message);
});

test.each(['.env', 'llma.config.json'])('%s that can’t be read is a problem with its name, not a stack', (name) => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, name));
  expect(problems(directory)).toEqual([`${name} can't be read (EISDIR): expected a file that this user may read`]);
});

test('a misspelt variable of ours is a warning in the environment, and an error in llma.config.json', () => {
  const { warnings } = loadSettings({ LLMA_CONCURENCY: '3', PATH: '/bin' }, temporaryDirectory());
  expect(warnings).toEqual([
    'LLMA_CONCURENCY (from the environment) is not a variable of llma-metrics and is not used (did you mean LLMA_CONCURRENCY?)',
  ]);
  expect(problems(temporaryDirectory({ 'llma.config.json': '{"PATH": "/bin"}' }))[0]).toMatch(
    /^llma\.config\.json: "PATH" is not a variable of ours; known are LLMA_PARTITION_START_DATE, /,
  );
});

test.each([
  ['secret\n', 'secret'],
  ['secret\r\n', 'secret'],
  ['two\nlines\n', 'two\nlines'],
  [' spaces ', ' spaces '],
])('the password file %j holds the password %j', (text, password) => {
  const directory = temporaryDirectory({ 'run/secrets/pw': text });
  for (const path of ['run/secrets/pw', join(directory, 'run/secrets/pw')]) {
    const { clickhouse } = loadSettings({ CLICKHOUSE_PASSWORD_FILE: path }, directory);
    expect(clickhouse.password.reveal()).toBe(password);
  }
});

test('a password and a password file together are refused', () => {
  const directory = temporaryDirectory({ pw: 'b' });
  expect(problems(directory, { CLICKHOUSE_PASSWORD: 'a', CLICKHOUSE_PASSWORD_FILE: 'pw' })).toEqual([
    'CLICKHOUSE_PASSWORD and CLICKHOUSE_PASSWORD_FILE are both set: unset one of them',
  ]);
});
