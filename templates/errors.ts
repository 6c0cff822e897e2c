/** Where in `sql/` something is: a file as people name it (`sql/event_counts.sql`) and, where known, its line (from 1). */
export interface Place {
  readonly file: string;
  readonly line?: number | undefined;
}

/** A template that can't be rendered. The message begins with `file:line:`; `reason` is the rest. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly file: string;
  readonly line: number | undefined;
  readonly reason: string;

  constructor({ file, line }: Place, reason: string) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${reason}`);
    this.file = file;
    this.line = line;
    this.reason = reason;
  }

  /** Nunjucks calls this to put its own path and line before a message; ours has them already. */
  Update(): this {
    return this;
  }
}

/** `sql/` itself can't be used: no templates, names that can't be, an unknown name in the allow-list. Says everything at once. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? String(problems[0]) : problems.map((problem) => `\n  ${problem}`).join(''));
    this.problems = problems;
  }
}

/** That a statement is not described, for what a description of it would take. Its message says why, and what to do. */
export class UndescribedError extends Error {
  override readonly name = 'UndescribedError';
}
