import nunjucks from 'nunjucks';
import { describe, expect, test } from 'vitest';
import { createSqlEnvironment, LazyValue } from '../../../templates/environment.js';
import { TemplateError } from '../../../templates/errors.js';
import { type SqlFiles } from '../../../templates/files.js';

const VARIABLES = { event_types: ['$ai_trace', '$ai_span'], date_start: '2025-01-01' };

function filesOf(texts: Readonly<Record<string, string>>): SqlFiles {
  return { directory: '/nowhere', read: (name) => texts[name], label: (name) => `sql/${name}` };
}

function render(text: string, others: Readonly<Record<string, string>> = {}): string {
  return createSqlEnvironment({ files: filesOf({ ...others, 'm.sql': text }) }).render('m.sql', VARIABLES);
}

/** The error of rendering `text`, as `file:line: reason`. */
function refusal(text: string, others: Readonly<Record<string, string>> = {}): string {
  try {
    return `rendered: ${render(text, others)}`;
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError);
    return (error as TemplateError).message;
  }
}

describe('something undefined is an error with file and line', () => {
  test.each([
    ['a variable', '\n\n{{ nope }}', 3, '`nope` is undefined (defined here: date_start, event_types)'],
    ['in a condition', '\n{% if nope %}x{% endif %}', 2, '`nope` is undefined'],
    ['in an elif', '{% if false %}\n{% elif nope %}x{% endif %}', 2, '`nope` is undefined'],
    ['in an inline if', "\n{{ 'a' if nope else 'b' }}", 2, '`nope` is undefined'],
    ['behind `not`, `and`, `or`', '\n{{ not (date_start and nope) }}', 2, '`nope` is undefined'],
    ['in a comparison', "\n{{ nope == 'x' }}", 2, '`nope` is undefined'],
    ['in a list to walk over', '\n{% for x in nope %}{% endfor %}', 2, '`nope` is undefined'],
    ['in a loop’s body', '{% for x in event_types %}\n{{ y }}{% endfor %}', 2, '`y` is undefined'],
    ['in a loop’s filter', '\n{% for x in event_types if nope %}{% endfor %}', 2, '`nope` is undefined'],
    ['a loop’s variable after the loop', '{% for x in event_types %}{% endfor %}\n{{ x }}', 2, '`x` is undefined'],
    [
      'what a loop has set, after it',
      '{% for x in event_types %}{% set y = x %}{% endfor %}\n{{ y }}',
      2,
      '`y` is undefined',
    ],
    [
      'what the iteration before has set',
      '{% for x in event_types %}{% if loop.first %}{% set y = x %}{% endif %}\n{{ y }}{% endfor %}',
      2,
      '`y` is undefined',
    ],
    ['set to', '\n{% set x = nope %}', 2, '`nope` is undefined'],
    ['set, inside', '\n{% set x %}\n{{ nope }}{% endset %}', 3, '`nope` is undefined'],
    ['set where it isn’t reached', '{% if false %}{% set x = 1 %}{% endif %}\n{{ x }}', 2, '`x` is undefined'],
    ['an argument', "\n{{ 'a'.replace('a', nope) }}", 2, '`nope` is undefined'],
    ['a filter’s argument', '\n{{ event_types | join(nope) }}', 2, '`nope` is undefined'],
    ['a function', '\n{{ nope() }}', 2, '`nope` is undefined'],
    ['a method', '\n{{ date_start.nope() }}', 2, "`date_start.nope` is undefined: a str has no attribute 'nope'"],
    ['an attribute', '\n{{ event_types.nope }}', 2, "`event_types.nope` is undefined: a list has no attribute 'nope'"],
    [
      'an attribute of `loop`',
      '{% for x in event_types %}\n{{ loop.lst }}{% endfor %}',
      2,
      "`loop.lst` is undefined: a dict has no attribute 'lst'; it has 'index'",
    ],
    ['an attribute of something undefined', '\n{{ nope.x.y }}', 2, '`nope` is undefined'],
    ['an index', '\n{{ event_types[2] }}', 2, '`event_types.2` is undefined: index 2 is out of range'],
    ['a key', "\n{{ {'a': 1}['b'] }}", 2, "is undefined: a dict has no attribute 'b'; it has 'a'"],
    ['a filter', '\n{{ date_start | nope }}', 2, 'there is no filter `nope`'],
    ['a test', '\n{{ date_start is nope }}', 2, 'there is no test `nope`'],
    ['a tag', '\n{% nope %}', 2, 'there is no tag {% nope %}'],
    ['a macro’s argument', '{% macro m(a) %}\n{{ a }}{% endmacro %}{{ m() }}', 2, '`a` is undefined'],
    ['what JavaScript has by itself', '\n{{ toString }}', 2, '`toString` is undefined'],
    ['a constructor', "\n{{ ''.constructor }}", 2, 'is undefined'],
    ['what every object of JavaScript has', "\n{{ {'a': 1}.constructor }}", 2, 'is undefined'],
    ['a constructor by a filter', "\n{{ [[1]] | sum('constructor') }}", 2, "can't be summed up"],
    ['its methods', "\n{{ {'a': 1}['hasOwnProperty']('a') }}", 2, 'is undefined'],
    ['the prototype', '\n{{ event_types.__proto__ }}', 2, 'is undefined'],
    ['a method without call', '\n{{ date_start.upper }}', 2, 'this is a function: call it, with ()'],
    ['None', '\n{{ none }}', 2, 'there is nothing to print: the value is None'],
  ])('%s', (_what, text, line, reason) => {
    expect(refusal(text)).toContain(`sql/m.sql:${line}: `);
    expect(refusal(text)).toContain(reason);
  });

  test('in an included file it is that file and its line', () => {
    expect(refusal("\n{% include 'part.sql' %}", { 'part.sql': '\n\n{{ nope }}' })).toContain('sql/part.sql:3: `nope`');
  });

  test('in a macro of another file too', () => {
    const lib = '{% macro m() %}\n{{ nope }}{% endmacro %}';
    expect(refusal("{% import 'lib.sql' as lib %}\n\n{{ lib.m() }}", { 'lib.sql': lib })).toContain(
      'sql/lib.sql:2: `nope`',
    );
    expect(refusal("{% from 'lib.sql' import m %}\n\n{{ m() }}", { 'lib.sql': lib })).toContain(
      'sql/lib.sql:2: `nope`',
    );
  });

  test('a name that another file doesn’t have', () => {
    const others = { 'lib.sql': '{% macro m() %}{% endmacro %}' };
    expect(refusal("\n{% from 'lib.sql' import m, n %}", others)).toBe('sql/m.sql:2: lib.sql has no `n` to import');
    expect(refusal("{% import 'lib.sql' as lib %}\n{{ lib.n() }}", others)).toContain(
      'sql/m.sql:2: `lib.n` is undefined',
    );
  });

  test('but what asks whether it is defined may ask', () => {
    expect(render("{{ nope is defined }}{{ nope is undefined }}{{ nope | default('d') }}{{ nope | d('e') }}")).toBe(
      'FalseTruede',
    );
    expect(render("{{ {'a': 1}.b is defined }}{{ event_types[7] | default('none') }}")).toBe('Falsenone');
  });
});

describe('what isn’t a template', () => {
  test.each([
    ['a tag without end', '\n{% if date_start', 2],
    ['an expression without end', '\n{{ date_start', 2],
    ['an if without endif', 'x\n{% if date_start %}\n', 3],
    ['an endfor without for', '\n{% endfor %}', 2],
    ['a comment without end', 'x\n{# abc', 2],
    ['a bracket without end', '\n{{ event_types[0 }}', 2],
    ['a slice of four', '\n{{ event_types[0:1:2:3] }}', 2],
    ['an empty index', '\n{{ event_types[] }}', 2],
    ['a method call on a filter’s result', "\n{{ date_start | replace('a', 'b').upper() }}", 2],
    ['an assignment to an attribute', '\n{% set loop.x = 1 %}', 2],
    ['JavaScript’s loops', '\n{% asyncEach x in event_types %}{% endeach %}', 2],
  ])('%s: an error with its line', (_what, text, line) => {
    expect(refusal(text)).toMatch(new RegExp(`^sql/m\\.sql:${line}: \\S`));
    expect(refusal(text)).not.toContain('\n');
  });
});

describe('what can’t be computed', () => {
  test.each([
    ["{{ 'a' + 1 }}", 'a str + a int is not possible; `~` makes texts of both'],
    ['{{ event_types + 1 }}', 'a list + a int is not possible'],
    ['{{ 1 / 0 }}', 'division by zero'],
    ["{{ 1 < 'a' }}", "'<' can't compare 1 with 'a'"],
    ["{{ 'a'.lstrip(1) }}", 'expected a string argument, got int'],
    ["{{ 'a'.upper(1) }}", 'a.upper(): takes 0 arguments, got 1'],
    ["{{ 'a'.replace('a') }}", 'takes 2 to 3 arguments, got 1'],
    ["{{ 'a'.split(seperator=',') }}", "takes no keyword argument 'seperator'"],
    ["{{ 'a'.index('b') }}", 'substring not found'],
    ['{{ event_types.remove(1) }}', '1 is not in the list'],
    ["{{ '{}'.format() }}", 'the format string wants 1 arguments, got 0'],
    ["{{ '%s' % [] }}", 'the format string wants 1 arguments, got 0'],
    ["{{ ', '.join([1]) }}", 'expected a string argument, got int'],
    ['{% for x in 5 %}{% endfor %}', "a int can't be walked over"],
    ['{% set a, b = [1] %}', '2 names are set to 1 values'],
    ['{{ date_start() }}', '`date_start` is not a function'],
  ])('%s', (text, reason) => {
    expect(refusal(`\n${text}`)).toContain('sql/m.sql:2: ');
    expect(refusal(`\n${text}`)).toContain(reason);
  });
});

describe('includes', () => {
  test('a file that includes itself', () => {
    expect(refusal("{% include 'm.sql' %}")).toContain('nested too deeply: does it include itself');
  });

  test('a name that is only known while rendering is refused: the hash could not cover it', () => {
    expect(refusal('\n{% include date_start %}')).toContain(
      'sql/m.sql:2: include and import want the file’s name in quotes',
    );
    expect(refusal("\n{% import 'a' ~ 'b' as x %}")).toContain('sql/m.sql:2: include and import want');
  });

  test('a missing file is an error, unless it may be missing', () => {
    expect(refusal("\n{% include 'gone.sql' %}")).toBe('sql/m.sql:2: there is no file gone.sql to include or import');
    expect(refusal("\n{% import 'gone.sql' as x %}")).toBe(
      'sql/m.sql:2: there is no file gone.sql to include or import',
    );
    expect(render("a{% include 'gone.sql' ignore missing %}b")).toBe('ab');
  });

  test('a file with a syntax error is named', () => {
    expect(refusal("{% include 'bad.sql' %}", { 'bad.sql': '\n{% if %}' })).toMatch(/^sql\/bad\.sql:2: /);
  });
});

test('nothing is escaped, and tags keep their line breaks, so that none ends up in a comment', () => {
  expect(render(`{{ "<'&" }}`)).toBe("<'&");
  expect(render('-- {% if true %}\nSELECT 1 -- {% endif %}\n')).toBe('-- \nSELECT 1 -- \n');
});

test('a lazy value is made when a template asks for it, and only then', () => {
  let asked = 0;
  const relation = new LazyValue(() => `t${++asked}`);
  const environment = createSqlEnvironment({
    files: filesOf({
      'a.sql': '{% if false %}{{ r }}{% endif %}',
      'b.sql': "{{ r }} {{ r.upper() }} {% include 'c.sql' %}",
      'c.sql': '{{ r }}',
    }),
  });
  expect(environment.render('a.sql', { r: relation })).toBe('');
  expect(asked).toBe(0);
  expect(environment.render('b.sql', { r: relation })).toBe('t1 T2 t3');
});

test('one environment renders many times, and a rendering leaves nothing behind', () => {
  const environment = createSqlEnvironment({
    files: filesOf({ 'a.sql': '{% set x = 1 %}{% set _ = l.append(1) %}{{ l }}', 'b.sql': '{{ x }}' }),
  });
  expect(environment.render('a.sql', { l: [] })).toBe('[1]');
  expect(environment.render('a.sql', { l: [] })).toBe('[1]');
  expect(() => environment.render('b.sql', {})).toThrow('`x` is undefined');
});

test('other users of nunjucks notice nothing', () => {
  expect(render("{{ 'xa'.lstrip('x') }}")).toBe('a');
  const other = new nunjucks.Environment(null, { autoescape: false });
  expect(
    other.renderString("[{{ nope }}]{{ 'a' + 1 }}{{ [] and 'js' }}{{ 'abc'.toUpperCase() }}{{ 'a'.lstrip }}", {}),
  ).toBe('[]a1jsABC');
  expect(nunjucks.renderString('{{ [1, 2] }}', {})).toBe('1,2');
});
