import { isIPv6 } from 'node:net';

/** What is expected of an address that is refused. */
export const TEMPORAL_ADDRESS_EXPECTED = 'expected host:port like 127.0.0.1:7233';

const ADDRESS = /^(?:\[(?<ipv6>.*)\]|[\p{L}\p{N}_.-]+)(?::(?<port>\d{1,5}))?$/u;

/** Whether it is a host by name, IPv4 or `[IPv6]`, with or without a port: what Temporal's SDK takes, which finds mistakes late or never. */
export function isTemporalAddress(text: string): boolean {
  const { ipv6, port = '7233' } = ADDRESS.exec(text)?.groups ?? { port: '0' };
  return Number(port) > 0 && Number(port) <= 65_535 && (ipv6 === undefined || isIPv6(ipv6));
}
