import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { decoded } from './decoded.js';
import { openSqlHarness, type SqlHarness } from './harness.js';

let sql: SqlHarness;

beforeAll(async () => {
  sql = await openSqlHarness();
});
beforeEach(() => sql.clear());
afterAll(() => sql.close());

const ERRORS: readonly (readonly [string, boolean])[] = [
  ['{}', false],
  ['{"$ai_is_error": true}', true],
  ['{"$ai_is_error": "true"}', true],
  ['{"$ai_is_error": "True"}', true],
  ['{"$ai_is_error": " TRUE "}', true],
  ['{"$ai_is_error": 1}', true],
  ['{"$ai_is_error": 1.0}', true],
  ['{"$ai_is_error": "1"}', true],
  ['{"$ai_is_error": false}', false],
  ['{"$ai_is_error": "false"}', false],
  ['{"$ai_is_error": 0}', false],
  ['{"$ai_is_error": "0"}', false],
  ['{"$ai_is_error": null}', false],
  ['{"$ai_is_error": "null"}', false],
  ['{"$ai_is_error": ""}', false],
  ['{"$ai_is_error": []}', false],
  ['{"$ai_is_error": {}}', false],
  ['{"$ai_is_error": "no"}', false],
  ['{"$ai_error": "boom"}', true],
  ['{"$ai_error": "é😀"}', true],
  ['{"$ai_error": "\\u0000"}', true],
  ['{"$ai_error": "a\\nb"}', true],
  ['{"$ai_error": ""}', false],
  ['{"$ai_error": "  \\n\\t "}', false],
  ['{"$ai_error": null}', false],
  ['{"$ai_error": "null"}', false],
  ['{"$ai_error": "NULL"}', false],
  ['{"$ai_error": false}', false],
  ['{"$ai_error": "false"}', false],
  ['{"$ai_error": true}', true],
  ['{"$ai_error": 0}', false],
  ['{"$ai_error": 0.0}', false],
  ['{"$ai_error": -0}', false],
  ['{"$ai_error": "0"}', false],
  ['{"$ai_error": 500}', true],
  ['{"$ai_error": -1}', true],
  ['{"$ai_error": 0.5}', true],
  ['{"$ai_error": {}}', false],
  ['{"$ai_error": { \n\t }}', false],
  ['{"$ai_error": "{ }"}', false],
  ['{"$ai_error": []}', false],
  ['{"$ai_error": [ ]}', false],
  ['{"$ai_error": "[]"}', false],
  ['{"$ai_error": {"message": ""}}', true],
  ['{"$ai_error": {"message": "x"}}', true],
  ['{"$ai_error": [null]}', true],
  ['{"$ai_error": ["x"]}', true],
  ['{"$ai_error": "0 is not a number"}', true],
  ['{"$ai_error": "nullable"}', true],
  ['{"$ai_error": "", "$ai_is_error": true}', true],
  ['{"$ai_error": "x", "$ai_is_error": false}', true],
  ['{"$ai_http_status": 500}', false],
  ['{"ai_is_error": true, "properties": {"$ai_is_error": true}}', false],
];

test('every form of $ai_is_error and $ai_error', async () => {
  const rows = (await decoded(
    sql,
    ERRORS.map(([json]) => json),
    'is_error',
  )) as { is_error: boolean }[];
  expect(rows.map(({ is_error }, index) => [ERRORS[index]?.[0], is_error])).toEqual(ERRORS);
});

test('an error has its text, and no error has none', async () => {
  const given = [
    '{"$ai_error": "boom"}',
    '{"$ai_error": 0}',
    '{"$ai_error_type": "T"}',
    '{"$ai_error": {"type": "Z"}}',
  ];
  expect(
    await decoded(sql, [...given, { $ai_error: 'x'.repeat(2000) }], 'error_type, length(error_message) AS n'),
  ).toEqual([
    { error_type: '', n: 4 },
    { error_type: '', n: 0 },
    { error_type: 'T', n: 0 },
    { error_type: 'Z', n: 12 },
    { error_type: '', n: 1000 },
  ]);
});
