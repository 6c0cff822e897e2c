import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { parseDotEnv } from '../../../config/dot-env.js';
import { ConfigError, loadSettings } from '../../../config/settings.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const EXPECTED = 'expected NAME=value, a comment after #, or nothing (a value of several lines stands between quotes)';

function read(text: string) {
  const problems: string[] = [];
  return { found: { ...parseDotEnv(text, problems) }, problems };
}

test.each([
  '',
  '\n\n# A=1\nB=2 # c = "\n',
  'A=1\nB=\nC=3',
  'A = 1 \nexport B=2',
  'A=1\r\nB="2"\r\n\r\nC=3\r\n',
  'A="x y" # c\nB=1',
  'A="x\ny"\nB=1',
  'A="x\r\ny=1\r\n# z"\r\nB=1',
  "A='$x\n\n# y' # z\nB=1",
  'A=`"x"\n\'y\'`\nB=1',
  'A="a\\nb"\nB=1',
  'A="x\nB=1',
  'A=\'\'\nB=""',
  'A=1\nA=2',
  'a.b-c=1\nB=#x\n',
  '-----=x',
])('%j is read as Node reads it', (text) => {
  expect(read(text)).toEqual({ found: { ...parseEnv(text) }, problems: [] });
});

test.each([
  ['A=1\n  # c = d\n \t\n\tB=2', { A: '1', B: '2' }],
  ['export  A=1\nexport\tB=2', { A: '1', B: '2' }],
  ['A=\t"x"\nB=1', { A: 'x', B: '1' }],
  // Since Node 22 it takes the next line for the value.
  ['A=  \nB=2', { A: '', B: '2' }],
])('%j, from which Node loses something, is read too', (text, found) => {
  expect(read(text)).toEqual({ found, problems: [] });
});

test.each([
  ['A=1\nLLMA_CONCURRENCY\nB=2', { A: '1', B: '2' }, [2]],
  ['\n  LLMA_METRICS: foo\nB=2', { B: '2' }, [2]],
  ['A: x=1\n=2\nexport C\nB=2', { B: '2' }, [1, 2, 3]],
  ['A="x\ny"\n\nC\n', { A: 'x\ny' }, [4]],
  ['A=-----BEGIN\nsecret/\n-----END-----\n', { A: '-----BEGIN' }, [2, 3]],
  ['A=1\r\nsecret\r\nB=2', { A: '1', B: '2' }, [2]],
])('of %j the lines that say nothing are named, and not quoted', (text, found, lines) => {
  expect(read(text)).toEqual({ found, problems: lines.map((line) => `.env:${line}: ${EXPECTED}`) });
});

const AFTER =
  'has text after its closing quote: expected a comment after #, or nothing (a value that has quotes itself stands between quotes of another kind: ", \' or `)';

test.each([
  ['LLMA_A="b" secret\nB=1', 'LLMA_A', 1],
  ["\nexport CLICKHOUSE_A = 'x'y # z\nB=1", 'CLICKHOUSE_A', 2],
  ['TEMPORAL_A=`x``y`\nB=1', 'TEMPORAL_A', 1],
  ['LLMA_A="x\\"secret"\r\nB=1', 'LLMA_A', 1],
  ['A="x\n#y"\n\nC="\n" z\nB=1', 'C', 5],
  // The first one was never closed.
  ['LLMA_SQL_DIR="x\nC="2"\nB=1', 'LLMA_SQL_DIR', 2],
])('of %j what stands after a quote is named, and not quoted', (text, name, line) => {
  const { found, problems } = read(text);
  expect(problems).toEqual([`.env:${line}: ${name} ${AFTER}`]);
  expect(found).toMatchObject({ B: '1' });
  expect(found).not.toHaveProperty(name);
});

test.each(["OTHER_APP_JSON='{\"it's\": 1}'\nB=1", "export A = 'x'y # z\nB=1", 'A="x\\"y"\r\nB=1'])(
  'what stands after a quote of %j is for another program to read',
  (text) => {
    expect(read(text)).toEqual({ found: { ...parseEnv(text) }, problems: [] });
  },
);

test.each(['A="b"#c', 'A="b"\t # it\'s "c"\nB=1', "A='#' # '\nB=1", 'A="b" \r\nB=1', 'A="x\ny"\t\nB=1'])(
  'after the quote of %j nothing stands',
  (text) => {
    expect(read(text)).toEqual({ found: { ...parseEnv(text) }, problems: [] });
  },
);

function problems(files: Parameters<typeof temporaryDirectory>[0]): readonly string[] {
  try {
    loadSettings({}, temporaryDirectory(files));
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('the first variable after a byte order mark counts', () => {
  expect(loadSettings({}, temporaryDirectory({ '.env': '\uFEFFLLMA_CONCURRENCY=3\n' })).concurrency).toBe(3);
});

test('all mistakes are said at once', () => {
  expect(problems({ '.env': 'hunter2\nLLMA_CONCURRENCY=0\nLLMA_METRICS\n', 'llma.config.json': '[1]' })).toEqual([
    `.env:1: ${EXPECTED}`,
    `.env:3: ${EXPECTED}`,
    'llma.config.json: expected an object of variables, like {"LLMA_CONCURRENCY": 8}, found a list',
    'LLMA_CONCURRENCY="0": expected a whole number from 1 to 64 (from .env)',
  ]);
});

test.each(['.env', 'llma.config.json'])('%s in another encoding is refused', (name) => {
  const text = name === '.env' ? 'LLMA_CONCURRENCY=3\n' : '{"LLMA_CONCURRENCY": 3}';
  for (const bytes of [
    Buffer.from(text, 'utf16le'),
    Buffer.from(`\uFEFF${text}`, 'utf16le'),
    Buffer.from(`${text}\xE4`, 'latin1'),
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]),
  ]) {
    expect(problems({ [name]: bytes })).toEqual([`${name} is not text in UTF-8: save it in this encoding`]);
  }
});
