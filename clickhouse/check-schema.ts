import { EXPECTED_TABLES, type ExpectedTable } from './expected-schema.js';
import type { Database } from './database.js';
import { TABLES } from './names.js';

interface TableRow {
  name: string;
  engine: string;
  partition_key: string;
  sorting_key: string;
}

interface ColumnRow {
  table: string;
  name: string;
  type: string;
}

/** What is wrong with our tables on the server: one sentence each, with the remedy; empty when all is well. */
export async function schemaProblems(database: Database): Promise<string[]> {
  const params = { database: database.settings.database };
  const [tables, columns] = await Promise.all([
    database.select<TableRow>(
      'SELECT name, engine, partition_key, sorting_key FROM system.tables WHERE database = {database:String}',
      { params },
    ),
    database.select<ColumnRow>('SELECT table, name, type FROM system.columns WHERE database = {database:String}', {
      params,
    }),
  ]);
  const problems = EXPECTED_TABLES.flatMap((expected) => {
    const found = tables.find((row) => row.name === expected.table);
    if (!found) return [`${params.database}.${expected.table} is missing: run "llma migrate"`];
    return differences(expected, found, columns).map((text) => `${params.database}.${expected.table} ${text}`);
  });
  if (!tables.some((row) => row.name === TABLES.status)) {
    problems.push(`${params.database}.${TABLES.status} is missing: run "llma migrate"`);
  }
  return problems;
}

function differences(expected: ExpectedTable, found: TableRow, columns: readonly ColumnRow[]): string[] {
  const remedy =
    'it is not the table that "llma migrate" makes: rename it, or set CLICKHOUSE_DATABASE to another database, and migrate';
  const added = 'run "llma migrate", which adds what is new; if it is missing all the same';
  const texts: string[] = [];
  // One that merges rows by itself, like ReplacingMergeTree, would show others than were published.
  if (!/^(Replicated|Shared)?MergeTree$/.test(found.engine))
    texts.push(`is a ${found.engine}, expected a MergeTree; ${remedy}`);
  for (const [name, type] of Object.entries(expected.columns)) {
    const column = columns.find((row) => row.table === expected.table && row.name === name);
    if (!column) texts.push(`has no column "${name}" (${type}): ${added}, ${remedy}`);
    else if (column.type !== type) texts.push(`has "${name}" as ${column.type}, expected ${type}; ${remedy}`);
  }
  if (found.partition_key !== expected.partitionKey) {
    texts.push(`is partitioned by "${found.partition_key}", expected "${expected.partitionKey}"; ${remedy}`);
  }
  if (found.sorting_key !== expected.sortingKey) {
    texts.push(`is ordered by "${found.sorting_key}", expected "${expected.sortingKey}"; ${remedy}`);
  }
  return texts;
}
