/** A text as UTF-8 can hold it: half a surrogate pair, as of a text that was cut, becomes U+FFFD. ClickHouse refuses it in JSON. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** The same for every text of rows that are inserted as JSON. */
export function wellFormedRows(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  const json = JSON.stringify(rows);
  return JSON.parse(json, (_, value: unknown) => (typeof value === 'string' ? wellFormed(value) : value)) as Record<
    string,
    unknown
  >[];
}
