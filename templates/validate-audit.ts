import { nextDay } from '../config/partition.js';
import { isBlank, NO_SELECT } from './blank.js';
import { renderAudit, type Audit, type AuditVariables } from './audits.js';
import type { DescribedColumn } from './columns.js';
import { describePiece, wholePiece, type TemplateProblem } from './describe-piece.js';
import { TemplateError } from './errors.js';
import { typedRelation, TYPED_EVENTS } from './typed-relation.js';
import type { ValidateOptions } from './validate.js';

const ROWS = typedRelation({
  date: 'Date',
  team_id: 'UInt64',
  metric_name: 'String',
  metric_value: 'Float64',
  template: 'LowCardinality(String)',
});

const RECOUNT = { team_id: 'UInt64', metric_name: 'String', metric_value: 'Float64', events: 'UInt64' };
const SOURCE = { team_id: 'UInt64', event: 'String', events: 'UInt64' };
const DELIVERIES = { events: 'UInt64', duplicates: 'UInt64' };

const RELATIONS = {
  candidates: ROWS,
  day: ROWS,
  current: ROWS,
  days: typedRelation({ date: 'Date', rows: 'UInt64', source_rows: 'UInt64', teams: 'UInt64' }),
  recount: typedRelation(RECOUNT),
  declared: typedRelation({ template: 'String', pattern: 'String', header: 'String' }),
  source: typedRelation(SOURCE),
  deliveries: typedRelation(DELIVERIES),
  llm_events: TYPED_EVENTS,
  recount_rows: 1,
  declared_rows: 1,
  days_rows: 1,
};

const BY_DATE = {
  recount: typedRelation({ date: 'Date', ...RECOUNT }),
  source: typedRelation({ date: 'Date', ...SOURCE }),
  deliveries: typedRelation({ date: 'Date', ...DELIVERIES }),
  partitions: typedRelation({ date: 'Date' }),
  last_days: "CAST([], 'Array(Tuple(Date, Array(Date)))')",
};

/** What is wrong with an audit: it is rendered for a sample day and described over typed relations without rows. */
export async function validateAudit(
  { eventTypes, samplePartition, describe }: ValidateOptions,
  audit: Audit,
): Promise<TemplateProblem[]> {
  const variables: AuditVariables = {
    ...RELATIONS,
    ...(audit.byDate ? BY_DATE : { partition: samplePartition }),
    event_types: eventTypes,
    date_start: samplePartition,
    date_end: nextDay(samplePartition),
    thin_day_percent: 1,
  };
  try {
    const { trace, statement } = renderAudit(audit, variables);
    if (statement === undefined)
      return isBlank(audit) && !audit.replaces ? [{ file: audit.file, message: NO_SELECT }] : [];
    const piece = wholePiece(audit, { sql: statement.sql, trace, variables: { ...variables } });
    const described = await describePiece(piece, describe);
    if ('problem' in described) return [described.problem];
    const message = wrongColumns(audit, described.columns);
    return message === undefined ? [] : [{ file: audit.file, message }];
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return [{ file: error.file, ...(error.line === undefined ? {} : { line: error.line }), message: error.reason }];
  }
}

function wrongColumns({ byDate }: Audit, columns: readonly DescribedColumn[]): string | undefined {
  const names = columns.map(({ name }) => name);
  if (!byDate) {
    if (names.length === 1 && names[0] === 'message') return undefined;
    return `it returns ${names.join(', ')}; expected one column, message: a sentence for each thing that is wrong`;
  }
  if ([...names].sort().join() !== 'date,message') {
    return `it returns ${names.join(', ')}; expected date, message, as its header says "by date": a sentence for each thing that is wrong, and the day of {{ partitions }} that it is about`;
  }
  const type = columns.find(({ name }) => name === 'date')?.type;
  return type === 'Date' ? undefined : `its column date is ${type}; expected Date, a day of {{ partitions }}`;
}
