import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { member } from '../../../templates/jinja/members.js';

interface Case {
  readonly subject: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: true;
}

/** Python's own answers, from golden/strings.py. */
const cases = JSON.parse(readFileSync(new URL('golden/strings.json', import.meta.url), 'utf8')) as Case[];
const methods = [...new Set(cases.map(({ method }) => method))];

test.each(methods)('str.%s answers as Python does', (method) => {
  const wrong = cases
    .filter((given) => given.method === method)
    .map((given) => ({ ...given, ours: answer(given) }))
    .filter(({ ours, ...given }) => JSON.stringify(ours) !== JSON.stringify(given.error ? 'error' : given.result));
  expect(wrong).toEqual([]);
});

function answer({ subject, method, args, kwargs }: Case): unknown {
  const call = member(subject, method) as (...given: unknown[]) => unknown;
  try {
    return call(...args, ...(kwargs ? [{ ...kwargs, __keywords: true }] : []));
  } catch {
    return 'error';
  }
}
