import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hint } from '../config/did-you-mean.js';
import { packageFile } from '../config/package-file.js';
import { loadAudits, type Audit } from './audits.js';
import { referencesOf } from './dependencies.js';
import { createSqlEnvironment, type SqlEnvironment } from './environment.js';
import { CatalogueError, TemplateError } from './errors.js';
import { openSqlFiles, type SqlFiles } from './files.js';
import { checkFolders, readFolder } from './folder.js';
import { readHeader, type Header } from './header.js';
import { readStates } from './states.js';

/** A file of `sql/` that renders to a SELECT. */
export interface TemplateFile {
  /** File name without `.sql`. */
  readonly name: string;
  /** As people know it: `sql/event_counts.sql`. */
  readonly file: string;
  readonly source: string;
}

/** The mergeable states beside a metric template. */
export interface StatesTemplate extends TemplateFile {
  /** Names that its text, or one that it includes, looks up. */
  readonly names: ReadonlySet<string>;
}

/** A metric template. */
export interface MetricTemplate extends TemplateFile {
  /** SHA-256 over its text, that of its states, the texts that these include, and those of the sources when they use `llm_events`. Hexadecimal. */
  readonly hash: string;
  /** Whether its text, that of its states, or one that they include, mentions `llm_events`. */
  readonly mentionsLlmEvents: boolean;
  /** `states/<name>.sql`, where there is one. */
  readonly states?: StatesTemplate;
  /** Metric names that its header allows it to emit, with `*` for any characters; undefined without a header. */
  readonly declaredMetrics?: readonly string[];
  /** Its header says that it is right for several days at once. */
  readonly byDate: boolean;
  /** Names that its text, or one that it includes, looks up. */
  readonly names: ReadonlySet<string>;
}

/** The metric templates and sources of one `sql/`, read once: later changes of the files are not seen. */
export interface Catalogue {
  /** Absolute path. */
  readonly sqlDir: string;
  readonly files: SqlFiles;
  /** Selected metric templates, by name. */
  readonly templates: readonly MetricTemplate[];
  readonly sources: readonly TemplateFile[];
  readonly sourceFiles: SqlFiles;
  /** The shipped audits and those of `audits/`, by name. */
  readonly audits: readonly Audit[];
  /** Over the sources alone: what a slice is decoded by. */
  readonly sourcesHash: string;
  /** Over the selected templates and all sources. */
  readonly hash: string;
  readonly environment: SqlEnvironment;
  readonly sourceEnvironment: SqlEnvironment;
}

interface Given {
  readonly sqlDir: string;
  /** Template names to select; all by default. */
  readonly only?: readonly string[] | undefined;
}

/**
 * Reads `sqlDir`: `*.sql` are metric templates (subfolders aren't), `sources/*.sql` the sources, or else this package's own.
 * @throws CatalogueError with everything that is wrong about the directory. What is wrong in a template is for
 * validateCatalogue, and for rendering.
 */
export function loadCatalogue(given: Given): Catalogue {
  const { catalogue, problems } = readCatalogue(given);
  if (problems.length > 0) throw new CatalogueError(problems);
  return catalogue;
}

/** The same of the files that can be read, beside everything that is wrong about the directory: for whoever says what is wrong, of all files at once. */
export function readCatalogue({ sqlDir, only }: Given): { catalogue: Catalogue; problems: readonly string[] } {
  const files = openSqlFiles(sqlDir);
  const ownSources = join(files.directory, 'sources');
  const sourceFiles = existsSync(ownSources)
    ? openSqlFiles(ownSources, files.label('sources'))
    : openSqlFiles(packageFile('sql', 'sources'), 'sql/sources');
  const problems: string[] = [];
  const sources = readFolder(sourceFiles, problems);
  const all = readFolder(files, problems);
  checkFolders(files, problems);
  const states = readStates(files, all, problems);
  const audits = loadAudits(files, problems);
  if (problems.length === 0) problems.push(...unknownNames(all, only));
  if (all.length === 0 && problems.length === 0) {
    problems.push(`there are no metric templates: looked for *.sql in ${files.directory} (LLMA_SQL_DIR)`);
  }

  const sourcesHash = hashOf(sources.flatMap((source) => closureOf(source, sourceFiles).texts));
  const selected = all.filter(({ name }) => only === undefined || only.includes(name));
  const templates = selected.map((template) =>
    metricTemplate({ template, states: states.get(template.name) }, files, sourcesHash),
  );
  if (sources.length === 0 && problems.length === 0 && templates.some((template) => template.mentionsLlmEvents)) {
    problems.push(
      `there are no sources to read events from: looked for *.sql in ${sourceFiles.directory}; write one, or remove the directory to use the shipped one`,
    );
  }
  const catalogue: Catalogue = {
    sqlDir: files.directory,
    files,
    templates,
    sources,
    sourceFiles,
    audits,
    sourcesHash,
    hash: hashOf([sourcesHash, ...templates.flatMap(({ name, hash }) => [name, hash])]),
    environment: createSqlEnvironment({ files }),
    sourceEnvironment: createSqlEnvironment({ files: sourceFiles }),
  };
  return { catalogue, problems };
}

function unknownNames(all: readonly TemplateFile[], only: readonly string[] = []): string[] {
  const known = all.map(({ name }) => name);
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length === 0) return [];
  return [
    `there is no metric template ${unknown.map((name) => `"${name}"${hint(name, known)}`).join(', ')}; known are ${known.join(', ') || 'none'}`,
  ];
}

interface TemplateFiles {
  readonly template: TemplateFile;
  readonly states: TemplateFile | undefined;
}

function metricTemplate({ template, states }: TemplateFiles, files: SqlFiles, sourcesHash: string): MetricTemplate {
  const { texts, names } = closureOf(template, files);
  const ofStates = states && closureOf(states, files);
  const mentionsLlmEvents = names.has('llm_events') || ofStates?.names.has('llm_events') === true;
  const header = headerOf(template);
  const all = [...texts, ...(ofStates?.texts ?? [])];
  return {
    ...template,
    hash: hashOf(mentionsLlmEvents ? [...all, sourcesHash] : all),
    mentionsLlmEvents,
    byDate: header?.byDate ?? false,
    names,
    ...(states && ofStates && { states: { ...states, names: ofStates.names } }),
    ...(header && { declaredMetrics: header.declaredMetrics }),
  };
}

/** A header that can't be read is a problem of validateCatalogue. */
function headerOf({ source }: TemplateFile): Header | undefined {
  try {
    return readHeader(source);
  } catch {
    return undefined;
  }
}

interface Closure {
  readonly texts: string[];
  readonly names: ReadonlySet<string>;
}

/** The texts of a template and all it includes, each with its name, and the names that they look up. */
function closureOf({ name, source }: TemplateFile, files: SqlFiles): Closure {
  const texts: string[] = [];
  const names = new Set<string>();
  const seen = new Set<string>();
  const visit = (fileName: string, text: string): void => {
    seen.add(fileName);
    texts.push(fileName, text);
    const references = attempt(() => referencesOf(text, files.label(fileName)));
    for (const found of references?.names ?? []) names.add(found);
    for (const file of references?.files ?? []) {
      if (seen.has(file)) continue;
      const included = attempt(() => files.read(file));
      if (included !== undefined) visit(file, included);
    }
  };
  visit(`${name}.sql`, source);
  return { texts, names };
}

/** Undefined for a text that can't be read or parsed: rendering says so, with its line. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof TemplateError || error instanceof Error) return undefined;
    throw error;
  }
}

/** Hashes a list of texts so that no two lists have one hash by moving a border. */
function hashOf(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
