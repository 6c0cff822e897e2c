import { matchesOf } from './block-comment.js';
import { lineAt, noClosing } from './sql-text.js';

const JINJA = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\}/g;

/** Comments, heredocs, and what is quoted up to the end of its line; `end` is the closing quote. */
const QUOTED =
  /--[^\n]*|#[ !][^\n]*|\/\*|\$(\w*)\$[\s\S]*?\$\1\$|‘[^’]*’|“[^”]*”|(?<quote>['"`])(?:(?!\k<quote>)[^\\\n]|\\.|\k<quote>\k<quote>)*(?<end>\k<quote>)?/g;

/**
 * The quote of a template that is never closed. It ends at the next quote, many lines below, and from there on quoted and unquoted are
 * reversed: a reader of the SQL complains about anything but that line.
 * @returns undefined where there is none; a text of several lines has two that don't end on their line.
 */
export function unclosedQuote(source: string): { quote: string; offset: number } | undefined {
  const sql = source.replace(JINJA, (found) => found.replace(/[^\n]/g, ' '));
  const open = [...matchesOf(QUOTED, sql)].flatMap(({ groups, index }) =>
    groups['quote'] !== undefined && groups['end'] === undefined ? [{ quote: groups['quote'], offset: index }] : [],
  );
  return open.length % 2 === 1 ? open[0] : undefined;
}

/** The same as a problem of `file`, to be said instead of what a reader of the SQL complains about. */
export function unclosedProblem({ file, source }: { file: string; source: string }) {
  const found = unclosedQuote(source);
  return found && { file, line: lineAt(source, found.offset), message: noClosing(found.quote) };
}
