import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import type { TemporalConnectConfig } from '../config/temporal.js';
import { noTemporal, StartError } from './start-error.js';
import { handshakeError, tlsDetails, tlsProblem } from './tls-problem.js';

type Tls = TemporalConnectConfig['connectionOptions']['tls'];

/** A connection that did not come about. */
export interface Tried {
  readonly address: string;
  /** As the configuration says it. */
  readonly tls: Tls;
  /** The variables that it was made of. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Why there is no connection to Temporal: certificates, or nobody who answers. */
export async function temporalProblem({ address, tls, environment }: Tried, error: unknown): Promise<StartError> {
  const failed = await handshakeError(address, tls ? optionsOf(tls) : { rejectUnauthorized: false });
  const what = tls ? untrusted(failed, environment) : failed === undefined ? SPEAKS_TLS : undefined;
  return what === undefined
    ? noTemporal(address, error)
    : new StartError(`Temporal at ${address} ${what}`, { cause: error });
}

const SPEAKS_TLS =
  'speaks TLS: set TEMPORAL_TLS=true, or TEMPORAL_TLS_SERVER_CA_CERT_PATH to the file of the authority that signed its certificate';

function untrusted(error: unknown, environment: Tried['environment']): string | undefined {
  const said = error instanceof Error ? ` (${tlsDetails(error)})` : '';
  switch (tlsProblem(error)) {
    case undefined:
      return undefined;
    case 'untrusted':
      return `has a certificate that is not trusted here${said}: set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the file of the authority that signed it`;
    case 'other name':
      return `has a certificate for other names${said}: set TEMPORAL_TLS_SERVER_NAME to one of them`;
    case 'expired':
      return `has a certificate that is not valid now${said}: renew it, or set the clock`;
    case 'no TLS':
      return `does not speak TLS, which ${turnedOnBy(environment)}: set TEMPORAL_TLS=false, or unset what turns it on`;
  }
}

/** A key turns TLS on where nothing else speaks of it. */
function turnedOnBy(environment: Tried['environment']): string {
  const names = Object.keys(environment).filter((name) => /^TEMPORAL_TLS(_|$)/.test(name));
  if (names.length > 1) return `${names.join(', ')} turn on`;
  const [name = 'TEMPORAL_API_KEY' in environment ? 'TEMPORAL_API_KEY' : 'temporal.toml'] = names;
  return `${name} turns on`;
}

/** The same for Node's own TLS. */
function optionsOf(tls: NonNullable<Tls>): ConnectionOptions {
  if (typeof tls === 'boolean') return {};
  const { serverRootCACertificate: ca, serverNameOverride: servername, clientCertPair: pair } = tls;
  return {
    ...(ca ? { ca: Buffer.from(ca) } : {}),
    ...(servername === undefined ? {} : expected(servername)),
    ...(pair ? { cert: Buffer.from(pair.crt), key: Buffer.from(pair.key) } : {}),
  };
}

/** An address is no name that a server can be asked for, but one that its certificate may have. */
function expected(servername: string): ConnectionOptions {
  if (isIP(servername) === 0) return { servername };
  return { checkServerIdentity: (_, certificate) => checkServerIdentity(servername, certificate) };
}
