import { nextDay, type Partition } from '../config/partition.js';
import { isBlank, NO_SELECT } from './blank.js';
import { type Catalogue, type MetricTemplate, type TemplateFile } from './catalogue.js';
import { byDateProblem } from './check-by-date.js';
import { checkBranchColumns, checkMetricColumns, checkSourceColumns, type DescribedColumn } from './columns.js';
import {
  columnProblem,
  describePiece,
  ofWhole,
  wholePiece,
  type Describe,
  type Piece,
  type TemplateProblem,
} from './describe-piece.js';
import { TemplateError } from './errors.js';
import { assertEventTypes } from './event-types.js';
import { HeaderError, readHeader } from './header.js';
import { renderSource } from './relation.js';
import { renderTemplate } from './render.js';
import { leadingWith, type Statement } from './sql-text.js';
import { TYPED_EVENTS } from './typed-relation.js';
import { validateAudit } from './validate-audit.js';
import { validateStates } from './validate-states.js';
import { wrapTemplate } from './wrap.js';

export interface ValidateOptions {
  readonly catalogue: Catalogue;
  readonly eventTypes: readonly string[];
  /** Any day: nothing is computed. */
  readonly samplePartition: Partition;
  readonly describe: Describe;
}

/**
 * Everything that is wrong with the templates, sources and audits, of all files at once: each is rendered for a sample day and
 * described, not run. Templates are held against the columns that `llm_events` should have, so a broken source is said once.
 * @throws what `describe` rejects with, unless it is about the statement; CatalogueError for event types that can't stand in SQL.
 */
export async function validateCatalogue(options: ValidateOptions): Promise<TemplateProblem[]> {
  assertEventTypes(options.eventTypes);
  const problems: TemplateProblem[] = [];
  for (const source of options.catalogue.sources) problems.push(...(await validateSource(options, source)));
  for (const template of options.catalogue.templates) {
    problems.push(...(await validateTemplate(options, template)));
    const { name, states } = template;
    if (states) problems.push(...(await validateStates(options, name, states)));
  }
  for (const audit of options.catalogue.audits) problems.push(...(await validateAudit(options, audit)));
  return problems;
}

async function validateSource(options: ValidateOptions, source: TemplateFile): Promise<TemplateProblem[]> {
  const { catalogue, eventTypes, samplePartition, describe } = options;
  const range = { eventTypes, dateStart: samplePartition, dateEnd: nextDay(samplePartition) };
  const rendered = caught(source, () => renderSource(catalogue, source, range));
  if ('problem' in rendered) return [rendered.problem];
  const { variables, trace, statement } = rendered.value;
  const piece = wholePiece(source, { sql: statement.sql, trace, variables });
  const described = await describePiece(piece, describe);
  if ('problem' in described) return [described.problem];
  return checkSourceColumns(described.columns).map((problem) => columnProblem(piece, problem));
}

async function validateTemplate(options: ValidateOptions, template: MetricTemplate): Promise<TemplateProblem[]> {
  const header = caught(template, () => readHeader(template.source));
  const ofSelect = await validateSelect(options, template);
  return 'problem' in header ? [header.problem, ...ofSelect] : ofSelect;
}

async function validateSelect(options: ValidateOptions, template: MetricTemplate): Promise<TemplateProblem[]> {
  const { catalogue, eventTypes, samplePartition, describe } = options;
  const rendered = caught(template, () =>
    renderTemplate(catalogue, template, { eventTypes, partition: samplePartition, llmEvents: TYPED_EVENTS }),
  );
  if ('problem' in rendered) return [rendered.problem];
  const { statement, variables, trace } = rendered.value;
  if (statement === undefined) return isBlank(template) ? [{ file: template.file, message: NO_SELECT }] : [];
  const whole = wholePiece(template, { sql: statement.sql, trace, variables });
  const problems = await validateBranches(piecesOf(statement, whole), describe);
  if (problems.length > 0) return problems;
  // Branches that are right one by one may not fit together, or into our columns.
  for (const sql of [statement.sql, wrapTemplate({ name: template.name, sql: statement.sql })]) {
    const described = await describePiece({ ...whole, sql }, describe);
    if ('problem' in described) return [ofWhole(described.problem)];
    if (sql !== statement.sql) continue;
    const wrong = checkMetricColumns(described.columns);
    if (wrong.length > 0) return wrong.map((problem) => columnProblem(whole, problem));
  }
  const problem = await byDateProblem(options, template);
  return problem === undefined ? [] : [{ file: template.file, line: 1, message: problem }];
}

/** The SELECTs that UNION ALL joins. The first one's WITH clause holds for all of them. */
function piecesOf({ branches }: Statement, whole: Piece): Piece[] {
  const shared = branches.length > 1 ? leadingWith(branches[0]?.sql ?? '') : '';
  return branches.map(({ sql, offset }, index) => {
    const prefix = index > 0 && shared.trim() !== '' && leadingWith(sql).trim() === '' ? shared : '';
    return { ...whole, prefix, sql, offset };
  });
}

/** Stops at the first SELECT with problems: those that a loop makes have the same ones. */
async function validateBranches(pieces: readonly Piece[], describe: Describe): Promise<TemplateProblem[]> {
  let first: readonly DescribedColumn[] | undefined;
  for (const piece of pieces) {
    const described = await describePiece(piece, describe);
    if ('problem' in described) return [described.problem];
    const { columns } = described;
    const problems = first === undefined ? checkMetricColumns(columns) : checkBranchColumns(columns, first);
    if (problems.length > 0) return problems.map((problem) => columnProblem(piece, problem));
    first ??= columns;
  }
  return [];
}

function caught<T>({ file }: TemplateFile, action: () => T): { value: T } | { problem: TemplateProblem } {
  try {
    return { value: action() };
  } catch (error) {
    if (error instanceof HeaderError) return { problem: { file, line: error.line, message: error.message } };
    if (!(error instanceof TemplateError)) return { problem: { file, message: (error as Error).message } };
    return {
      problem: { file: error.file, ...(error.line !== undefined && { line: error.line }), message: error.reason },
    };
  }
}
