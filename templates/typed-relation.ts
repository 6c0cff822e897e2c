import { NARROW_SLICE_COLUMNS, SLICE_COLUMNS, type CanonicalColumn } from './canonical.js';

/** A relation with columns of these types and no table behind it, to stand after FROM: for describing, not for reading. */
export function typedRelation(columns: Readonly<Record<string, string>>): string {
  const list = Object.entries(columns).map(
    ([name, type]) => `materialize(defaultValueOfTypeName('${type.replaceAll("'", String.raw`\'`)}')) AS ${name}`,
  );
  return `(SELECT ${list.join(', ')})`;
}

const typedColumns = (columns: readonly CanonicalColumn[]): string =>
  typedRelation(Object.fromEntries(columns.map(({ name, type }) => [name, type])));

/** A relation with the columns of a slice. */
export const TYPED_EVENTS = typedColumns(SLICE_COLUMNS);

/** One with those of a slice that has no others than METRIC_COLUMNS. */
export const NARROW_EVENTS = typedColumns(NARROW_SLICE_COLUMNS);
