import { StrictCompiler } from './compiler.js';
import { type CompilerOptions } from './expression-compiler.js';
import { type RenderFunction } from './nunjucks-internals.js';
import { parseTemplate, syntaxError } from './parser.js';
import { createRuntime } from './runtime.js';

/** A template as nunjucks takes one that was compiled before: its root, and its blocks as `b_<name>`. */
export type CompiledTemplate = Readonly<Record<string, RenderFunction>>;

/**
 * Compiles `source` into functions that use our strict runtime, whichever runtime nunjucks hands them.
 * @param file as people name it, for errors.
 * @throws TemplateError with file and line.
 */
export function compileTemplate(source: string, file: string, options: CompilerOptions): CompiledTemplate {
  const root = parseTemplate(source, file);
  const compiler = new StrictCompiler(file, true);
  compiler.options = { ...options, source };
  try {
    compiler.compile(root);
  } catch (error) {
    throw syntaxError(error, { file, line: 1 });
  }
  // This is how nunjucks itself turns its generated code into functions. Templates are as trusted as the SQL in them.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const load = new Function(compiler.getCode()) as () => Record<string, RenderFunction>;
  const runtime = createRuntime(file);
  const strict =
    (render: RenderFunction): RenderFunction =>
    (...[env, context, frame, , callback]) =>
      render(env, context, frame, runtime, callback);
  return Object.fromEntries(Object.entries(load()).map(([name, render]) => [name, strict(render)]));
}
