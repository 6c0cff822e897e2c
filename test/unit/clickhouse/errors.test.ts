import { ClickHouseError, createClient } from '@clickhouse/client';
import { expect, inject, test } from 'vitest';
import { CROWDED, OVERLOADED, TRANSIENT } from '../../../clickhouse/error-codes.js';
import {
  cameFromRequest,
  classify,
  errorCode,
  isCrowded,
  PassingError,
  shortMessage,
  type ErrorClass,
} from '../../../clickhouse/errors.js';
import { LostResponseError } from '../../../clickhouse/run-query.js';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
const answer = (code: number, message = 'no') => new ClickHouseError({ code: String(code), type: 'X', message });

test.each<[ErrorClass, number[]]>([
  ['overloaded', [173, 201, 202, 241, 243, 252, 364, 439, 692, 745]],
  ['transient', [159, 198, 209, 210, 216, 218, 236, 242, 319, 394, 425, 517, 734, 735, 999, 1000]],
  // About the query, the schema or the grants: the same next time.
  [
    'permanent',
    [6, 10, 16, 36, 42, 43, 46, 47, 53, 60, 62, 70, 81, 115, 122, 153, 158, 164, 179, 215, 307, 386, 395, 497, 516],
  ],
])('%s are %j', (kind, codes) => {
  for (const code of codes) {
    expect(classify(answer(code)), String(code)).toBe(kind);
    expect(classify({ code: String(code) }), 'also of another copy of the client').toBe(kind);
  }
});

test('where others took all places the server is overloaded, and asking for less is no help', () => {
  expect([...CROWDED].filter((code) => !(code in OVERLOADED))).toEqual([]);
  for (const code of [201, 202, 700]) expect(isCrowded(answer(code)), String(code)).toBe(true);
  for (const code of [173, 241, 252, 439, 745, 394, 60]) expect(isCrowded(answer(code)), String(code)).toBe(false);
  expect(isCrowded(refused)).toBe(false);
});

test('what no server answered passes: the way to it was blocked', () => {
  const passes = [
    refused,
    new Error('Timeout error.'),
    new Error('socket hang up'),
    new PassingError('overtaken'),
    new LostResponseError('lost'),
    new DOMException('stop', 'AbortError'),
    new DOMException('too long', 'TimeoutError'),
    ...['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'HPE_INVALID_CONSTANT'],
    ...[
      'ERR_STREAM_PREMATURE_CLOSE',
      'CERT_HAS_EXPIRED',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ].map((error) => (typeof error === 'string' ? Object.assign(new Error('x'), { code: error }) : error));
  for (const error of passes) {
    expect(classify(error), String(error)).toBe('transient');
    expect(errorCode(error)).toBeUndefined();
  }
});

test('what is neither the server’s nor the connection’s is a bug of ours', () => {
  const bugs: unknown[] = [
    new TypeError("Cannot read properties of undefined (reading 'x')"),
    new RangeError('Invalid array length'),
    new Error('pipeline/accept.sql: nothing is given for {{ days }}'),
    Object.assign(new Error('no such file'), { code: 'ENOENT' }),
    Object.assign(new TypeError('must be a string'), { code: 'ERR_INVALID_ARG_TYPE' }),
    'a text',
    undefined,
    null,
  ];
  for (const error of bugs) expect(classify(error), String(error)).toBe('bug');
});

test('whatever came out of a request is the connection’s, unless it is a programming error', () => {
  const page = new Error('<html>502 Bad Gateway</html>');
  const wrong = new TypeError('x is undefined');
  for (const error of [page, wrong]) cameFromRequest(error);
  expect([page, wrong].map(classify)).toEqual(['transient', 'bug']);
});

test('every listed code has the name that ClickHouse gives it', async () => {
  const listed = { ...OVERLOADED, ...TRANSIENT };
  const client = createClient({ url: inject('clickhouseUrl') });
  const answer = await client.query({
    query: "SELECT number AS code, errorCodeToName(toUInt32(number)) AS name FROM numbers(2000) WHERE name != ''",
    format: 'JSONEachRow',
  });
  const names = new Map(
    (await answer.json<{ code: number; name: string }>()).map(({ code, name }) => [Number(code), name]),
  );
  await client.close();
  expect(Object.entries(listed).filter(([code, name]) => names.get(Number(code)) !== name)).toEqual([]);
  expect(Object.keys(OVERLOADED).filter((code) => Number(code) in TRANSIENT)).toEqual([]);
});

test('a message is short: no version, no line breaks, the code in front', () => {
  const message = `Unknown table 'x'.\n  Maybe you meant y.  (version 26.7.3.1 (official build))`;
  expect(shortMessage(answer(60, message))).toBe(`ClickHouse 60: Unknown table 'x'. Maybe you meant y.`);
  expect(shortMessage(refused)).toBe('connect ECONNREFUSED 127.0.0.1:1');
  expect(shortMessage('only a text')).toBe('only a text');
  expect(shortMessage(answer(1, 'x'.repeat(601)))).toBe(`ClickHouse 1: ${'x'.repeat(600)}…`);
  expect(shortMessage(answer(1, 'words '.repeat(101)))).toBe(`ClickHouse 1: ${'words '.repeat(100)}…`);
  expect(shortMessage(answer(1, `column ${'y'.repeat(592)}😀`))).toBe(`ClickHouse 1: column ${'y'.repeat(592)}…`);
});

test.each([
  [
    "Unknown expression identifier `x` in scope SELECT x FROM (SELECT 1 AS y). Maybe you meant: ['y'].",
    "Unknown expression identifier `x`. Maybe you meant: ['y'].",
  ],
  [
    "Unknown table expression identifier 'events' in scope WITH 1 AS p SELECT p\nFROM events.",
    "Unknown table expression identifier 'events'.",
  ],
  [
    "Identifier 'r.metric_name' cannot be resolved from subquery with name r. In scope SELECT r.metric_name\nFROM (SELECT 1 AS name) AS r.",
    "Identifier 'r.metric_name' cannot be resolved from subquery with name r.",
  ],
  ["template x: no: while executing 'FUNCTION throwIf(isNull(a) :: 9) -> b UInt8 : 2'. ", 'template x: no'],
])('the query itself is left out of %j', (message, short) => {
  expect(shortMessage(answer(47, message))).toBe(`ClickHouse 47: ${short}`);
});

test('an error of several refused addresses still says what it is', () => {
  // Node joins one error for each address of "localhost", and leaves the message empty.
  const error = Object.assign(new AggregateError([refused], ''), { code: 'ECONNREFUSED' });
  expect(shortMessage(error)).toBe('ECONNREFUSED');
});
