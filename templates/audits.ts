import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../config/package-file.js';
import { type TemplateFile } from './catalogue.js';
import { createSqlEnvironment } from './environment.js';
import { openSqlFiles, type SqlFiles } from './files.js';
import { readFolder } from './folder.js';
import { readRendered } from './rendered.js';
import { traceLines } from './trace.js';

/** `blocking`: the day is not accepted. `warning`: it is, and the ledger keeps what was found. */
export type AuditLevel = 'blocking' | 'warning';

/** A query that must return no rows before candidates are accepted. */
export interface Audit extends TemplateFile {
  readonly level: AuditLevel;
  /** Not even an override accepts a day that it blocks. */
  readonly always: boolean;
  /** It is asked about several days at once, and says of which day each message is. */
  readonly byDate: boolean;
  /** What should hold: shown before what was found. */
  readonly sentence: string;
  readonly files: SqlFiles;
  /** It takes the place of a shipped one, which it switches off where it has no SELECT. */
  readonly replaces: boolean;
}

/** What an audit may select from, each a relation to stand after FROM, and what it may know. */
export interface AuditVariables {
  /** The rows that were computed: date, team_id, metric_name, metric_value, template. */
  readonly candidates: string;
  /** The same, and the accepted rows of the day's other templates: the day as it would be. */
  readonly day: string;
  /** Accepted rows of the eight weeks before, in the same columns. */
  readonly current: string;
  /** The published days of those weeks, one row each: date, rows, source_rows, teams. */
  readonly days: string;
  /** Count metrics that differ from the source's own count: team_id, metric_name, metric_value, events. By date also: date. */
  readonly recount: string;
  /** What templates declare in their headers: template, pattern (a regular expression), header. */
  readonly declared: string;
  /** The source's numbers of the day: team_id, event, events. By date also: date. */
  readonly source: string;
  /** The day's distinct events, and deliveries beyond the first of each, one row: events, duplicates. By date also: date. */
  readonly deliveries: string;
  readonly llm_events: string;
  /** How many rows these relations have: an audit that looks at none of them needn't be asked. */
  readonly recount_rows: number;
  readonly declared_rows: number;
  readonly days_rows: number;
  readonly event_types: readonly string[];
  /** Of an audit of one day: the day. */
  readonly partition?: string;
  /** Of an audit by date: the days that it is asked about, one row each: date. */
  readonly partitions?: string;
  /** Of an audit by date, an array: each of these days with the last seven published ones of the eight weeks before it. */
  readonly last_days?: string;
  readonly date_start: string;
  readonly date_end: string;
  readonly thin_day_percent: number;
}

const HEADER = /^\s*--\s*(blocking|warning)((?:,\s*(?:always|by date)\s*)*):\s*(\S.*?)\s*$/;

/**
 * The shipped audits, and those of `files`' folder `audits/`: a file of the same name takes the place of the shipped one.
 * @param problems is told what is wrong with a file.
 */
export function loadAudits(files: SqlFiles, problems: string[]): Audit[] {
  const shipped = openSqlFiles(packageFile('sql', 'audits'), 'sql/audits');
  const own = join(files.directory, 'audits');
  const folders = [shipped];
  if (own !== shipped.directory && existsSync(own)) folders.push(openSqlFiles(own, files.label('audits')));
  const audits = new Map<string, Audit>();
  for (const folder of folders) {
    for (const file of readFolder(folder, problems)) {
      const replaces = audits.has(file.name);
      const header = headerOf(file, { problems, replaces });
      if (header) audits.set(file.name, { ...file, ...header, files: folder, replaces });
    }
  }
  return [...audits.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @param replaces whether it has the name of a shipped one, which an empty file is meant to switch off. */
function headerOf({ file, source }: TemplateFile, { problems, replaces }: { problems: string[]; replaces: boolean }) {
  const [, level, more = '', sentence] = HEADER.exec(source.split('\n', 1)[0] ?? '') ?? [];
  const always = more.includes('always');
  if (level !== undefined && sentence !== undefined && !(always && level === 'warning')) {
    return { level: level as AuditLevel, always, byDate: more.includes('by date'), sentence };
  }
  const switchedOff = replaces ? '; to switch the shipped audit off, leave a first line "-- warning: …" alone' : '';
  problems.push(
    `${file}:1: expected a first line like "-- blocking: Rates are from 0 to 100." or "-- warning: …", which says what should hold${switchedOff}`,
  );
  return undefined;
}

/**
 * An audit's SELECT; undefined when it renders to nothing, and so has nothing to say.
 * @throws TemplateError with file and line.
 */
export function renderAudit(audit: Audit, variables: AuditVariables) {
  const environment = createSqlEnvironment({ files: audit.files });
  const file = `${audit.name}.sql`;
  const given = () => ({ ...variables, event_types: [...variables.event_types] });
  const text = environment.render(file, given());
  const trace = () => traceLines(audit.files, { file, variables: given(), rendered: text });
  return { trace, statement: readRendered(audit, text, trace) };
}
