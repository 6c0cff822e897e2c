import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its key, both PEM. Node can read certificates but not make them, so this writes X.509 by hand. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly authority: Authority;
}

interface Authority {
  readonly name: string;
  readonly key: KeyObject;
}

interface Options {
  readonly name: string;
  /** Who signs it; itself by default, and it may then sign others. */
  readonly by?: Issued;
  /** DNS names and IPv4 addresses that it is for. */
  readonly names?: readonly string[];
  /** Default: tomorrow. */
  readonly until?: Date;
}

const DAY = 86_400_000;

export function issue({ name, by, names = [], until = new Date(Date.now() + DAY) }: Options): Issued {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = by?.authority ?? { name, key: privateKey };
  const from = new Date(until.getTime() - 2 * DAY);
  const extensions = [extension('551d13', sequence(by ? Buffer.alloc(0) : der(0x01, Buffer.from([0xff]))))];
  if (names.length > 0) extensions.push(extension('551d11', sequence(...names.map(alternative))));
  const content = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    distinguished(issuer.name),
    sequence(time(from), time(until)),
    distinguished(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', content, { key: issuer.key, dsaEncoding: 'der' });
  const whole = sequence(content, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
  return {
    cert: pem('CERTIFICATE', whole),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authority: { name, key: privateKey },
  };
}

/** A piece of DER: tag, length, content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), body]);
}

const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));

function distinguished(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, '')));
}

function alternative(name: string): Buffer {
  return isIP(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value));
}

function pem(what: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${what}-----\n${lines.join('\n')}\n-----END ${what}-----\n`;
}
