import type { ConnectionOptions } from 'node:tls';
import type { TemporalConnectConfig } from '../config/temporal.js';
import { noTemporal, StartError } from './start-error.js';
import { handshakeError, tlsDetails, tlsProblem } from './tls-problem.js';

type Tls = TemporalConnectConfig['connectionOptions']['tls'];

/** Why there is no connection to Temporal: certificates, or nobody who answers. @param tls as the configuration says it */
export async function temporalProblem(address: string, tls: Tls, error: unknown): Promise<StartError> {
  const failed = await handshakeError(address, tls ? optionsOf(tls) : { rejectUnauthorized: false });
  const what = tls ? untrusted(failed) : failed === undefined ? SPEAKS_TLS : undefined;
  return what === undefined
    ? noTemporal(address, error)
    : new StartError(`Temporal at ${address} ${what}`, { cause: error });
}

const SPEAKS_TLS =
  'speaks TLS: set TEMPORAL_TLS=true, or TEMPORAL_TLS_SERVER_CA_CERT_PATH to the file of the authority that signed its certificate';

function untrusted(error: unknown): string | undefined {
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
      return 'does not speak TLS: unset the TEMPORAL_TLS_* variables';
  }
}

/** The same for Node's own TLS. */
function optionsOf(tls: NonNullable<Tls>): ConnectionOptions {
  if (typeof tls === 'boolean') return {};
  const { serverRootCACertificate: ca, serverNameOverride: servername, clientCertPair: pair } = tls;
  return {
    ...(ca ? { ca: Buffer.from(ca) } : {}),
    ...(servername === undefined ? {} : { servername }),
    ...(pair ? { cert: Buffer.from(pair.crt), key: Buffer.from(pair.key) } : {}),
  };
}
