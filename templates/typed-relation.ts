import { SLICE_COLUMNS } from './canonical.js';

/** A relation with columns of these types and no table behind it, to stand after FROM: for describing, not for reading. */
export function typedRelation(columns: Readonly<Record<string, string>>): string {
  const list = Object.entries(columns).map(
    ([name, type]) => `materialize(defaultValueOfTypeName('${type.replaceAll("'", String.raw`\'`)}')) AS ${name}`,
  );
  return `(SELECT ${list.join(', ')})`;
}

/** A relation with the columns of a slice. */
export const TYPED_EVENTS = typedRelation(Object.fromEntries(SLICE_COLUMNS.map(({ name, type }) => [name, type])));
