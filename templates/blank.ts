import type { TemplateFile } from './catalogue.js';

export const NO_SELECT = 'it has no SELECT: write one, or remove the file';
const COMMENT = /\{#[^]*?#\}|--[^\n]*|#[ !][^\n]*|\/\*[^]*?\*\//g;

/** Whether the file itself has nothing but comments: what only renders to nothing, as macros do, may be meant so. */
export function isBlank({ source }: Pick<TemplateFile, 'source'>): boolean {
  return /^[\s;]*$/.test(source.replace(COMMENT, ''));
}
