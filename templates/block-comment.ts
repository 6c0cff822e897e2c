/** Where the block comment that begins at `from` ends: they nest, as ClickHouse reads them. Undefined where it has no end. */
function endOfComment(sql: string, from: number): number | undefined {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  let depth = 0;
  for (let found = mark.exec(sql); found; found = mark.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return undefined;
}

/** What is found in a text of SQL: a match, or the whole of a block comment. */
export interface Found {
  readonly text: string;
  readonly index: number;
  readonly groups: Readonly<Record<string, string | undefined>>;
  readonly isBlockComment: boolean;
}

/**
 * All matches of `pattern`, which is global and matches the `/*` of a block comment, of which no regular expression finds the end.
 * Without an end it is a match like any other.
 */
export function* matchesOf(pattern: RegExp, sql: string): Generator<Found> {
  const next = new RegExp(pattern);
  for (let match = next.exec(sql); match; match = next.exec(sql)) {
    const { index } = match;
    const end = match[0] === '/*' ? endOfComment(sql, index) : undefined;
    next.lastIndex = end ?? next.lastIndex;
    yield {
      text: sql.slice(index, next.lastIndex),
      index,
      groups: match.groups ?? {},
      isBlockComment: end !== undefined,
    };
  }
}
