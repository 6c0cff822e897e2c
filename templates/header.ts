/** `-- metrics: a, b_*` at the top of a template: the metric names that it may emit; `-- metrics, by date: …` when it is right for several days at once. */
const HEADER = /^\s*--\s*metrics\s*(?:,([^:]*))?:(.*)$/i;
const BY_DATE = 'by date';
const PATTERN = /^[A-Za-z0-9_.:\-* ]+$/;

/** What the comments at the top of a template declare. */
export interface Header {
  /** Metric names that it may emit, with `*` for any characters. */
  readonly declaredMetrics: readonly string[];
  /** It groups by date: of several days at once it returns what it returns of each. */
  readonly byDate: boolean;
}

/**
 * What the comments at the top of `source` declare, over one or several `-- metrics:` lines.
 * @returns undefined when there is no such line.
 * @throws Error for a header without names, or with a name that can't be one.
 */
export function readHeader(source: string): Header | undefined {
  const patterns: string[] = [];
  const words: string[] = [];
  let declared = false;
  for (const line of source.split(/\r?\n/)) {
    if (line.trim() !== '' && !line.trim().startsWith('--')) break;
    const [, word, list] = HEADER.exec(line) ?? [];
    if (list === undefined) continue;
    declared = true;
    if (word !== undefined) words.push(word.trim().toLowerCase());
    patterns.push(...list.split(',').map((name) => name.trim()));
  }
  if (!declared) return undefined;
  const unknown = words.find((word) => word !== BY_DATE);
  if (unknown !== undefined) {
    throw new Error(`"-- metrics, ${unknown}:" is not known: expected "-- metrics:", or "-- metrics, ${BY_DATE}:"`);
  }
  const wrong = patterns.find((pattern) => !PATTERN.test(pattern));
  if (wrong !== undefined) {
    throw new Error(
      `"-- metrics:" names ${JSON.stringify(wrong)}: expected names like ai_generation_count, or patterns like *_count`,
    );
  }
  return { declaredMetrics: patterns, byDate: words.includes(BY_DATE) };
}

/** A regular expression, in RE2's syntax and JavaScript's, for the names that a pattern of a header allows: `*` stands for any characters. */
export function declaredExpression(pattern: string): string {
  const pieces = pattern.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\-]/g, String.raw`\$&`));
  return `^${pieces.join(String.raw`[\s\S]*`)}$`;
}
