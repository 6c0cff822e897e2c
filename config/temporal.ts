import { createPrivateKey, X509Certificate } from 'node:crypto';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ConfigError, type Settings } from './settings.js';
import { isTemporalAddress, TEMPORAL_ADDRESS_EXPECTED } from './temporal-address.js';

export type TemporalConnectConfig = ReturnType<typeof loadClientConnectConfig>;

type Tls = TemporalConnectConfig['connectionOptions']['tls'];

/**
 * Address, namespace, TLS and credentials of Temporal, from the variables and the file that the `temporal` command reads.
 * @throws ConfigError when they can't be used.
 */
export function temporalConfig(settings: Settings): TemporalConnectConfig & { namespace: string } {
  const { temporalEnvironment } = settings;
  try {
    const config = loadClientConnectConfig({ overrideEnvVars: temporalEnvironment });
    const problems = [
      ...addressProblem(config.connectionOptions.address),
      ...tlsProblems(config.connectionOptions.tls),
      ...halfPair(temporalEnvironment, config.connectionOptions.tls),
    ];
    if (problems.length > 0) throw new ConfigError(problems);
    return { ...config, namespace: config.namespace ?? 'default' };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([
      unreadable(temporalEnvironment, error) ??
        `Temporal's connection (TEMPORAL_* variables or temporal.toml): ${(error as Error).message}`,
    ]);
  }
}

/** Of the file: the variable was checked with the others. */
function addressProblem(address: string | undefined): string[] {
  if (address === undefined || isTemporalAddress(address)) return [];
  return [`temporal.toml: address = ${JSON.stringify(address)}: ${TEMPORAL_ADDRESS_EXPECTED}`];
}

/** The variable whose file can't be read. */
function unreadable(environment: Settings['temporalEnvironment'], error: unknown): string | undefined {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return undefined;
  const files = Object.entries(environment).filter(([name]) => /^TEMPORAL_TLS_\w+_PATH$/.test(name));
  // Reading a directory fails without its path.
  const [name, file] = files.find(([, value]) => value === path) ?? (files.length === 1 ? (files[0] ?? []) : []);
  return name && `${name}="${file}": the file can't be read (${code})`;
}

/** A certificate without its key, or a key without its certificate, would be left out without a word. */
function halfPair(environment: Settings['temporalEnvironment'], tls: Tls): string[] {
  if (tls === false || (typeof tls === 'object' && tls?.clientCertPair)) return [];
  const isSet = (what: string) =>
    ['PATH', 'DATA'].map((how) => `TEMPORAL_TLS_CLIENT_${what}_${how}`).find((name) => environment[name]);
  const [cert, key] = [isSet('CERT'), isSet('KEY')];
  if (cert && !key) return [`${cert} is set without its key: set TEMPORAL_TLS_CLIENT_KEY_PATH or _DATA too`];
  if (key && !cert) return [`${key} is set without its certificate: set TEMPORAL_TLS_CLIENT_CERT_PATH or _DATA too`];
  return [];
}

/** Texts that are not what they must be would only show as a connection that never comes about. */
function tlsProblems(tls: Tls): string[] {
  if (typeof tls !== 'object' || tls === null) return [];
  const problems: string[] = [];
  const check = (what: string, wanted: string, parse: () => unknown) => {
    try {
      parse();
    } catch {
      problems.push(`TEMPORAL_TLS_${what}_PATH or _DATA (or temporal.toml): expected ${wanted} as PEM`);
    }
  };
  const { serverRootCACertificate: authority, clientCertPair: pair } = tls;
  if (authority) check('SERVER_CA_CERT', 'a certificate', () => new X509Certificate(authority));
  if (!pair) return problems;
  check('CLIENT_CERT', 'a certificate', () => new X509Certificate(pair.crt));
  check('CLIENT_KEY', 'a private key', () => createPrivateKey(Buffer.from(pair.key)));
  if (
    problems.length === 0 &&
    !new X509Certificate(pair.crt).checkPrivateKey(createPrivateKey(Buffer.from(pair.key)))
  ) {
    problems.push(
      'TEMPORAL_TLS_CLIENT_KEY is not the key of the certificate TEMPORAL_TLS_CLIENT_CERT: set the two of one pair',
    );
  }
  return problems;
}
