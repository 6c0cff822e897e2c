/** `-- metrics: a, b_*` at the top of a template: the metric names that it may emit; `-- metrics, by date: …` when it is right for several days at once. */
const HEADER = /^\s*--\s*metrics\s*(?:,([^:]*))?:(.*)$/i;
/** What is meant as one, and would be taken for prose: only the words of a header stand before its colon. */
const MISSPELT = /^\s*-{2,}[\s-]*(metrics?(?:[\s,;._-]*(?:by|dates?|days?))*[\s,;._-]*?)\s*:/i;
const BY_DATE = 'by date';
const PATTERN = /^[A-Za-z0-9_.:\-* ]+$/;

/** What the comments at the top of a template declare. */
export interface Header {
  /** Metric names that it may emit, with `*` for any characters. */
  readonly declaredMetrics: readonly string[];
  /** It groups by date: of several days at once it returns what it returns of each. */
  readonly byDate: boolean;
}

/** A header that can't be read. `line` is from 1. */
export class HeaderError extends Error {
  override readonly name = 'HeaderError';
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/**
 * What the comments at the top of `source` declare, over one or several `-- metrics:` lines.
 * @returns undefined when there is no such line.
 * @throws HeaderError for a header without names, with a name that can't be one, or for what looks like a misspelt header.
 */
export function readHeader(source: string): Header | undefined {
  const patterns: string[] = [];
  let declared = false;
  let byDate = false;
  for (const [index, line] of source.split(/\r?\n/).entries()) {
    if (line.trim() !== '' && !line.trim().startsWith('--')) break;
    const [, word, list] = HEADER.exec(line) ?? [];
    const misspelt = list === undefined ? MISSPELT.exec(line)?.[1] : undefined;
    if (misspelt !== undefined) throw unknownHeader(misspelt, index + 1);
    if (list === undefined) continue;
    declared = true;
    const given = word?.trim().toLowerCase();
    if (given !== undefined && given !== BY_DATE) throw unknownHeader(`metrics, ${given}`, index + 1);
    byDate ||= given === BY_DATE;
    patterns.push(...namesOf(list, index + 1));
  }
  return declared ? { declaredMetrics: patterns, byDate } : undefined;
}

function unknownHeader(given: string, line: number): HeaderError {
  return new HeaderError(`"-- ${given}:" is not known: expected "-- metrics:", or "-- metrics, ${BY_DATE}:"`, line);
}

function namesOf(list: string, line: number): string[] {
  const names = list.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !PATTERN.test(name));
  if (wrong === undefined) return names;
  const expected = 'names like ai_generation_count, or patterns like *_count';
  throw new HeaderError(`"-- metrics:" names ${JSON.stringify(wrong)}: expected ${expected}`, line);
}

/** A regular expression, in RE2's syntax and JavaScript's, for the names that a pattern of a header allows: `*` stands for any characters. */
export function declaredExpression(pattern: string): string {
  const pieces = pattern.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\-]/g, String.raw`\$&`));
  return `^${pieces.join(String.raw`[\s\S]*`)}$`;
}
