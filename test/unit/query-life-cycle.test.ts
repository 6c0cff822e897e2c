/** docs/query-life-cycle.md names a test for everything that it says, and each of them exists. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { packageFile } from '../../config/package-file.js';

const text = readFileSync(packageFile('docs', 'query-life-cycle.md'), 'utf8');
const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (what happens|-)/.test(line));
const cases = rows.map((row) => {
  const cells = row.split('|').map((cell) => cell.trim());
  return [cells[1] ?? '', [...(cells.at(-2) ?? '').matchAll(/`(test\/[^`]+)` "([^"]+)"/g)]] as const;
});

it('has a row for each thing that can happen', () => {
  expect(cases.length).toBeGreaterThanOrEqual(11);
});

it.each(cases)('%s: its tests exist', (_, named) => {
  expect(named.length).toBeGreaterThan(0);
  for (const [, file = '', title = ''] of named) {
    const path = packageFile(...file.split('/'));
    expect([file, existsSync(path)]).toEqual([file, true]);
    const escaped = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    expect(readFileSync(path, 'utf8'), title).toMatch(
      new RegExp(`(?:it|test)(?:\\.each\\([^;]*?\\))?\\(\\s*(['"\`])${escaped}\\1`),
    );
  }
});
