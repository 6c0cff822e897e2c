import { connect, type ConnectionOptions } from 'node:tls';

/** What of a TLS connection failed. */
export type TlsProblem = 'untrusted' | 'other name' | 'expired' | 'no TLS';

/** Of the error codes of Node and OpenSSL; undefined for an error that is not about TLS. */
export function tlsProblem(error: unknown): TlsProblem | undefined {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'other name';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'expired';
  if (/^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|INVALID_CA$)/.test(code)) return 'untrusted';
  return /wrong version number|packet length too long/i.test(message) ? 'no TLS' : undefined;
}

/** What the server's certificate said, for people: its names, where they are the problem. */
export function tlsDetails(error: unknown): string {
  const { cert, message } = error as Error & { cert?: { subjectaltname?: string } };
  return tlsProblem(error) === 'other name' ? (cert?.subjectaltname ?? 'none') : message;
}

/** Milliseconds that a handshake may take. */
const PATIENCE = 2000;

/** Tries a handshake, for the reason that a gRPC client keeps to itself. @returns its error, or undefined when it succeeds */
export async function handshakeError(address: string, options: ConnectionOptions): Promise<unknown> {
  const { hostname: host, port } = new URL(`tls://${address}`);
  return await new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), ALPNProtocols: ['h2'], ...options });
    const end = (error: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(error);
    };
    const timer = setTimeout(() => end(new Error('no answer')), PATIENCE);
    socket.once('secureConnect', () => end(undefined)).once('error', end);
  });
}
