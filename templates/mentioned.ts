import { tokenize } from './sql-text.js';

/** The values and columns that a SELECT mentions. */
export interface Mentioned {
  /** Texts as SQL writes them, between quotes. */
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
  /** Whether it may read the column of that name. */
  readonly mayRead: (column: string) => boolean;
}

/** So many of each at most: whoever asks puts them into a statement, whose length has a limit. */
const MOST = 200;
const LONGEST_TEXT = 200;

/** What makes something of columns that it does not name: COLUMNS, GROUP BY ALL, and a star, but for a product's and that of a whole SELECT. */
const ALL_COLUMNS = /\b(?:COLUMNS|BY\s+ALL)\b|(?:,|\bDISTINCT|(?<!\bcount\s*)\()\s*\*/i;

/**
 * The texts and numbers in `sql`. Of a pattern (LIKE, match) also a text that it matches, as a rule: the texts that it is made of,
 * without what stands for others.
 */
export function mentionedIn(sql: string): Mentioned {
  const tokens = tokenize(sql);
  const quoted = tokens.filter(
    ({ kind, text }) => kind === 'quoted' && /^['$]/.test(text) && text.length < LONGEST_TEXT,
  );
  const texts = quoted.flatMap(({ text }) => [text, withoutWildcards(text), ...ofExpression(text)]);
  const code = tokens.map(({ kind, text }) => (kind === 'word' || kind === 'symbol' ? text : ' ')).join('');
  // Not the 1 of a tuple's element, as in metric.1, nor of a name.
  const numbers = code.match(/(?<![\p{L}\p{N}_$.)\]])\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\p{L}\p{N}_$])/giu) ?? [];
  return {
    texts: [...new Set(texts.filter(isText))].slice(0, MOST),
    mayRead: (column) => ALL_COLUMNS.test(code) || sql.includes(column),
    numbers: [...new Set(numbers.map((text) => Number(text.replaceAll('_', ''))))].slice(0, MOST),
  };
}

/** What LIKE 'gpt-4%' is true of. A `_` stands for itself too. */
function withoutWildcards(text: string): string {
  return text.replace(/\\*[%_]/g, (wildcard) => (wildcard === '%' ? '' : wildcard.slice(-1)));
}

/** Of a regular expression, from its flags inwards. In SQL its backslashes are doubled, as a rule. */
const OF_EXPRESSION: readonly (readonly [RegExp, string])[] = [
  [/\(\?[a-z-]*\)|\\+[bBAz]|[$^](?!\])/g, ''],
  [/\(\?[\w<>-]*:?/g, '('],
  [/\\+d/g, '0'],
  [/\\+w/g, 'a'],
  [/\\+s/g, ' '],
  [/\[\^?([^\]])[^\]]*\]/g, '$1'],
  [/[*+?]|\{\d[\d,]*\}/g, ''],
  // Of alternatives in brackets the first one; twice, for brackets in brackets.
  [/\(([^()|]*)(?:\|[^()]*)?\)/g, '$1'],
  [/\(([^()|]*)(?:\|[^()]*)?\)/g, '$1'],
  [/\\+(?=[^\w'\\])/g, ''],
];

/** What a regular expression is true of, for each of its alternatives. */
function ofExpression(text: string): string[] {
  if (!text.startsWith("'") || !/[$^*+?|()[\]]/.test(text)) return [];
  const plain = OF_EXPRESSION.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text.slice(1, -1));
  return plain.split('|').map((alternative) => `'${alternative}'`);
}

/** What a replacement left is put into a statement only where it still is one text. */
function isText(text: string): boolean {
  try {
    const [first, ...more] = tokenize(text);
    return first?.kind === 'quoted' && more.length === 0;
  } catch {
    return false;
  }
}
