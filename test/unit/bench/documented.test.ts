import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { markdownOf } from '../../../bench/report/markdown.js';
import type { Results } from '../../../bench/results.js';
import { packageFile } from '../../../config/package-file.js';

test('docs/performance-tables.md is what docs/performance.json says: "npm run bench -- --markdown docs/performance.json" prints it', async () => {
  const [json, tables] = await Promise.all(
    ['performance.json', 'performance-tables.md'].map((file) => readFile(packageFile('docs', file), 'utf8')),
  );
  const [, ...printed] = tables!.split('\n\n');
  expect(printed.join('\n\n')).toBe(markdownOf(JSON.parse(json!) as Results));
});
