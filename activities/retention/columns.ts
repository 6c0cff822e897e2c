import { before, clauseOf, COLUMN_CLAUSES, nameOf, readDefinition, write, type Tokens } from './definition.js';

/** A column as its table's definition has it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  /** What its values are, or are by default. */
  readonly computed?: { readonly kind: (typeof KINDS)[number]; readonly expression: string };
}

const KINDS = ['DEFAULT', 'MATERIALIZED', 'ALIAS'] as const;

/** @param create `create_table_query` of `system.tables`, as the server writes it. */
export function columnsOf(create: string): Column[] {
  return readDefinition(create).columns.map(columnOf);
}

function columnOf(tokens: Tokens): Column {
  const at = tokens.findIndex(({ kind }) => kind !== 'space');
  const name = tokens
    .slice(at, at + 1)
    .map(nameOf)
    .join('');
  const type = write(before(tokens.slice(at + 1), ...KINDS, 'EPHEMERAL', ...COLUMN_CLAUSES));
  for (const kind of KINDS) {
    const clause = clauseOf(tokens, kind, ...COLUMN_CLAUSES);
    if (clause) return { name, type, computed: { kind, expression: write(clause.after) } };
  }
  return { name, type };
}
