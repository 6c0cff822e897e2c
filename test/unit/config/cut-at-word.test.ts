import { expect, test } from 'vitest';
import { cutAtWord } from '../../../config/cut-at-word.js';

test.each([
  ['one two three', 13, 'one two three'],
  ['one two three', 12, 'one two …'],
  ['one two three', 7, 'one two …'],
  ['one\ntwo three', 8, 'one\ntwo …'],
  // Both halves of a character, or none.
  ['a w😀😀', 4, 'a w…'],
  ['a w😀😀', 5, 'a w😀…'],
  // Of a word without end as much as there is room for.
  ['one wwwwwwwwwwww', 12, 'one wwwwwwww…'],
])('%j in %d characters is %j', (text, longest, expected) => {
  expect(cutAtWord(text, longest)).toBe(expected);
});
