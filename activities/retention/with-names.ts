import { closing, isWord, nameOf, readable, type Tokens } from './definition.js';

/**
 * Names that a SELECT gives to SELECTs of its own, `WITH name AS (SELECT …)`: the server's syntax tree doesn't say them. One that also
 * stands where it can't mean that, as in `WITH events AS (SELECT … FROM events)`, is a table's too, and left out.
 */
export function namesOfWith(sql: string): ReadonlySet<string> {
  const tokens = readable(sql).filter(({ kind }) => kind !== 'space');
  const names = new Set<string>();
  for (const [at, token] of tokens.entries()) {
    if (!isName(token)) continue;
    const [as, bracket, select] = tokens.slice(at + 1, at + 4);
    if (!as || !isWord(as, 'AS') || bracket?.text !== '(') continue;
    if (!select || !(select.text === '(' || isWord(select, 'SELECT', 'WITH', 'FROM'))) continue;
    const begin = closing(tokens, at + 2);
    const end = closingAround(tokens, begin + 1);
    const name = nameOf(token);
    const isMeant = (index: number): boolean => index === at || (index > begin && index < end);
    if (tokens.every((other, index) => !isName(other) || nameOf(other) !== name || isMeant(index))) names.add(name);
  }
  return names;
}

function isName({ kind, text }: Tokens[number]): boolean {
  return kind === 'word' || (kind === 'quoted' && /^["`]/.test(text));
}

/** Index of the bracket that closes those around `from`. */
function closingAround(tokens: Tokens, from: number): number {
  let index = from;
  while (index < tokens.length && tokens[index]?.text !== ')') {
    index = tokens[index]?.text === '(' ? closing(tokens, index) + 1 : index + 1;
  }
  return index;
}
