import { type TemplateFile } from './catalogue.js';
import { TemplateError } from './errors.js';
import { SqlTextError, lineAt, readStatement, type Statement } from './sql-text.js';

/**
 * Reads the text that a template rendered to.
 * @returns undefined when it is blank.
 * @throws TemplateError when it can't be one SELECT.
 */
export function readRendered({ file, source }: TemplateFile, text: string): Statement | undefined {
  try {
    return readStatement(text);
  } catch (error) {
    if (!(error instanceof SqlTextError)) throw error;
    throw new TemplateError({ file, line: lineOfRendered(source, text, error.offset) }, withRemedy(error.message));
  }
}

/** The template's line that reads as the rendered one at `offset`; undefined unless there is exactly one. */
function lineOfRendered(source: string, text: string, offset: number): number | undefined {
  const line = text.split('\n')[lineAt(text, offset) - 1]?.trim();
  const matches = source.split('\n').flatMap((other, index) => (other.trim() === line ? [index + 1] : []));
  return matches.length === 1 ? matches[0] : undefined;
}

function withRemedy(message: string): string {
  return message.startsWith('UNION ALL has no SELECT after')
    ? `${message}; put it between {% if not loop.last %} and {% endif %}`
    : message;
}
