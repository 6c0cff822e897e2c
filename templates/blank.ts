import type { TemplateFile } from './catalogue.js';
import { readStatement, SqlTextError } from './sql-text.js';

export const NO_SELECT = 'it has no SELECT: write one, or remove the file';
const JINJA_COMMENT = /\{#[^]*?#\}/g;

/** Whether the file itself has nothing but comments: what only renders to nothing, as macros do, may be meant so. */
export function isBlank({ source }: Pick<TemplateFile, 'source'>): boolean {
  try {
    return readStatement(source.replace(JINJA_COMMENT, '')) === undefined;
  } catch (error) {
    // What isn't one statement is not nothing.
    if (error instanceof SqlTextError) return false;
    throw error;
  }
}
