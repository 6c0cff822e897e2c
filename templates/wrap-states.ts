import { STATE_TYPES, statesName } from './states.js';
import { KEY_COLUMNS, checked } from './wrap.js';

/**
 * The same of a template's states: their key in our types, their total, and both states. Of a column that the SELECT does not return,
 * its COLUMNS(…) is no argument at all, and the answer is the empty one.
 */
export function wrapStates({ name, sql }: { readonly name: string; readonly sql: string }): string {
  const keys = KEY_COLUMNS.map((column) => `    ${checked(column, statesName(name))} AS ${column.name},`);
  const states = Object.entries(STATE_TYPES).map(
    ([column, type]) => `    coalesce(COLUMNS('^${column}$'), defaultValueOfTypeName('${type}')) AS ${column},`,
  );
  const total = "    toString(coalesce(COLUMNS('^total$'), '')) AS total,";
  return ['SELECT', ...keys, total, ...states, `    '${name}' AS template`, `FROM (\n${sql}\n) AS llma_rows`].join(
    '\n',
  );
}
