import { clauseOf, isName, nameOf, readDefinition, type Tokens } from './definition.js';

/** An ALIAS column: it is computed from others whenever it is read. (DEFAULT and MATERIALIZED columns have values of their own.) */
export interface Alias {
  readonly column: string;
  /** Names of what it is computed from, among other words of its definition. */
  readonly from: readonly string[];
}

/** @param create `create_table_query` of `system.tables`, as the server writes it. */
export function aliasesOf(create: string): Alias[] {
  return readDefinition(create).columns.flatMap((tokens) => {
    const alias = clauseOf(tokens, 'ALIAS');
    return alias ? [{ column: alias.column, from: namesIn(alias.after).flatMap(partsOf) }] : [];
  });
}

/** The columns that are read where these are. */
export function throughAliases(columns: Iterable<string>, aliases: readonly Alias[]): Set<string> {
  const read = new Set(columns);
  // A set goes on with what is added meanwhile: an ALIAS may be of an ALIAS.
  for (const name of read) {
    for (const { column, from } of aliases) {
      if (column === name) for (const other of from) read.add(other);
    }
  }
  return read;
}

/** Every name, however often dots are in it. */
function namesIn(tokens: Tokens): string[] {
  const text = tokens.map((token) => (isName(token) ? nameOf(token) : token.text === '.' ? '.' : '\0')).join('');
  return text.split('\0').filter((name) => name !== '');
}

/** What a name with dots can mean: a column and a part of it (`json.path`, `map.keys`), or one of a table, or one that has a dot itself. */
export function partsOf(name: string): string[] {
  const parts = name.split('.');
  return parts.flatMap((_, from) => parts.slice(from).map((__, more) => parts.slice(from, from + more + 1).join('.')));
}
