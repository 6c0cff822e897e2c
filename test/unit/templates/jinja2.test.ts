import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createSqlEnvironment } from '../../../templates/environment.js';
import { type SqlFiles } from '../../../templates/files.js';

interface Golden {
  readonly files: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly cases: readonly { readonly template: string; readonly result?: string; readonly error?: string }[];
}

/** What Jinja2 itself answers, from golden/jinja2.py. */
const golden = JSON.parse(readFileSync(new URL('golden/jinja2.json', import.meta.url), 'utf8')) as Golden;

/** Where ours differs on purpose, or because nunjucks' grammar does. */
const DIFFERENT: Readonly<Record<string, string>> = {
  // Nunjucks' grammar has no tuple without brackets, no index after a dot, and no string literals side by side.
  '{% set a, b = 1, 2 %}{{ a }}{{ b }}': 'refused',
  '{{ event_types.0 }}': 'refused',
  "{{ 'it''s' if false else \"it's\" }}": 'refused',
  // What is behind a value of Python's is none of a template's business.
  "{{ ''.__class__ }}": 'refused',
};

test.each(golden.cases)('$template', ({ template, result, error }) => {
  const ours = render(template);
  const expected = DIFFERENT[template] ?? result ?? 'refused';
  if (expected === 'refused') expect(ours, `Jinja2 says ${error}`).toMatch(/^refused: sql\/(?:case|context)\.sql:1: /);
  else expect(ours).toBe(expected);
});

function render(template: string): string {
  const texts: Readonly<Record<string, string>> = { ...golden.files, 'case.sql': template };
  const files: SqlFiles = {
    directory: '/nowhere',
    label: (name) => `sql/${name}`,
    read(name) {
      return texts[name];
    },
  };
  try {
    return createSqlEnvironment({ files }).render('case.sql', structuredClone(golden.variables));
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}
