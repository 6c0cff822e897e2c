/** The one of `known` that `name` is probably meant to be: three letters, or half of a short name, may be others, or missing. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((other) => ({ other, distance: distance(name.toUpperCase(), other.toUpperCase()) }));
  const [nearest] = distances.sort((a, b) => a.distance - b.distance);
  return nearest && nearest.distance <= Math.min(3, name.length / 2) ? nearest.other : undefined;
}

/** ` (did you mean X?)`, or nothing. */
export function hint(name: string, known: readonly string[]): string {
  const meant = didYouMean(name, known);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

/** Levenshtein's: letters to add, leave out or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
