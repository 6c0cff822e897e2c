import { createSqlEnvironment } from './environment.js';
import { type Place } from './errors.js';
import { type SqlFiles } from './files.js';

/** Two characters of Unicode's private use area around `<file number>:<line>`; SQL has no use for them. */
const MARK = /\uE000(\d+):(\d+)\uE001/g;

/** Where in the templates the character at `offset` of a rendered text came from; undefined where that can't be said. */
export type Trace = (offset: number) => Place | undefined;

/**
 * Renders `file` again with a mark at each line of the templates, to lead errors of the rendered text back to them.
 * @param rendered the text that it rendered to without marks.
 */
export function traceLines(
  files: SqlFiles,
  { file, variables, rendered }: { file: string; variables: Readonly<Record<string, unknown>>; rendered: string },
): Trace {
  const names: string[] = [];
  const mark = (name: string, line: number): string => {
    if (!names.includes(name)) names.push(name);
    return `\uE000${names.indexOf(name)}:${line}\uE001`;
  };
  const marked = createSqlEnvironment({ files, mark }).render(file, variables);
  // A template that looks at its own output, such as `{{ text | length }}`, sees the marks too.
  if (marked.replace(MARK, '') !== rendered) return () => undefined;
  const places: { offset: number; place: Place }[] = [];
  let removed = 0;
  for (const match of marked.matchAll(MARK)) {
    places.push({
      offset: match.index - removed,
      place: { file: names[Number(match[1])] ?? file, line: Number(match[2]) },
    });
    removed += match[0].length;
  }
  return (offset) => places.findLast((known) => known.offset <= offset)?.place;
}
