import { expect, test } from 'vitest';
import { loadSettings } from '../../../config/settings.js';
import { temporalConfig } from '../../../config/temporal.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const TOML = `[profile.default]
address = "toml:7233"
namespace = "from-toml"
[profile.other]
address = "other:7233"
`;

function load(environment: Record<string, string>, files: Record<string, string> = {}) {
  const directory = temporaryDirectory(files);
  // No file of the machine's own.
  const nowhere = { HOME: directory, XDG_CONFIG_HOME: directory };
  return temporalConfig(loadSettings({ ...nowhere, ...environment }, directory));
}

test('without any variable it is Temporal’s own default, in the namespace "default"', () => {
  const { connectionOptions, namespace } = load({});
  expect([connectionOptions.address, namespace]).toEqual([undefined, 'default']);
});

test('the variables are those of the temporal command, also from .env', () => {
  const dotEnv = 'TEMPORAL_ADDRESS=dotenv:7233\nTEMPORAL_NAMESPACE=n\n';
  const { connectionOptions, namespace } = load({ TEMPORAL_ADDRESS: 'env:7233' }, { '.env': dotEnv });
  expect([connectionOptions.address, namespace]).toEqual(['env:7233', 'n']);
  expect(load({ TEMPORAL_API_KEY: 'k' }).connectionOptions).toMatchObject({ apiKey: 'k', tls: true });
});

test('the file is the one that the temporal command reads, with its profiles', () => {
  const path = `${temporaryDirectory({ 't.toml': TOML })}/t.toml`;
  expect(load({ TEMPORAL_CONFIG_FILE: path })).toMatchObject({ namespace: 'from-toml' });
  expect(load({ TEMPORAL_CONFIG_FILE: path, TEMPORAL_PROFILE: 'other' }).connectionOptions.address).toBe('other:7233');
});

test.each([
  [{ TEMPORAL_PROFILE: 'nobody' }, /nobody/],
  [{ TEMPORAL_CONFIG_FILE: `${temporaryDirectory({ 't.toml': 'not = [toml' })}/t.toml` }, /./],
])('%o is an error that names Temporal’s variables', (environment, message) => {
  expect(() => load(environment)).toThrow(
    /1 problem:\n {2}Temporal's connection \(TEMPORAL_\* variables or temporal\.toml\): /,
  );
  expect(() => load(environment)).toThrow(message);
});
