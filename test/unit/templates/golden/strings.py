"""Writes strings.json: what Python's own string methods answer. Run it again after changing the cases.

    python3 test/unit/templates/golden/strings.py > test/unit/templates/golden/strings.json
    npx prettier --write test/unit/templates/golden/strings.json
"""
import json
import random

random.seed(20250101)
LETTERS = ["a", "b", "A", "$", "_", " ", "\t", "\n", ".", "1", "é", "😀", "ß", "\u00a0", "\u2028", "'", "-", "x"]
EDGE = ["", " ", "$ai_generation", "$$ai", "ai_generation", "a,b,,c", "they're bill's", "😀a😀", "aaa", "  a  b ", "\u00e9\u0301", "x\r\ny\nz", "\ufeffx", "\x1cx\x85", "ab-cd", "+12", "-7", "12", "ABC"]


def text(most=8):
    return "".join(random.choice(LETTERS) for _ in range(random.randint(0, most)))


def number():
    return random.choice([None, -7, -2, -1, 0, 1, 2, 3, 9])


def arguments(method):
    if method in ("lstrip", "rstrip", "strip"):
        return random.choice([[], [], [text(3)], [None]])
    if method in ("removeprefix", "removesuffix", "partition", "rpartition"):
        return [text(2)]
    if method == "replace":
        return [text(2), text(2)] + random.choice([[], [random.choice([-1, 0, 1, 2, 9])]])
    if method in ("startswith", "endswith"):
        return [random.choice([text(2), [text(1), text(2)]])] + random.choice([[], [number()], [number(), number()]])
    if method in ("find", "rfind", "count", "index", "rindex"):
        return [text(2)] + random.choice([[], [number()], [number(), number()]])
    if method in ("split", "rsplit"):
        return random.choice([[], [None], [text(2)], [text(1), random.choice([-1, 0, 1, 2])], [None, random.choice([0, 1, 2])]])
    if method == "join":
        return [[text(3) for _ in range(random.randint(0, 4))]]
    if method in ("center", "ljust", "rjust"):
        return [random.randint(-1, 12)] + random.choice([[], ["*"]])
    if method == "zfill":
        return [random.randint(-1, 12)]
    return []


METHODS = """lstrip rstrip strip removeprefix removesuffix upper lower capitalize title replace startswith endswith find rfind
index rindex count split rsplit splitlines partition rpartition join center ljust rjust zfill isdigit isspace""".split()

cases = []
for method in METHODS:
    for subject in EDGE + [text() for _ in range(14)]:
        args = arguments(method)
        given = [tuple(a) if isinstance(a, list) and method in ("startswith", "endswith") else a for a in args]
        try:
            result = {"result": getattr(subject, method)(*given)}
        except ValueError:
            result = {"error": True}
        cases.append({"subject": subject, "method": method, "args": args, **result})

FORMATS = [
    ("{}_{}", ["a", 1], {}), ("{0}{1}{0}", ["x", "y"], {}), ("{name}!", [], {"name": "n"}), ("{{}}", [], {}),
    ("{:>5}|{:<5}|{:^5}", ["a", "b", "c"], {}), ("{:05d}", [42], {}), ("{:05d}", [-42], {}), ("{:.2f}", [3.14159], {}), ("{:,}", [1234567], {}),
    ("{:+d}", [3], {}), ("{:x}", [255], {}), ("{:*^7}", ["é"], {}), ("{!s:>4}", ["q"], {}), ("{:.3}", ["abcdef"], {}), ("{:5}|", [7], {}),
    ("{:5}|", ["a"], {}), ("{} {}", ["a"], {}), ("{x}", [], {}), ("{", [], {}), ("{:d}", ["a"], {}), ("{:.1%}", [0.256], {}), ("{}", [[1, "a", None, True]], {}),
]
for template, args, kwargs in FORMATS:
    try:
        result = {"result": template.format(*args, **kwargs)}
    except (ValueError, IndexError, KeyError):
        result = {"error": True}
    cases.append({"subject": template, "method": "format", "args": args, "kwargs": kwargs, **result})

print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
