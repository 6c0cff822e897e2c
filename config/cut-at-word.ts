/**
 * A text of at most so many characters, and an ellipsis: it ends with a word, unless that takes half of it away, and never within a
 * character. Pure and small, so that workflows may import it too.
 */
export function cutAtWord(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const end = text.slice(0, longest + 1).search(/\s\S*$/);
  if (end >= longest / 2) return `${text.slice(0, end).trimEnd()} …`;
  // Of a character of two halves both or none.
  return `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
