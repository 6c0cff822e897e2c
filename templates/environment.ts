import nunjucks, { type ILoader, type LoaderSource } from 'nunjucks';
import { TemplateError } from './errors.js';
import { type SqlFiles } from './files.js';
import { compileTemplate } from './jinja/compile.js';
import { FILTERS, TESTS } from './jinja/filters.js';
import { beginRendering, range } from './jinja/runtime.js';

export { LazyValue } from './jinja/runtime.js';

/** Renders templates of one directory: Jinja2's syntax and Python's methods, and nothing undefined. */
export interface SqlEnvironment {
  /**
   * @param file name below the directory.
   * @throws TemplateError with file and line, also of an included file.
   */
  render(file: string, variables: Readonly<Record<string, unknown>>): string;
}

export interface EnvironmentOptions {
  readonly files: SqlFiles;
  /** Texts to print before each line of a template, to find out later where a line of the result came from. */
  readonly mark?: (file: string, line: number) => string;
}

/**
 * A nunjucks environment for SQL. Nothing is escaped (SQL isn't HTML), tags keep their newlines, and nothing outside of the
 * directory can be read. Other environments of the process stay as they are: what differs from nunjucks is in our own
 * compiler and runtime, which it takes as if the templates had been compiled before.
 */
export function createSqlEnvironment({ files, mark }: EnvironmentOptions): SqlEnvironment {
  const known = { filters: new Set<string>(), tests: new Set<string>() };
  const loader: ILoader = {
    getSource(name) {
      const text = files.read(name);
      // For nunjucks null is a file that isn't there, which `ignore missing` allows.
      if (text === undefined) return null as unknown as LoaderSource;
      const file = files.label(name);
      const marker = mark && ((line: number) => mark(file, line));
      const obj = compileTemplate(text, file, { ...known, mark: marker });
      // Nunjucks' form of a precompiled template, which its type declarations don't know.
      return { src: { type: 'code', obj }, path: file, noCache: false } as unknown as LoaderSource;
    },
  };
  const environment = new nunjucks.Environment([loader], { autoescape: false, dev: true });
  const host = environment as unknown as Host;
  host.hasTemplate = (name) => files.read(name) !== undefined;
  for (const [name, filter] of Object.entries(FILTERS)) environment.addFilter(name, filter);
  for (const [name, test] of Object.entries(TESTS)) host.addTest(name, test);
  environment.addGlobal('range', range);
  for (const name of Object.keys(host.filters)) known.filters.add(name);
  for (const name of Object.keys(host.tests)) known.tests.add(name);
  return { render: (file, variables) => render(environment, files, { file, variables }) };
}

/** What the type declarations leave out of Environment. */
interface Host {
  readonly filters: Readonly<Record<string, unknown>>;
  readonly tests: Readonly<Record<string, unknown>>;
  /** Ours, for runtime.ts. */
  hasTemplate: (name: string) => boolean;
  addTest(name: string, test: (value: unknown, other?: unknown) => boolean): void;
}

function render(
  environment: nunjucks.Environment,
  files: SqlFiles,
  { file, variables }: { file: string; variables: Readonly<Record<string, unknown>> },
): string {
  beginRendering();
  try {
    const text: unknown = environment.getTemplate(file).render(variables);
    // Nunjucks answers null when something in a template waits for a callback.
    if (typeof text !== 'string') throw new Error('it did not come to its end');
    return text;
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    throw new TemplateError({ file: files.label(file) }, (error as Error).message);
  }
}
