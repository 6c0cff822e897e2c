import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../../config/settings.js';
import { temporalConfig } from '../../../config/temporal.js';
import { issue } from '../../support/certificates.js';
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

test('an empty variable counts as not set; an empty header removes one', () => {
  const { connectionOptions } = load({ TEMPORAL_API_KEY: '', TEMPORAL_TLS: '', TEMPORAL_TLS_SERVER_NAME: '' });
  expect([connectionOptions.apiKey, connectionOptions.tls]).toEqual([undefined, undefined]);
  const dotEnv = { '.env': 'TEMPORAL_ADDRESS=dotenv:7233\nTEMPORAL_GRPC_META_A=1\n' };
  const over = load({ TEMPORAL_ADDRESS: '', TEMPORAL_GRPC_META_A: '' }, dotEnv).connectionOptions;
  expect([over.address, over.metadata]).toEqual(['dotenv:7233', {}]);
});

test.each(['false', '0'])('TEMPORAL_TLS=%s turns TLS off, whatever else is set', (TEMPORAL_TLS) => {
  const environment = { TEMPORAL_TLS, TEMPORAL_API_KEY: 'k', TEMPORAL_TLS_CLIENT_CERT_PATH: 'one.pem' };
  expect(load(environment).connectionOptions.tls).toBe(false);
});

test('the file is the one that the temporal command reads, with its profiles', () => {
  const path = `${temporaryDirectory({ 't.toml': TOML })}/t.toml`;
  expect(load({ TEMPORAL_CONFIG_FILE: path })).toMatchObject({ namespace: 'from-toml' });
  expect(load({ TEMPORAL_CONFIG_FILE: path, TEMPORAL_PROFILE: 'other' }).connectionOptions.address).toBe('other:7233');
});

test.each(['127.0.0.1:7233', 'localhost', 'temporal_1.ns.svc.:7233', '[::1]:7233', '[::1]', 'bücher.example:65535'])(
  'the address %s is taken as it is, from the variable and from the file',
  (address) => {
    const path = `${temporaryDirectory({ 't.toml': `[profile.default]\naddress = "${address}"\n` })}/t.toml`;
    for (const environment of [{ TEMPORAL_ADDRESS: address }, { TEMPORAL_CONFIG_FILE: path }]) {
      expect(load(environment).connectionOptions.address).toBe(address);
    }
  },
);

test.each(['127.0.0.1:', 'bad:address:1', ':7233', '[::1', '[x]:1', 'h:0', 'h:65536', '::1', 'u@h:1', 'h:1/', 'h:x'])(
  'the address %s is an error that says where it stands',
  (address) => {
    const path = `${temporaryDirectory({ 't.toml': `[profile.default]\naddress = "${address}"\n` })}/t.toml`;
    const expected = `${JSON.stringify(address)}: expected host:port like 127.0.0.1:7233`;
    expect(() => load({ TEMPORAL_ADDRESS: address })).toThrow(`TEMPORAL_ADDRESS=${expected} (from the environment)`);
    expect(() => load({ TEMPORAL_CONFIG_FILE: path })).toThrow(`temporal.toml: address = ${expected}`);
    // A file that the variable overrides is of no account.
    expect(load({ TEMPORAL_ADDRESS: 'h:1', TEMPORAL_CONFIG_FILE: path }).connectionOptions.address).toBe('h:1');
  },
);

test.each([
  [{ TEMPORAL_PROFILE: 'nobody' }, /nobody/],
  [{ TEMPORAL_CONFIG_FILE: `${temporaryDirectory({ 't.toml': 'not = [toml' })}/t.toml` }, /./],
])('%o is an error that names Temporal’s variables', (environment, message) => {
  expect(() => load(environment)).toThrow(
    /1 problem:\n {2}Temporal's connection \(TEMPORAL_\* variables or temporal\.toml\): /,
  );
  expect(() => load(environment)).toThrow(message);
});

describe('certificates that can not be used are an error that names their variable', () => {
  const [one, other] = [issue({ name: 'one' }), issue({ name: 'other' })];
  const directory = temporaryDirectory({
    'one.pem': one.cert,
    'one.key': one.key,
    'other.key': other.key,
    'text.pem': 'x',
  });
  const client = (cert: string, key: string) => ({
    TEMPORAL_TLS_CLIENT_CERT_PATH: `${directory}/${cert}`,
    TEMPORAL_TLS_CLIENT_KEY_PATH: `${directory}/${key}`,
  });

  test.each([
    [
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nope/ca.pem' },
      `TEMPORAL_TLS_SERVER_CA_CERT_PATH="/nope/ca.pem": the file can't be read (ENOENT)`,
    ],
    [
      { TEMPORAL_TLS_CLIENT_CERT_PATH: `${directory}/one.pem` },
      'TEMPORAL_TLS_CLIENT_CERT_PATH is set without its key: set TEMPORAL_TLS_CLIENT_KEY_PATH or _DATA too',
    ],
    [
      { TEMPORAL_TLS_CLIENT_KEY_DATA: one.key },
      'TEMPORAL_TLS_CLIENT_KEY_DATA is set without its certificate: set TEMPORAL_TLS_CLIENT_CERT_PATH or _DATA too',
    ],
    [
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: directory },
      `TEMPORAL_TLS_SERVER_CA_CERT_PATH="${directory}": the file can't be read (EISDIR)`,
    ],
    [
      client('gone.pem', 'one.key'),
      `TEMPORAL_TLS_CLIENT_CERT_PATH="${directory}/gone.pem": the file can't be read (ENOENT)`,
    ],
    [
      client('one.pem', 'gone.key'),
      `TEMPORAL_TLS_CLIENT_KEY_PATH="${directory}/gone.key": the file can't be read (ENOENT)`,
    ],
    [
      { TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'nonsense' },
      'TEMPORAL_TLS_SERVER_CA_CERT_PATH or _DATA (or temporal.toml): expected a certificate as PEM',
    ],
    [
      client('text.pem', 'one.key'),
      'TEMPORAL_TLS_CLIENT_CERT_PATH or _DATA (or temporal.toml): expected a certificate as PEM',
    ],
    [
      client('one.pem', 'text.pem'),
      'TEMPORAL_TLS_CLIENT_KEY_PATH or _DATA (or temporal.toml): expected a private key as PEM',
    ],
    [
      client('one.pem', 'other.key'),
      'TEMPORAL_TLS_CLIENT_KEY is not the key of the certificate TEMPORAL_TLS_CLIENT_CERT: set the two of one pair',
    ],
  ])('%o', (environment, problem) => {
    expect(() => load(environment)).toThrow(`the configuration has 1 problem:\n  ${problem}`);
  });

  test('those that can be, are', () => {
    expect(
      load({ ...client('one.pem', 'one.key'), TEMPORAL_TLS_SERVER_CA_CERT_DATA: other.cert }).connectionOptions.tls,
    ).toMatchObject({
      clientCertPair: expect.anything() as unknown,
      serverRootCACertificate: expect.anything() as unknown,
    });
  });
});
