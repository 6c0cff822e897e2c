import { type TemplateFile } from './catalogue.js';
import { TemplateError, type Place } from './errors.js';
import { SqlTextError, readStatement, type Statement } from './sql-text.js';
import { type Trace } from './trace.js';
import { unclosedProblem } from './unclosed-quote.js';

/**
 * Reads the text that a template rendered to.
 * @param traced leads back to the template's lines; asked only when something is wrong.
 * @returns undefined when it is blank.
 * @throws TemplateError when it can't be one SELECT.
 */
export function readRendered(template: TemplateFile, text: string, traced: () => Trace): Statement | undefined {
  try {
    return readStatement(text);
  } catch (error) {
    if (!(error instanceof SqlTextError)) throw error;
    const unclosed = unclosedProblem(template);
    if (unclosed) throw new TemplateError(unclosed, unclosed.message);
    const place: Place = traced()(error.offset) ?? { file: template.file };
    throw new TemplateError(place, withRemedy(error.message));
  }
}

function withRemedy(message: string): string {
  return message.startsWith('UNION ALL has no SELECT after')
    ? `${message}; put it between {% if not loop.last %} and {% endif %}`
    : message;
}
