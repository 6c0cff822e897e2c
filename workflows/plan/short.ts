import { cutAtWord } from '../../config/cut-at-word.js';

/** Longest text of one day's error or warning in results, details and what is carried over: five rows of one audit have room. */
const LONGEST = 1000;

/** What belongs together in a text: of an audit its name and sentence, and the rows that it found. */
interface Section {
  readonly head: readonly string[];
  /** What each row's line begins with. */
  readonly before: string;
  readonly rows: string[];
  /** Rows that are not shown. */
  more: number;
}

/**
 * A text as results, details and continue-as-new carry it. Of one that is too long each audit has fewer rows, which are the lines that
 * are indented, and says how many more there are.
 */
export function short(text: string): string {
  if (text.length <= LONGEST) return text;
  const sections: Section[] = [];
  for (const line of text.split('\n')) {
    const last = sections.at(-1);
    if (last && line.startsWith('  ')) addRow(last, line.slice(2));
    else sections.push({ head: [line], before: '  ', rows: [], more: 0 });
  }
  return fitted(sections);
}

/** The same of what audits warned of, where nobody knows their sentences: a line each. */
export function shortWarnings(findings: readonly { readonly audit: string; readonly message: string }[]): string {
  const sections = new Map<string, Section>();
  for (const { audit, message } of findings) {
    const section = sections.get(audit) ?? { head: [], before: `${audit}: `, rows: [], more: 0 };
    sections.set(audit, section);
    addRow(section, message);
  }
  return fitted([...sections.values()]);
}

/** What stands in the place of rows that are not shown. */
export function moreRows(more: number): string {
  return `… and ${more} more`;
}

function addRow(section: Section, row: string): void {
  // Rows that were left out before; older workers say so without the dots.
  const [, more] = /^(?:… )?and (\d+) more$/.exec(row) ?? [];
  if (more === undefined) section.rows.push(row);
  else section.more += Number(more);
}

/** Takes rows away where there are most of them; of as many, from the last audit. */
function fitted(sections: readonly Section[]): string {
  for (;;) {
    const text = sections.flatMap(linesOf).join('\n');
    const most = sections.reduce<Section | undefined>(
      (found, section) =>
        section.rows.length > 0 && section.rows.length >= (found?.rows.length ?? 0) ? section : found,
      undefined,
    );
    if (text.length <= LONGEST || !most) return cutAtWord(text, LONGEST);
    most.rows.pop();
    most.more++;
  }
}

function linesOf({ head, before, rows, more }: Section): string[] {
  const lines = more > 0 ? [...rows, moreRows(more)] : rows;
  return [...head, ...lines.map((line) => `${before}${line}`)];
}
