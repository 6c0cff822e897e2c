import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { variables } from '../../config/schema.js';
import { ConfigError, loadSettings } from '../../config/settings.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

function problems(directory: string): readonly string[] {
  try {
    loadSettings({}, directory);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const KNOWN = Object.keys(variables.shape).join(', ');

test.each<[Readonly<Record<string, string>>, string]>([
  [
    { 'llma.config.json': '[1]' },
    'llma.config.json: expected an object of variables, like {"LLMA_CONCURRENCY": 8}, found a list',
  ],
  [
    { 'llma.config.json': '{"LLMA_CONCURRENCY": 8, "CLICKHOUSE_USER": "a{\\"}", "LLMA_\\u0043ONCURRENCY" : 9}' },
    'llma.config.json: LLMA_CONCURRENCY is there more than once; expected each variable once',
  ],
  [
    { 'llma.config.json': '"x"' },
    'llma.config.json: expected an object of variables, like {"LLMA_CONCURRENCY": 8}, found a string',
  ],
  [
    { 'llma.config.json': 'null' },
    'llma.config.json: expected an object of variables, like {"LLMA_CONCURRENCY": 8}, found null',
  ],
  [
    { 'llma.config.json': '' },
    'llma.config.json:1:1: this is not JSON (no comments, no comma after the last); expected an object of variables, like {"LLMA_CONCURRENCY": 8}',
  ],
  [
    { 'llma.config.json': '{"LLMA_CONCURRENCY": true}' },
    'LLMA_CONCURRENCY="true": expected a whole number from 1 to 64 (from llma.config.json)',
  ],
  [
    { 'llma.config.json': '{"LLMA_CONCURRENCY": null}' },
    'llma.config.json: "LLMA_CONCURRENCY" is null; expected a text, a number, true or false',
  ],
  [
    { 'llma.config.json': '{"LLMA_CONCURRENCY": {"a": 1}}' },
    'llma.config.json: "LLMA_CONCURRENCY" is an object; expected a text, a number, true or false',
  ],
  [
    { 'llma.config.json': '{"LLMA_METRICS": [1]}' },
    'llma.config.json: "LLMA_METRICS" is a list; expected a text, or a list of texts',
  ],
  [
    { 'llma.config.json': '{"LLMA_METRICS": ["a", ""]}' },
    'LLMA_METRICS="a,": expected names of files in sql/ without .sql, with commas between them, like "event_counts,error_rates" (from llma.config.json)',
  ],
  [
    { 'llma.config.json': '{"LLMA_METRICS": []}' },
    'llma.config.json: "LLMA_METRICS" is an empty list; expected a text, or a list of texts',
  ],
  [
    { 'llma.config.json': '{\n  "LLMA_CONCURRENCY": 8,\n}' },
    'llma.config.json:3:1: this is not JSON (no comments, no comma after the last); expected an object of variables, like {"LLMA_CONCURRENCY": 8}',
  ],
  [
    { 'llma.config.json': '{\n  "LLMA_CONCURRENCY": 8\n  "LLMA_METRICS": "x"\n}' },
    'llma.config.json:3:3: this is not JSON (no comments, no comma after the last); expected an object of variables, like {"LLMA_CONCURRENCY": 8}',
  ],
  [
    { 'llma.config.json': '{\n  // c\n}' },
    'llma.config.json:2:3: this is not JSON (no comments, no comma after the last); expected an object of variables, like {"LLMA_CONCURRENCY": 8}',
  ],
  [
    { 'llma.config.json': '{"CLICKHOUSE_PASSWORD": "hunter2' },
    'llma.config.json:1:33: this is not JSON (no comments, no comma after the last); expected an object of variables, like {"LLMA_CONCURRENCY": 8}',
  ],
  ...(
    [
      ['{\n "LLMA_CONCURRENCY": oops,\n "A": 1\n}\n', '2:22'],
      ['{\n "A": 1,\n "B": tru,\n "C": 1 }', '3:10'],
      ['{"A": "x at position 3",\n\n "B": \'x\'}', '3:7'],
      ['{"A": "x\ny"}', '1:9'],
      ['{"A": 1} x', '1:10'],
      ['{"A": 01}', '1:8'],
      ['{"A": -}', '1:8'],
      ['{"A": "\\q"}', '1:9'],
      ['{\n "A": [1,\n', '3:1'],
      ['oops', '1:1'],
    ] as const
  ).map(
    ([text, place]) =>
      [
        { 'llma.config.json': text },
        `llma.config.json:${place}: this is not JSON (no comments, no comma after the last); expected an object of variables, like {"LLMA_CONCURRENCY": 8}`,
      ] as [Readonly<Record<string, string>>, string],
  ),
  [
    { 'llma.config.json': '{"LLMA_CONCURENCY": 8}' },
    'llma.config.json: "LLMA_CONCURENCY" is not a variable of ours (did you mean LLMA_CONCURRENCY?)',
  ],
  [
    { 'llma.config.json': '{"concurrency": 8}' },
    `llma.config.json: "concurrency" is not a variable of ours; known are ${KNOWN}`,
  ],
  [
    { 'llma.config.json': '{"LLMA_CONCURRENCY": 1.5}' },
    'LLMA_CONCURRENCY="1.5": expected a whole number from 1 to 64 (from llma.config.json)',
  ],
  [
    { 'llma.config.json': '{"LLMA_CONCURRENCY": 1e400}' },
    'llma.config.json: "LLMA_CONCURRENCY" is a number that is too large; expected a text, a number, true or false',
  ],
  [
    { '.env': 'LLMA_CONCURRENCY=3\nLLMA_EVENT_TYPES="$ai_trace" "$ai_span"' },
    '.env:2: LLMA_EVENT_TYPES has text after its closing quote: expected a comment after #, or nothing (a value that has quotes itself stands between quotes of another kind: ", \' or `)',
  ],
  [
    { 'llma.config.json': '{"CLICKHOUSE_PASSWORD": ["hunter2", "x"]}' },
    'llma.config.json: "CLICKHOUSE_PASSWORD" is a list; expected a text, a number, true or false',
  ],
  [
    { 'llma.config.json': '{"CLICKHOUSE_PASSWORD": 12345678901234567890}' },
    'llma.config.json: "CLICKHOUSE_PASSWORD" is a number that is too large; expected a text, a number, true or false',
  ],
  [{ '.env': 'LLMA_CONCURRENCY=many' }, 'LLMA_CONCURRENCY="many": expected a whole number from 1 to 64 (from .env)'],
  [
    { 'llma.config.json': '{"TEMPORAL_ADDRESS": "x:1"}' },
    `llma.config.json: "TEMPORAL_ADDRESS" is not a variable of ours; known are ${KNOWN}`,
  ],
])('%j', (files, said) => {
  expect(problems(temporaryDirectory(files))).toEqual([said]);
});

test.each(['.env', 'llma.config.json'])('%s that is a directory', (name) => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, name));
  expect(problems(directory)).toEqual([`${name} can't be read (EISDIR): expected a file that this user may read`]);
});

test.each([
  [
    'CLICKHOUSE_HOST=a',
    'CLICKHOUSE_HOST (from .env) is not a variable of llma-metrics and is not used (did you mean CLICKHOUSE_URL?)',
  ],
  [
    'CLICKHOUSE_DB=a',
    'CLICKHOUSE_DB (from .env) is not a variable of llma-metrics and is not used (did you mean CLICKHOUSE_DATABASE?)',
  ],
  [
    'CLICKHOUSE_USERNAME=a',
    'CLICKHOUSE_USERNAME (from .env) is not a variable of llma-metrics and is not used (did you mean CLICKHOUSE_USER?)',
  ],
  ['CLICKHOUSE_HOST=a\nCLICKHOUSE_PORT=1\nCLICKHOUSE_URL=http://a:1', undefined],
])('what others call our variables is not passed over: %j', (text, said) => {
  expect(loadSettings({}, temporaryDirectory({ '.env': text })).warnings).toEqual(said === undefined ? [] : [said]);
});
