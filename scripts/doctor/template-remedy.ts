/** Not a function, nor a database, which a file names itself; and not a variable without its braces, of which the problem says so. */
const NO_TABLE = /\b(?:unknown table expression identifier|table \S+ does not exist)(?!.*; write \{\{)/i;

/** What mends a problem of a template or source that ClickHouse names; undefined when the problem says it itself. */
export function remedyFor(problem: string): string | undefined {
  if (/not enough privileges/i.test(problem)) return 'grant SELECT on the source tables to CLICKHOUSE_USER';
  if (NO_TABLE.test(problem)) {
    return 'set CLICKHOUSE_SOURCE_DATABASE to the database that has the source tables; "llma migrate --with-sources" creates empty ones';
  }
  return undefined;
}
