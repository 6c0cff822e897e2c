import fc from 'fast-check';
import { expect, test } from 'vitest';
import { short, shortWarnings } from '../../../workflows/plan/short.js';

const HEAD = 'partition 2026-03-10 was not accepted:';
const audit = (name: string, rows: readonly string[]) => [`${name}: It holds.`, ...rows.map((row) => `  ${row}`)];
const rows = (number: number, what: string) => Array.from({ length: number }, (_, n) => `team ${n} ${what.repeat(20)}`);

test('a text that has room stays as it is', () => {
  const text = [HEAD, ...audit('a', ['one', 'and 5 more'])].join('\n');
  expect(short(text)).toBe(text);
});

test('of what audits found fewer rows are shown, where there are most of them, and how many more there are', () => {
  const found = [...rows(5, 'words '), '… and 40 more'];
  const text = [HEAD, ...audit('first', found), ...audit('second', found), ...audit('third', ['one'])].join('\n');
  expect(short(text).split('\n')).toEqual([
    HEAD,
    ...audit('first', [...rows(3, 'words '), '… and 42 more']),
    ...audit('second', [...rows(3, 'words '), '… and 42 more']),
    ...audit('third', ['one']),
  ]);
});

test('what stands below them stays: it says what to do', () => {
  const text = [HEAD, ...audit('a', rows(9, 'words ')), 'mend the template'].join('\n');
  expect(short(text).split('\n').slice(-2)).toEqual(['  … and 2 more', 'mend the template']);
});

test('each audit is named, although its rows have no room', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const lines = short([HEAD, ...names.flatMap((name) => audit(name, [`${'x'.repeat(300)}`]))].join('\n')).split('\n');
  expect(lines.filter((line) => line.endsWith(': It holds.'))).toHaveLength(6);
  expect(lines.slice(-2)).toEqual(['f: It holds.', '  … and 1 more']);
});

test('warnings too, a line each', () => {
  const found = (name: string, messages: readonly string[]) => messages.map((message) => ({ audit: name, message }));
  expect(shortWarnings(found('thin_day', ['few rows', 'few events']))).toBe('thin_day: few rows\nthin_day: few events');
  const many = [...found('gone', [...rows(5, 'words '), 'and 7 more']), ...found('thin', rows(5, 'words '))];
  expect(shortWarnings(many).split('\n')).toEqual([
    ...rows(4, 'words ').map((row) => `gone: ${row}`),
    'gone: … and 8 more',
    ...rows(3, 'words ').map((row) => `thin: ${row}`),
    'thin: … and 2 more',
  ]);
});

test('whatever the text is, it is not much longer than it may be, and no row is lost without being counted', () => {
  const section = fc.record({
    name: fc.stringMatching(/^[a-z]{1,20}$/),
    found: fc.array(fc.nat(400), { maxLength: 9 }),
  });
  fc.assert(
    fc.property(fc.array(section, { maxLength: 6 }), (sections) => {
      const text = sections
        .flatMap(({ name, found }) =>
          audit(
            name,
            found.map((n) => `r${'y'.repeat(n)}`),
          ),
        )
        .join('\n');
      const shown = short(text);
      expect(shown.length).toBeLessThanOrEqual(1002);
      const left = [...shown.matchAll(/^ {2}… and (\d+) more$/gm)].reduce((sum, [, more]) => sum + Number(more), 0);
      const all = sections.reduce((sum, { found }) => sum + found.length, 0);
      expect((shown.match(/^ {2}r/gm)?.length ?? 0) + left).toBe(all);
    }),
  );
});
