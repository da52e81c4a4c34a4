#!/usr/bin/env python3
"""Writes Tests/Fixtures/templates/*.json: chat templates with what Jinja2 renders from them.

    pip install jinja2==3.1.6 && Scripts/make-template-fixtures.py

The templates and chats are those of Tests/Python/chat_templates.py. A case has `expected`, or `fails` where Jinja2 raises
an error.
"""

import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent / "Tests"
FOLDER = TESTS / "Fixtures" / "templates"
sys.path.insert(0, str(TESTS / "Python"))

from chat_templates import CHATS, TEMPLATES, TIME, VARIABLES, environment, rendered  # noqa: E402

# In fixtures; the rest of the templates is compared by Tests/Python/test_chat_templates.py.
FAMILIES = ["chatml", "llama", "mistral", "gemma", "phi", "qwen", "macros"]


def case(template, messages, prompt, variables):
    text, error = rendered(template, messages, prompt, variables)
    return {"fails": error} if text is None else {"expected": text}


VALUES = {
    "s": "Hello, World", "e": "", "sp": "  a b \n c\t ", "u": "straße ΑΣ ŉ ǆ", "q": "it's \"x\" \\ \n\u200b\x7f é",
    "n": 7, "m": -7, "z": 0, "f": 2.5, "g": 1e16, "h": 1e-5, "big": 123456789012345680.0, "t": True, "no": None,
    "l": [3, 1, 2], "w": ["b", "A", "c", "a"], "d": {"b": 1, "a": [1, {"x": None}], "C": "z"}, "el": [], "ed": {},
    "o": [{"n": "x", "v": 1, "k": {"y": 5}}, {"n": "Y", "v": 0, "k": {"y": 4}}, {"n": "z", "v": 2}],
    "lines": "one\ntwo\n\nthree\r\nfour\n", "items": {"items": 3, "get": 4},
}

EXPRESSIONS = """
s ~ n ~ f ~ t ~ no|s + 1|l + [4]|l * 2|'ab' * 3|3 * 'ab'|n / 2|n // 2|m // 2|n % 3|m % 3|m % -3|2 ** 10|-n + 1|+n|f * 2|f // 1
n + t|t + t|g|h|big|1.0|0.1 + 0.2|1e3|5.0 // 2|-5.5 % 2|n / 0|1_000|0.5e-7|1e22|1.5e300
s == 'Hello, World'|1 == 1.0|t == 1|no == none|missing == missing|l == [3, 1, 2]|d == d|1 < 2 < 3|1 < 2 > 3|'a' < 'b'|[1, 2] < [1, 3]|1 < 'a'
'World' in s|3 in l|'a' in d|'q' not in d|x in missing|1 in s|not t|not not e|t and n|e or 'd'|no or e or 0|t and e
missing|missing.a|d.missing|d.missing.b|d['missing']|no.x|no['x']|s.x|l[0]|l[-1]|l[9]|s[0]|s[-1]|s[99]|d.b|d['a'][1].x|l.x|n.x|d[0]
s[1:3]|s[:-3]|s[::-1]|s[::2]|l[1:]|l[::-1]|l[5:]|l[-2:]|l[:0]|l[10:0:-1]|l[-100:100]|s[no:2]|l[::0]|(1, 2, 3)[1:]|no[1:]|s[5:1:-2]
'a' if t else 'b'|'a' if e else 'b'|'a' if e|'a' if t else 'b' if e else 'c'|('a' if e) is defined
[1, 'a', none, true, 1.5, [2], (3,), (), {'k': 'v'}]|{'a': 1, 2: 'b', none: 3}|(1,)|()|[]|{}|{'a': 1,}|[1, 2,]|(1, 2,)
q|[q]|['it\\'s']|["a\\"b'c"]|['\\n\\t\\r\\\\']|['\\u00e9\\u200b\\U0001f600']|'\\x41\\101\\q'|'a' 'b' "c"
l|length|s|length|d|length|missing|length|n|length|s|upper|u|upper|u|lower|s|lower|'hELLO wORLD'|capitalize|'ßa'|capitalize|'ǆx'|capitalize
'hello wORLD-foo (bar) it\\'s'|title|'hello wORLD-foo it\\'s'.title()|sp|trim|'xxaxx'|trim('x')|n|trim|no|string|l|string|s|list|d|list|missing|list|n|list
l|first|l|last|el|first|el|last|s|first|d|first|l|join(', ')|w|join|o|join('-', attribute='n')|el|join('x')|s|join('.')|l|reverse|list|s|reverse
l|sort|w|sort|w|sort(case_sensitive=true)|w|sort(reverse=true)|l|sort(true)|o|sort(attribute='v')|map(attribute='n')|list|o|sort(attribute='n')|map(attribute='n')|join
d|dictsort|d|dictsort(true)|{'a': 2, 'b': 1}|dictsort(by='value')|{'a': 2, 'b': 1}|dictsort(false, 'key', true)|l|dictsort|d|items|list|missing|items|list|n|items
w|unique|list|w|unique(true)|list|['a', 'A', 1, 1.0, true]|unique|list|w|map('upper')|list|w|map('replace', 'a', 'x')|join|o|map(attribute='k.y')|list|o|map(attribute='k.y', default=0)|list
o|selectattr('v')|map(attribute='n')|list|o|selectattr('v', 'gt', 0)|list|length|o|rejectattr('v')|list|length|o|selectattr('n', 'equalto', 'x')|list|o|selectattr('k', 'defined')|list|length|o|rejectattr('k', 'defined')|list|length
[1, 0, 2, none]|select|list|[1, 0, 2]|reject|list|[1, 2, 3, 4]|select('even')|list|[1, 2, 3]|select('gt', 1)|list|w|select('in', ['a', 'b'])|list|[1, 'a']|select('string')|list
missing|default('d')|e|default('d')|e|default('d', true)|no|default('d')|no|d('d', boolean=true)|missing|default|missing.x|default('d')|n|default(missing)
d|tojson|d|tojson(indent=2)|l|tojson(indent=0)|d|tojson(indent='--')|d|tojson(separators=(',', ':'))|{'b': 1, 'a': 2}|tojson(sort_keys=true)|q|tojson|u|tojson(ensure_ascii=true)|'😀'|tojson(ensure_ascii=true)
no|tojson|t|tojson|f|tojson|g|tojson|{1: 2, none: 3, true: 4, 1.5: 5}|tojson|(1, 2)|tojson|missing|tojson|ed|tojson(indent=2)|el|tojson(indent=2)|[[], {}, [1]]|tojson(indent=2)|'\\u0001\\b\\f'|tojson
'12'|int|'x'|int|'x'|int(5)|'3.7'|int|f|int|' 4 '|int|no|int|'2.5'|float|'x'|float|n|float|m|abs|-2.5|abs|true|int
lines|indent|lines|indent(2)|lines|indent(2, true)|lines|indent(2, true, true)|'a\\nb'|indent('> ')|e|indent(first=true)|'a\\r\\nb'|replace('a', 'x')|s|replace('l', 'L', 1)|s|replace('', '-')|s|safe
n is defined|missing is defined|missing is undefined|d.b is defined|no is none|s is string|n is string|l is iterable|n is iterable|d is mapping|l is mapping|l is sequence|d is sequence|s is sequence|n is sequence|missing is iterable|missing is sequence
t is boolean|n is boolean|no is boolean|t is true|n is true|z is false|not t is false|n is number|t is number|f is number|s is number|t is integer|n is integer|f is float|n is odd|n is even|n is divisibleby 7|n is divisibleby(2)|n is eq 7|n is ne 7|n is gt 3|n is lt(3)|3 is in l|3 is in(l)|n is not defined|s is lower|'abc' is lower|'ABC1' is upper|range is callable|n is callable
sp.strip()|sp.lstrip()|sp.rstrip()|'xxaxx'.strip('x')|'xxaxx'.rstrip('x')|sp.split()|'a,b,,c'.split(',')|'a,b,,c'.split(',', 1)|sp.split(none, 1)|'a,b,c'.rsplit(',', 1)|'abc'.split('')|'a<t>b<t>c'.split('<t>')[-1]|lines.splitlines()|'a--b'.split('-')|e.split()|e.split(',')
s.replace('l', 'L')|s.replace('l', 'L', 2)|s.startswith('Hell')|s.startswith(('x', 'H'))|s.endswith('ld')|s.endswith('')|s.upper()|s.lower()|'hELLO'.capitalize()|', '.join(w)|', '.join([1, 2])|s.find('o')|s.find('zz')|s.count('o')|'12'.isdigit()|'1a'.isdigit()|e.isdigit()|s.removeprefix('Hello')|s.removesuffix('x')
d.items()|list|d.keys()|list|d.values()|list|d.get('b')|d.get('zz')|d.get('zz', 5)|items.items|length|items['items']|items.items()|list|items['get']|d['items'] is callable|d.b.c.d
range(3)|list|range(1, 7, 2)|list|range(3, 0, -1)|list|range(0)|list|range(200000)|list|dict(a=1, b=2)|dict({'x': 1}, y=2)|namespace(a=1).a|namespace(a=1).b|raise_exception('no')|strftime_now('%Y-%m-%d')|strftime_now('%d %b %Y')
l.append(4)|d.update({'x': 1})|l.pop()|missing()|n()|s.nosuch|s()|l|length > 2 and t|l|length + 1|n|string + 'x'|(l|join) ~ 'x'|-n|abs|not n is odd|n is odd and t|1 if n is odd else 2
{'a': {'b': {}}}|{'a':{'b':1}}.a.b|[1, 2][0]|'abc'[1]|(1 + 2) * 3|2 + 3 * 4|10 - 3 - 2|'a' ~ 1 + 2|not 1 == 2|1 + 2 ~ 3|2 * 3 ~ 4|-2 ** 2|2 ** 3 ** 2|1 - -1
"""

STATEMENTS = [
    "{% for x in l %}{{ loop.index }}/{{ loop.index0 }}/{{ loop.revindex }}/{{ loop.revindex0 }}/{{ loop.first }}/{{ loop.last }}/{{ loop.length }}/{{ loop.depth }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }};{% endfor %}",
    "{% for x in l if x > 1 %}{{ loop.index }}{{ x }}{{ loop.length }}{% else %}none{% endfor %}",
    "{% for x in el %}a{% else %}none{% endfor %}{% for x in l if x > 9 %}a{% else %}none{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }},{% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for c in 'ab' %}{{ c }}.{% endfor %}",
    "{% for (a, b) in [(1, 2), (3, 4)] %}{{ a }}{{ b }}{% endfor %}{% for a, b in [[1, 2], [3]] %}x{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}|{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% else %}e{% endfor %}",
    "{% for x in l %}{% for y in w %}{{ loop.depth }}{{ loop.index }}{% endfor %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in [1, 1, 2, 2] %}{{ loop.changed(x) }}{% endfor %}",
    "{% for x in n %}{% endfor %}", "{% for x in missing %}a{% else %}b{% endfor %}", "{% for x in no %}{% endfor %}",
    "{% set a = 1 %}{% for x in l %}{% set a = a + x %}{{ a }},{% endfor %}{{ a }}",
    "{% set ns = namespace(a=1) %}{% for x in l %}{% set ns.a = ns.a + x %}{% endfor %}{{ ns.a }}",
    "{% if t %}{% set a = 5 %}{% endif %}{{ a }}{% if e %}{% set b = 5 %}{% endif %}{{ b is defined }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = 1, 2 %}{{ c }}{% set d2.x = 3 %}",
    "{% set x %}a{{ n }}b{% endset %}[{{ x }}]{% set y | upper | trim %}  abc {% endset %}[{{ y }}]",
    "{% macro f(a, b=2, c='x') %}({{ a }},{{ b }},{{ c }}){% endmacro %}{{ f(1) }}{{ f(1, 3) }}{{ f(a=5, c='q') }}{{ f() }}{{ f(1, 2, 3, 4) }}",
    "{% macro f(a, b=2) %}({{ a }},{{ b }}){% endmacro %}{{ f() }}{{ f(b=1) }}{{ f(1)|upper|length }}{{ f.name }}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
    "{% set v = 1 %}{% macro f() %}{{ v }}{% set v = 9 %}{{ v }}{% endmacro %}{{ f() }}{{ v }}{% set v = 2 %}{{ f() }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{% macro g(a) %}[{{ f(a) }}]{% endmacro %}{{ g('x') ~ g('y') }}{{ f(zz=1) }}",
    "{% if no is none %}a{% elif t %}b{% else %}c{% endif %}{% if e %}a{% elif t %}b{% else %}c{% endif %}{% if e %}a{% elif z %}b{% else %}c{% endif %}",
    "{% if l|length > 2 %}long{% endif %}{% if 'a' in d and d.a %}has{% endif %}",
    "  {% if t %}\n  x\n  {% endif %}\n y", "a\n  {%- if t %}  b  {%- endif %}\nc", "a {{- n -}} b {{ n }} c", "{{ n }}\n{{ n }}\n",
    "{% if t %}\n\n  a{% endif %}\n\nb\n\n", "  {%+ if t %}a{% endif +%}\nb", "x  {# c #}\n  y {#- c -#}\n z", "  {# c #}  \n  {% set a = 1 %}  \n b",
    "\t{% if t -%}\n  a\n\t{%- endif -%}\n  b", "a{% if t %} {% endif %}b\n {% if t %}\nc\n {% endif %}\n\n", "{{ '}}' }}{{ '{%' }}{{ {'a': {'b': 2}}['a']['b'] }}",
    "a\r\nb\rc\n\n", "{{ 'a\nb' }}", "{#- x -#}", "{##}a", "a{#}b#}c", "{{ n }}{# a\n b #}\n\nx", "{% set x = 1 %}\n{% set y = 2 %}\n{{ x }}{{ y }}\n",
    "  {{ n }}\n  {{- n }}", "\n\n{%- if t %}\n\n{%- endif %}\n\n", "\x0b {% if t %}a{% endif %}", "a\x85 {%- if t %}b{% endif %}", "{% generation %}a{{ n }}{% endgeneration %}b",
    "{{ a }", "{{ n", "{% if t %}", "{% endif %}", "{{ 'a }}", "{% for x l %}{% endfor %}", "{{ (1 }}", "{{ 1 + }}", "{% nosuch %}", "{{ 1 2 }}", "{# open",
    "{{ n | nosuch }}", "{{ n is nosuch }}", "{{ d.items( }}", "{{ f(a=1, 2) }}", "{% set %}", "{{ [1, }}", "{{ {1} }}", "{{ a.1.b }}", "{{ l.0 }}", "{{ o.0.n }}", "{{ l.0.x }}{{ 1.5.x }}",
    "{% for x in l %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", "{% set loop = 5 %}{% for x in l %}{{ loop.index }}{% endfor %}{{ loop }}",
    "{% for x in l %}{% set l = [9] %}{{ l }}{{ x }}{% endfor %}{{ l }}", "{% for m in o | selectattr('v') %}{{ m.n }}{% endfor %}", "{% for x in (1, 2) %}{{ x }}{% endfor %}{% for x in 1, 2 %}{{ x }}{% endfor %}",
    "{% set x = [] %}{% set x = x + [1] %}{{ x }}", "{{ bos_token }}{{ eos_token }}", "{% if messages %}{% endif %}{{ messages|length }}{{ add_generation_prompt }}",
]


def expressions():
    for line in EXPRESSIONS.strip().split("\n"):
        parts = line.split("|")
        # A filter follows its value, everything else begins a new expression.
        current = ""
        for part in parts:
            name = part.split("(")[0].split(" ")[0]
            if current and name in environment().filters and name not in VALUES:
                current += "|" + part
            else:
                if current:
                    yield current
                current = part
        yield current


def write(name, content):
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    (FOLDER / f"{name}.json").write_text(text + "\n")
    print(f"{name}: {len(content['cases'])} cases, {len(text) // 1024} KB")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, template in ((name, TEMPLATES[name]) for name in FAMILIES):
        cases = [{"chat": chat, "variables": variables, "prompt": prompt,
                  **case(template, CHATS[chat], prompt, VARIABLES[variables])}
                 for chat in CHATS for variables in VARIABLES for prompt in (False, True)]
        write(name, {"template": template, "time": TIME, "cases": cases})
    write("chats", {"chats": CHATS, "variables": VARIABLES, "cases": []})
    snippets = ["{{ " + expression + " }}" for expression in expressions()] + STATEMENTS
    cases = [{"template": snippet, **case(snippet, [], False, VALUES)} for snippet in dict.fromkeys(snippets)]
    write("snippets", {"variables": VALUES, "time": TIME, "cases": cases})


if __name__ == "__main__":
    main()
