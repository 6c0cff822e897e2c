/** Tags that another one ends: its name begins with `end`. */
const BLOCKS: ReadonlySet<string> = new Set(['for', 'if', 'macro', 'call', 'filter', 'set', 'block', 'raw']);
const TAG = /\{#[^]*?#\}|\{%-?\s*(\w+)([^]*?)-?%\}/g;

/** The last tag of `source` that nothing ends; undefined where there is none. */
export function unclosedTag(source: string): { readonly name: string; readonly line: number } | undefined {
  const open: { name: string; line: number }[] = [];
  for (const { 1: name, 2: rest = '', index } of source.matchAll(TAG)) {
    if (name === undefined) continue;
    const raw = open.at(-1)?.name === 'raw';
    if (name === `end${open.at(-1)?.name}`) open.pop();
    // The end of an outer one: the inner one's should have come before.
    else if (!raw && open.some((outer) => name === `end${outer.name}`)) break;
    // `{% set x = 1 %}` is complete; `{% set x %}` is not.
    else if (!raw && BLOCKS.has(name) && !(name === 'set' && rest.includes('=')))
      open.push({ name, line: source.slice(0, index).split('\n').length });
  }
  return open.at(-1);
}
