/** `-- metrics: a, b_*` at the top of a template: the metric names that it may emit. */
const HEADER = /^\s*--\s*metrics\s*:(.*)$/i;
const PATTERN = /^[A-Za-z0-9_.:\-* ]+$/;

/**
 * The patterns that the comments at the top of `source` declare, over one or several `-- metrics:` lines.
 * @returns undefined when there is no such line.
 * @throws Error for a header without names, or with a name that can't be one.
 */
export function declaredMetrics(source: string): readonly string[] | undefined {
  const patterns: string[] = [];
  let declared = false;
  for (const line of source.split(/\r?\n/)) {
    if (line.trim() !== '' && !line.trim().startsWith('--')) break;
    const [, list] = HEADER.exec(line) ?? [];
    if (list === undefined) continue;
    declared = true;
    patterns.push(...list.split(',').map((name) => name.trim()));
  }
  if (!declared) return undefined;
  const wrong = patterns.find((pattern) => !PATTERN.test(pattern));
  if (wrong !== undefined) {
    throw new Error(
      `"-- metrics:" names ${JSON.stringify(wrong)}: expected names like ai_generation_count, or patterns like *_count`,
    );
  }
  return patterns;
}

/** A regular expression, in RE2's syntax and JavaScript's, for the names that a pattern of a header allows: `*` stands for any characters. */
export function declaredExpression(pattern: string): string {
  const pieces = pattern.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\-]/g, String.raw`\$&`));
  return `^${pieces.join(String.raw`[\s\S]*`)}$`;
}
