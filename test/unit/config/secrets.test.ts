import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../../config/secret.js';
import { loadSettings } from '../../../config/settings.js';
import { temporalConfig } from '../../../config/temporal.js';
import { openDatabase } from '../../../clickhouse/database.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const PASSWORD = 'hunter2';
const KEY = 'tmprl-key';
const EMPTY = temporaryDirectory();

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}

/** Everything that a log or a person might make of a value. */
function printed(value: unknown): string {
  const deep = { depth: Infinity, showHidden: true } as const;
  const texts = [inspect(value), inspect(value, deep), JSON.stringify(value), String(value)];
  if (value instanceof Error) texts.push(value.message, String(value.stack), inspect(value.cause, deep));
  return texts.join('\n');
}

test('a secret shows *** however it is printed, and reveals itself when asked', () => {
  const secret = new Secret(PASSWORD);
  const texts = [
    `${String(secret)}`,
    JSON.stringify({ secret }),
    inspect({ secret }),
    inspect(secret, { showHidden: true }),
  ];
  for (const text of texts) expect(text).not.toContain(PASSWORD);
  expect(texts.join()).toContain('***');
  expect(secret.reveal()).toBe(PASSWORD);
  expect([secret.isEmpty, new Secret('').isEmpty]).toEqual([false, true]);
});

test('settings that are printed show no password, no API key and nothing else of the environment', () => {
  const environment = { CLICKHOUSE_PASSWORD: PASSWORD, TEMPORAL_API_KEY: KEY, AWS_SECRET_ACCESS_KEY: 'other' };
  const settings = loadSettings(environment, EMPTY);
  for (const secret of [PASSWORD, KEY, 'other']) {
    expect(printed(settings)).not.toContain(secret);
    expect(printed({ ...settings })).not.toContain(secret);
  }
  expect(settings.clickhouse.password.reveal()).toBe(PASSWORD);
  expect(temporalConfig(settings).connectionOptions).toMatchObject({ apiKey: KEY });
});

test.each([
  ['a password that is set beside another mistake', { CLICKHOUSE_PASSWORD: PASSWORD, LLMA_CONCURRENCY: '0' }, {}],
  ['a password in the URL', { CLICKHOUSE_URL: `http://etl:${PASSWORD}@h:8123` }, {}],
  ['a password in a URL that is none', { CLICKHOUSE_URL: `clickhouse://etl:${PASSWORD}@h:9000` }, {}],
  ['a password in the query of the URL', { CLICKHOUSE_URL: `http://h:8123/?password=${PASSWORD}` }, {}],
  ['a password in a broken llma.config.json', {}, { 'llma.config.json': `{"CLICKHOUSE_PASSWORD": ${PASSWORD}}` }],
  ['a password of a wrong type', {}, { 'llma.config.json': `{"CLICKHOUSE_PASSWORD": ["${PASSWORD}", null]}` }],
])('an error does not show %s', (_, environment, files) => {
  const error = thrown(() => loadSettings(environment, temporaryDirectory(files)));
  expect(printed(error)).not.toContain(PASSWORD);
});

test.each([
  [`http://etl:${PASSWORD}@h:8123`, 'http://***@h:8123'],
  ['http://etl@h:8123', 'http://***@h:8123'],
  [`http://h:8123/?password=${PASSWORD}`, 'http://h:8123/?***'],
])('the URL %s is refused as %s, with the variables to set instead', (url, shown) => {
  expect(() => loadSettings({ CLICKHOUSE_URL: url }, EMPTY)).toThrow(
    `CLICKHOUSE_URL="${shown}": must hold scheme, host and port alone; set CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_DATABASE (from the environment)`,
  );
});

test('an error of the connection to ClickHouse does not show the password', async () => {
  const { clickhouse } = loadSettings({ CLICKHOUSE_URL: 'http://127.0.0.1:1', CLICKHOUSE_PASSWORD: PASSWORD }, EMPTY);
  const database = openDatabase(clickhouse, { requestTimeoutSeconds: 2 });
  const error = await database.select('SELECT 1').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect(printed(error)).not.toContain(PASSWORD);
  expect(printed(database.settings)).not.toContain(PASSWORD);
  await database.close();
});
