import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageFile } from '../../../config/package-file.js';
import { loadCatalogue, type Catalogue } from '../../../templates/catalogue.js';
import { CatalogueError } from '../../../templates/errors.js';

let parent: string;
let sqlDir: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'llma-catalogue-'));
  sqlDir = join(parent, 'sql');
  mkdirSync(sqlDir);
});
afterEach(() => rmSync(parent, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(sqlDir, name)), { recursive: true });
    writeFileSync(join(sqlDir, name), text);
  }
}

function load(files: Readonly<Record<string, string>> = {}, only?: readonly string[]): Catalogue {
  write(files);
  return loadCatalogue({ sqlDir, only });
}

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CatalogueError);
    return (error as CatalogueError).problems;
  }
  throw new Error('nothing was wrong');
}

const names = ({ templates }: Catalogue) => templates.map(({ name }) => name);
const hashOf = (catalogue: Catalogue, name = 'm') =>
  catalogue.templates.find((template) => template.name === name)?.hash;

describe('which files are templates', () => {
  test('*.sql of the directory itself, by name', () => {
    const files = {
      'b.sql': '',
      'a-1_x.sql': '',
      'c.txt': '',
      '.hidden.sql': '',
      'sub/d.sql': '',
      'README.md': '',
      'e.sql.bak': '',
    };
    expect(names(load(files))).toEqual(['a-1_x', 'b']);
  });

  test('each has its name, file and text', () => {
    const [template] = load({ 'm.sql': 'SELECT 1' }).templates;
    expect(template).toMatchObject({ name: 'm', file: 'sql/m.sql', source: 'SELECT 1', mentionsLlmEvents: false });
    expect(template?.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('the shipped ones', () => {
    const catalogue = loadCatalogue({ sqlDir: packageFile('sql') });
    expect(names(catalogue)).toEqual(expect.arrayContaining(['error_rates', 'event_counts']));
    expect(catalogue.sources.map(({ name }) => name)).toContain('posthog_events');
  });

  test.each(['Upper.sql', 'a b.sql', "it's.sql", 'ä.sql', 'a.b.sql', '.sql'.padStart(5, '$')])(
    '%j can’t be a template',
    (file) => {
      expect(problemsOf(() => load({ [file]: '' }))).toEqual([
        `sql/${file}: a template’s name has only a-z, 0-9, _ and -, and ends with .sql; rename the file`,
      ]);
    },
  );

  test('everything that is wrong is said at once', () => {
    writeFileSync(join(parent, 'outside.sql'), '');
    symlinkSync(join(parent, 'outside.sql'), join(sqlDir, 'link.sql'));
    symlinkSync(join(parent, 'gone.sql'), join(sqlDir, 'nothing.sql'));
    expect(problemsOf(() => load({ 'A.sql': '', 'B.sql': '', 'sources/C.sql': '' }))).toEqual([
      expect.stringContaining('sql/sources/C.sql: a template’s name'),
      expect.stringContaining('sql/A.sql: a template’s name'),
      expect.stringContaining('sql/B.sql: a template’s name'),
      expect.stringContaining('sql/link.sql: "link.sql" is a link to'),
      expect.stringContaining('sql/nothing.sql: the file is gone, or a link to nothing'),
    ]);
  });

  test('no templates, or no directory, is an error that says where it looked', () => {
    expect(problemsOf(() => load())).toEqual([
      `there are no metric templates: looked for *.sql in ${sqlDir} (LLMA_SQL_DIR)`,
    ]);
    const gone = join(parent, 'gone');
    expect(problemsOf(() => loadCatalogue({ sqlDir: gone }))).toEqual([
      `there is no directory ${gone}: create it, or set LLMA_SQL_DIR`,
    ]);
  });
});

describe('the allow-list', () => {
  test('selects', () => {
    expect(names(load({ 'a.sql': '', 'b.sql': '', 'c.sql': '' }, ['c', 'a']))).toEqual(['a', 'c']);
  });

  test('an unknown name is an error that lists the known ones', () => {
    expect(problemsOf(() => load({ 'a.sql': '', 'b.sql': '' }, ['a', 'x', 'y']))).toEqual([
      'there is no metric template "x", "y"; known are a, b',
    ]);
  });
});

describe('hashes', () => {
  const SOURCE = { 'sources/s.sql': 'SELECT 1' };

  test('are the same for the same texts, wherever they are', () => {
    const before = load({ 'm.sql': 'SELECT 1' });
    expect(load().hash).toBe(before.hash);
    expect(hashOf(load())).toBe(hashOf(before));
  });

  test('change with the text, and with nothing else’s', () => {
    const before = load({ ...SOURCE, 'm.sql': 'SELECT 1', 'n.sql': 'SELECT 2' });
    const after = load({ 'm.sql': 'SELECT 3' });
    expect(hashOf(after)).not.toBe(hashOf(before));
    expect(hashOf(after, 'n')).toBe(hashOf(before, 'n'));
    expect(after.hash).not.toBe(before.hash);
  });

  test.each([
    ['an include', "{% include 'p/x.sql' %}"],
    ['an import', "{% import 'p/x.sql' as x %}"],
    ['a from', "{% from 'p/x.sql' import y %}"],
    ['an include in a branch', "{% if false %}{% for a in b %}{% include 'p/x.sql' %}{% endfor %}{% endif %}"],
    ['an include that may be missing', "{% include 'p/x.sql' ignore missing %}"],
    ['an include of an include', "{% include 'p/outer.sql' %}"],
  ])('change with the text of %s', (_what, text) => {
    const before = load({ 'm.sql': text, 'p/x.sql': '1', 'p/outer.sql': "{% include 'p/x.sql' %}" });
    expect(hashOf(load({ 'p/x.sql': '2' }))).not.toBe(hashOf(before));
  });

  test('change when a file that was missing is there', () => {
    const before = load({ 'm.sql': "{% include 'x.txt' ignore missing %}" });
    expect(hashOf(load({ 'x.txt': '' }))).not.toBe(hashOf(before));
  });

  test('files that include each other have one too', () => {
    expect(hashOf(load({ 'm.sql': "{% include 'n.sql' %}", 'n.sql': "{% include 'm.sql' %}" }))).toMatch(
      /^[0-9a-f]{64}$/,
    );
  });

  test('those of templates that use llm_events change with the sources', () => {
    const files = {
      ...SOURCE,
      'm.sql': 'FROM {{ llm_events }}',
      'n.sql': 'FROM events',
      'o.sql': "{% include 'p/x.sql' %}",
      'p/x.sql': '{% set r = llm_events %}',
    };
    const before = load(files);
    const after = load({ 'sources/s.sql': 'SELECT 2' });
    expect(hashOf(after, 'm')).not.toBe(hashOf(before, 'm'));
    expect(hashOf(after, 'o')).not.toBe(hashOf(before, 'o'));
    expect(hashOf(after, 'n')).toBe(hashOf(before, 'n'));
    expect(before.templates.map(({ mentionsLlmEvents }) => mentionsLlmEvents)).toEqual([true, false, true]);
    expect(after.hash).not.toBe(before.hash);
  });

  test('that of the catalogue changes when a template is renamed, added or left out', () => {
    const one = load({ 'a.sql': 'SELECT 1' });
    const two = load({ 'b.sql': 'SELECT 1' });
    const only = load({}, ['b']);
    expect(new Set([one.hash, two.hash, only.hash]).size).toBe(3);
  });

  test('a template that can’t be parsed has a hash; rendering says what is wrong', () => {
    const catalogue = load({ 'm.sql': '{% if %}', 'n.sql': "{% include '../x' %}" });
    expect(catalogue.templates.map(({ hash }) => hash.length)).toEqual([64, 64]);
    expect(() => catalogue.environment.render('m.sql', {})).toThrow('sql/m.sql:1:');
  });
});

describe('sources', () => {
  test('the directory’s own, if it has any, else the shipped ones', () => {
    expect(load({ 'm.sql': '' }).sourceFiles.directory).toBe(packageFile('sql', 'sources'));
    const own = load({ 'sources/mine.sql': '' });
    expect(own.sources.map(({ name, file }) => ({ name, file }))).toEqual([
      { name: 'mine', file: 'sql/sources/mine.sql' },
    ]);
  });
});

test('what changes afterwards is not seen: a catalogue is one state of the directory', () => {
  const catalogue = load({ 'm.sql': "{% include 'x.sql' %}", 'x.sql': 'before' });
  write({ 'm.sql': 'after', 'x.sql': 'after' });
  expect(catalogue.environment.render('m.sql', {})).toBe('before');
  expect(loadCatalogue({ sqlDir }).environment.render('m.sql', {})).toBe('after');
});

test('the header’s metric names', () => {
  const catalogue = load({ 'a.sql': '-- metrics: x, y_*\nSELECT 1', 'b.sql': 'SELECT 1' });
  expect(catalogue.templates.map(({ declaredMetrics }) => declaredMetrics)).toEqual([['x', 'y_*'], undefined]);
});
