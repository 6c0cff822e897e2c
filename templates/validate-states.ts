import { isBlank, NO_SELECT } from './blank.js';
import type { StatesTemplate } from './catalogue.js';
import { differences, ofMadeUp, OF_ONE_DAY, writtenSql } from './check-by-date.js';
import { clauseOfAllDays } from './clauses-of-all-days.js';
import { columnProblem, describePiece, ofWhole, wholePiece, type TemplateProblem } from './describe-piece.js';
import { TemplateError } from './errors.js';
import { renderTemplate } from './render.js';
import { checkStateColumns } from './state-columns.js';
import { TYPED_EVENTS } from './typed-relation.js';
import type { ValidateOptions } from './validate.js';
import { wrapStates } from './wrap-states.js';

/** What is wrong with a template's states: they are rendered for a sample day and described, and tried out on made-up events of two days. */
export async function validateStates(
  options: ValidateOptions,
  template: string,
  states: StatesTemplate,
): Promise<TemplateProblem[]> {
  try {
    const wrong = await columnProblems(options, template, states);
    if (wrong.length > 0) return wrong;
    const message = await byDateProblem(options, template, states);
    return message === undefined ? [] : [{ file: states.file, line: 1, message }];
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return [{ file: error.file, ...(error.line === undefined ? {} : { line: error.line }), message: error.reason }];
  }
}

async function columnProblems(
  { catalogue, eventTypes, samplePartition, describe }: ValidateOptions,
  template: string,
  states: StatesTemplate,
): Promise<TemplateProblem[]> {
  const options = { eventTypes, partition: samplePartition, llmEvents: TYPED_EVENTS };
  const { statement, variables, trace } = renderTemplate(catalogue, states, options);
  if (statement === undefined) return isBlank(states) ? [{ file: states.file, message: NO_SELECT }] : [];
  const whole = wholePiece(states, { sql: statement.sql, trace, variables });
  const described = await describePiece(whole, describe);
  if ('problem' in described) return [described.problem];
  const wrong = checkStateColumns(described.columns);
  if (wrong.length > 0) return wrong.map((problem) => columnProblem(whole, problem));
  const wrapped = await describePiece({ ...whole, sql: wrapStates({ name: template, sql: statement.sql }) }, describe);
  return 'problem' in wrapped ? [ofWhole(wrapped.problem)] : [];
}

/** States are always by date: days that are inserted together have theirs from one statement. */
async function byDateProblem(
  options: ValidateOptions,
  template: string,
  states: StatesTemplate,
): Promise<string | undefined> {
  const problem = (why: string) => `states select from {{ llm_events }} alone and group by date, but ${why}`;
  const used = OF_ONE_DAY.filter((name) => states.names.has(name)).map((name) => `{{ ${name} }}`);
  if (used.length > 0) return problem(`they use ${used.join(' and ')}, which is one day’s`);
  if (!states.names.has('llm_events')) return problem('there is no {{ llm_events }}');
  const found = clauseOfAllDays(writtenSql(options, states));
  if (found) return problem(`${found.clause} is of all days together; make it ${found.ofEachDay}`);
  const results = 'toString((finalizeAggregation(quantiles), finalizeAggregation(uniques), calls, errors))';
  const [difference] = await differences(options, (days) => {
    const sql = wrapStates({ name: template, sql: ofMadeUp(options, states, days) });
    return `SELECT date, team_id, metric_name, ${results} AS metric_value FROM (\n${sql}\n)`;
  });
  return difference && problem(`of made-up events of two days ${difference.name} is ${difference.type}`);
}
