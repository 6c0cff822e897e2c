import { type Piece } from './describe-piece.js';
import { LazyValue } from './environment.js';
import { tokenize } from './sql-text.js';

/** A name that is wrong wherever it stands. */
const NAME =
  /(?:identifier|name|column|table|window|substitution|setting) [`']([\w.$]+)[`']|(?:database|table function|data type family:|for alias|ARRAY JOIN) (\w+)/i;
/** A text between quotes, of which others that are alike may be right. */
const TEXT = /Cannot parse [^']*'([^']+)'|while converting '([^']+)'|time zone (\S+)|cannot compile re2: (.+?), error:/;
/** A function, which may be right elsewhere, and the clause that it has no place in. */
const FUNCTION = /function [`']?(\w+)(?:.* is found in ([A-Z]+(?: BY)?) in query)?/i;

/** A UNION that says neither. */
const BARE_UNION = /^Expected ALL or DISTINCT in SelectWithUnion/;
const UNION = String.raw`\bUNION\b(?!\s+(?:ALL|DISTINCT)\b)`;

/** Functions that are written otherwise, as a rule. */
const OPERATORS: Readonly<Record<string, string>> = {
  plus: String.raw`\+`,
  minus: '-(?!>)',
  multiply: String.raw`\*`,
  divide: '/',
  modulo: '%',
  concat: String.raw`\|\|`,
  equals: '(?<![<>!=])==?',
  notEquals: '!=|<>',
  less: '<(?![=>])',
  greater: '(?<![-<])>(?!=)',
  lessOrEquals: '<=',
  greaterOrEquals: '>=',
  arrayElement: String.raw`\[`,
};

/**
 * Where in a piece's SQL the mistake is that a refusal without a position speaks of, by what it names: of a name that is wrong everywhere
 * the first place, of what is right elsewhere none unless all of its places are in one line.
 */
export function placeOfMistake(message: string, piece: Piece): number | undefined {
  const code = withoutTexts(piece);
  if (BARE_UNION.test(message)) return placesOf(UNION, code)[0];
  const name = firstOf(NAME.exec(message))?.split('.').at(-1);
  if (name !== undefined) return placesOf(word(name), code)[0] ?? placesOf(word(name), piece.sql)[0];
  const text = firstOf(TEXT.exec(message));
  if (text !== undefined) return onOneLine(piece, placesOf(`'${literally(text)}'`, piece.sql));
  const [, called = '', clause] = FUNCTION.exec(message) ?? [];
  if (clause !== undefined) {
    const [from = code.length] = placesOf(clause.replace(' ', String.raw`\s+`), code);
    return placesOf(word(called), code).find((place) => place > from);
  }
  const places = called === '' ? [] : placesOf(word(called), code);
  const operator = OPERATORS[called];
  return onOneLine(piece, places.length === 0 && operator !== undefined ? placesOf(operator, code) : places);
}

function firstOf(match: RegExpExecArray | null): string | undefined {
  return match?.slice(1).find(Boolean);
}

/** The SQL with spaces in the place of comments, texts, and relations that a variable stands for: their line is that of the variable. */
function withoutTexts({ sql, variables }: Piece): string {
  let code = sql;
  for (const value of Object.values(variables)) {
    const text = value instanceof LazyValue ? value.get() : value;
    if (typeof text === 'string' && text.startsWith('(')) code = code.replaceAll(text, blank);
  }
  const pieces = tokenize(code).map(({ kind, text }) =>
    kind === 'comment' || (kind === 'quoted' && /^['$]/.test(text)) ? blank(text) : text,
  );
  return pieces.join('');
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

function onOneLine({ trace, offset }: Piece, places: readonly number[]): number | undefined {
  const lines = new Set(places.map((place) => JSON.stringify(trace(offset + place))));
  return lines.size === 1 ? places[0] : undefined;
}

function placesOf(expression: string, text: string): number[] {
  return [...text.matchAll(new RegExp(expression, 'gi'))].map(({ index }) => index);
}

/** `name` as a word of SQL. */
export function word(name: string): string {
  return `(?<![\\w$])${literally(name)}(?![\\w$])`;
}

function literally(text: string): string {
  return text.replace(/[^\w\s]/g, String.raw`\$&`);
}
