"""Writes jinja2.json: what Jinja2 itself renders, or that it refuses. Run it again after changing the cases.

    python3 -m pip install jinja2==3.1.6
    python3 test/unit/templates/golden/jinja2.py > test/unit/templates/golden/jinja2.json
    npx prettier --write test/unit/templates/golden/jinja2.json
"""
import json
import sys

sys.path.pop(0)  # this file's own name hides the library
import jinja2  # noqa: E402

FILES = {
    "lib.sql": "{% macro column(name, alias='x') %}{{ name }} AS {{ alias }}{% endmacro %}{% set unit = 'ms' %}",
    "part.sql": "[{{ date_start }}{% set leaked = 1 %}]",
    "context.sql": "{% macro when() %}{{ date_start }}{% endmacro %}",
}
VARIABLES = {
    "event_types": ["$ai_trace", "$ai_generation", "$ai_span"],
    "date_start": "2025-01-01",
    "date_end": "2025-01-02",
    "names": {"b": 1, "a": [1, 2]},
    "empty": [],
    "zero": 0,
}
CASES = r"""
{{ event_types }}
{{ names }}
{{ true }} {{ false }} {{ none is none }}
{{ 1 }} {{ 1.5 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 2 ** 3 }} {{ 7 / 2 }}
{{ 'a' + 'b' }} {{ 'a' ~ 1 ~ 'b' }} {{ [1] + [2] }} {{ 'ab' * 2 }}
{{ 'a' + 1 }}
{{ 1 + 'a' }}
{{ '%s_%d' % ('a', 3) }} {{ '%05.1f%%' % 2.25 }} {{ '%-4s|' % 'a' }}
{{ '%s %s' % ('a',) }}
{{ '%(x)s' % {'x': 1} }}
{{ "%s-%s"|format(1, 'b') }}
{{ event_types[0][1:] }} {{ event_types[-1] }} {{ event_types[1:] }} {{ 'abcdef'[::2] }} {{ 'abcdef'[::-1] }} {{ 'abcdef'[-3:-1] }} {{ 'abc'[5:] }}
{{ event_types[7] }}
{{ event_types[0].lstrip('$').replace('_', '-').upper() }}
{{ event_types | join(', ') }} {{ "', '".join(event_types) }}
{{ event_types | map('upper') | join }} {{ event_types | length }} {{ event_types | first }} {{ event_types | last }}
{{ [3, 1, 2] | sort | join(',') }} {{ [3, 1, 2] | max }} {{ [3, 1, 2] | min }} {{ [1, 1, 2] | unique | list }}
{{ 'x' if empty else 'y' }} {{ 'x' if zero else 'y' }} {{ 'x' if names else 'y' }} {{ 'x' if event_types }}
{% if empty %}a{% elif event_types %}b{% else %}c{% endif %}
{{ empty or 'fallback' }} {{ event_types and 'yes' }} {{ zero or 'z' }} {{ not empty }} {{ 1 and 2 }}
{{ '$ai_span' in event_types }} {{ 'x' not in event_types }} {{ 'ai' in '$ai' }} {{ 'b' in names }}
{{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 'a' < 'b' }} {{ 1 == 1 }} {{ '1' == 1 }} {{ [1] == [1] }} {{ 1 != 2 }}
{{ 'a' < 1 }}
{% for e in event_types %}{{ loop.index }}/{{ loop.length }}:{{ e }}{% if not loop.last %},{% endif %}{% endfor %}
{% for e in event_types %}{{ loop.first }}{{ loop.index0 }}{{ loop.revindex }}{% endfor %}
{% for e in empty %}x{% else %}none{% endfor %}
{% for e in event_types if e != '$ai_trace' %}{{ e }}{{ loop.index }}{{ loop.last }} {% endfor %}
{% for k, v in names.items() %}{{ k }}={{ v }};{% endfor %}
{% for k, v in names.items() if k != 'b' %}{{ k }}={{ v }};{% endfor %}
{% for k in names %}{{ k }}{% endfor %}
{% for c in 'abc' %}{{ c }}.{% endfor %}
{% for a, b in [(1, 2), [3, 4]] %}{{ a }}{{ b }} {% endfor %}
{% for x in (1, 2) %}{{ x }}{% endfor %}{{ 2 in (1, 2) }}{{ 'a' in ('ab', 'c') }}
{% for x in none %}{% endfor %}
{% for x in 5 %}{% endfor %}
{% set a = 1 %}{% for x in [1, 2] %}{% set a = a + x %}{{ a }},{% endfor %}{{ a }}
{% for x in [1, 2] %}{% if loop.first %}{% set a = 1 %}{% endif %}{{ a }}{% endfor %}
{% for x in [1] %}{% set inner = 2 %}{% endfor %}{{ inner }}
{% if true %}{% set a = 5 %}{% endif %}{{ a }}
{% if false %}{% set a = 5 %}{% endif %}{{ a }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}
{% set pair = [1, 2] %}{% set a, b = pair %}{{ a }}{{ b }}
{% set a, b = [1, 2, 3] %}
{% set block %}x{{ date_start }}y{% endset %}{{ block | upper }}{{ block.strip('x') }}
{% macro m(a, b='B') %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }} {{ m('x', b='y') }} {{ m(b=2, a=1) }} {{ m(1, 2) + '!' }} {{ m(1) == '1B' }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}
{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}inner{% endcall %}
{% include 'part.sql' %}{{ leaked is defined }}
{% import 'lib.sql' as lib %}{{ lib.column('a') }} {{ lib.column('a', alias='b') }} {{ lib.unit }}
{% from 'lib.sql' import column as c, unit %}{{ c('q') }}{{ unit }}
{% from 'lib.sql' import nothing %}{{ nothing }}
{% import 'lib.sql' as lib %}{{ lib.nothing }}
{% import 'context.sql' as c %}{{ c.when() }}
{% import 'context.sql' as c with context %}{{ c.when() }}
{% include 'missing.sql' ignore missing %}ok
{% include 'missing.sql' %}
a  {%- if true -%}  b  {%- endif -%}  c
{{- ' x ' -}}  y
a {#- comment -#} b{# {{ undefined_there }} #}
{% raw %}{{ raw }}{% endraw %}
{% filter upper %}abc{{ date_start }}{% endfilter %}
{{ undefined_name }}
{{ undefined_name.attribute }}
{{ names.attribute }}
{{ names['b'] }} {{ names.get('b') }} {{ names.get('q', 'd') }}
{{ date_start.nothing }}
{{ undefined_function() }}
{% if undefined_name %}{% endif %}
{% if undefined_name is defined %}a{% else %}b{% endif %} {{ names.q is defined }} {{ undefined_name is undefined }}
{{ undefined_name | default('d') }} {{ names.q | default('d') }} {{ zero | default('d') }} {{ zero | default('d', true) }}
{{ undefined_name.x is defined }}
{% for x in undefined_name %}{% endfor %}
{% set x = undefined_name %}{{ x }}
{{ [undefined_name] | join }}
{{ 'a' ~ undefined_name }}
{{ undefined_name == 1 }}
{{ not undefined_name }}
{{ event_types | nofilter }}
{{ 1 is notest }}
{{ 3 is divisibleby(3) }} {{ 4 is even }} {{ 'a' is string }} {{ 3 is number }} {{ [1] is sequence }} {{ none is none }} {{ names is mapping }} {{ 1 in [1] }}
{{ range(3) | list }} {% for i in range(1, 7, 2) %}{{ i }}{% endfor %}
{{ 1 / 0 }}
{{ 'abc'.lstrip(1) }}
{{ 'abc'.nothing() }}
{{ '{}:{x}'.format(1, x='y') }}
{% set xs = [1] %}{% set _ = xs.append(2) %}{{ xs }} {{ xs.index(2) }} {{ xs.count(1) }}
{{ 'a,b'.split(',') }} {{ 'a b'.title() }} {{ 'x'.join(['a', 'b']) }}
{% set ns = names %}{{ ns.b }}
{{ (1, 2) | join('-') }}
{{ 'it''s' if false else "it's" }}
{{ "it's" | list | first }} {{ ["it's", 'say "x"', 'b\\c'] }}
{{ 'a\nb' }}
{% endif %}
{% if true %}
{{ 'a' 
{% unknown %}
{{ ''.__class__ }}
{{ event_types.0 }}
{{ loop }}
{{ 10 | string + 'x' }}
{{ '3' | int + 1 }} {{ 'q' | int(5) }} {{ '2.5' | float }}
{{ 'a' | replace('a', 'b') | upper }} {{ ' x ' | trim }} {{ 'xxa' | trim('x') }} {{ 'hello world' | title }}
{{ 2.675 | round(2) }} {{ [1, 2, 3] | sum }} {{ 'abc' | reverse }} {{ [[1, 'a'], [2, 'b']] | map('last') | list }}
{{ [{'a': 1}, {'a': 2.5}] | sum('a') }} {{ [{'a': 1}] | sum(attribute='a', start=5) }} {{ [1, 2] | sum(start=10) }} {{ [] | sum }}
{{ ['a'] | sum }}
{{ [[1]] | sum('constructor') }}
{{ [{'n': 1}, {'n': 2}] | map(attribute='n') | join(',') }}
{% for e in event_types %}{% for f in [1, 2] %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}
""".strip("\n").split("\n")

environment = jinja2.Environment(
    loader=jinja2.DictLoader(FILES), undefined=jinja2.StrictUndefined, keep_trailing_newline=True
)
results = []
for case in CASES:
    try:
        results.append({"template": case, "result": environment.from_string(case).render(**VARIABLES)})
    except Exception as error:  # noqa: BLE001
        results.append({"template": case, "error": f"{type(error).__name__}: {error}"})
print(json.dumps({"files": FILES, "variables": VARIABLES, "cases": results}, indent=1))
