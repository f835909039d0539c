"""Writes str-format-table.json: what Python's str.format makes of templates and keyword arguments.

Run as: python3.11 str-format-table.py
Variables are JSON, so that JavaScript reads the same ones; "inf", "-inf", "nan" and bigints travel as {"$": "..."}.
"""

import json
import math
import platform
from pathlib import Path

CASES: list[tuple[str, dict]] = []


def add(template, **variables):
    CASES.append((template, variables))


# Text, escapes, braces.
for text in ["", "plain", "a b\nc", "{{", "}}", "{{}}", "{{x}}", "}}{{", "{{{{", "é漢😀", '{{"a": 1}}', "100%", "\\{{\\}}"]:
    add(text, x="v")
for text in ["{x}", "a{x}b", "{{{x}}}", "{x}{x}", "{x}{y}", "{x}}}", "{{{{{x}}}}}", "{ x }", "{x }", "{x-y}", "{é}", "{x\n}"]:
    add(text, x="v", y=2, é="accent", **{"x-y": "dash", " x ": "spaces", "x ": "space", "x\n": "newline"})
for text in ["{", "}", "{x", "x}", "{{x}", "{x}}", "{x:", "{x!", "{x!r", "{x!r:", "{x!}", "{x!rr}", "{x!z}", "{x!R}", "{x{y}}", "{{{x}",
             "{x:{y}", "{x:{y:{z}}}", "{x[}", "{x[0}", "{x[]}", "{x.}", "{x..a}", "{x[0]a}", "{x.a.}", "a } b", "a { b", '{"a": 1}']:
    add(text, x="v", y="<5", z="1")
for text in ["{}", "{0}", "{1}", "{0.a}", "{:>5}", "{x}{}", "{x:{}}", "{!r}", "{00}", "{.a}", "{[a]}"]:
    add(text, x="v")
for text in ["{missing}", "{X}", "{x:{missing}}", "{missing.a}", "{missing!r}", "{missing:>5}", "{__class__}", "{self}", "{-1}", "{1a}"]:
    add(text, x="v")

# Paths.
nested = {"a": {"b": [10, {"c": "deep"}]}, "s": "text", "l": [1, 2, 3], "n": None, "k": {"key with space": 1, "0x": 2}}
for text in ["{a[b][0]}", "{a[b][1][c]}", "{l[0]}", "{l[2]}", "{s[0]}", "{s[3]}", "{k[key with space]}", "{k[0x]}", "{a[b]}", "{a}", "{l}",
             "{l[00]}", "{a[b][1]}", "{l[1]:>4}", "{l[1]!r:>4}", "{l[9]}", "{l[-1]}", "{l[x]}", "{s[9]}", "{s[x]}", "{a[zz]}",
             "{n[0]}", "{n.a}", "{s.nope}", "{l.nope}", "{a[b].nope}", "{a[b][1][d]}", "{l[0][0]}", "{l[0].nope}"]:
    add(text, **nested)

# Conversions and repr.
strings = ["", "abc", "it's", 'say "hi"', "both ' and \"", "tab\tnl\ncr\r", "back\\slash", "\x00\x1f\x7f", "é", "漢字", "😀", "\u200b", "\xa0",
           "\u2028", "\ue000", "\xad", "a b", "\U0010ffff", "´`", "\x80"]
for value in strings:
    add("{x!r}", x=value)
    add("{x!a}", x=value)
    add("{x}|{x!s}", x=value)
for value in [None, True, False, 0, -7, 1.5, [], {}, [None, True, "a", 1.5, [2]], {"k": None, "q'": [1, {"z": False}]}, [[]], [{}], ["it's"], [""],
              {"a": {"b": {"c": []}}}, ["é", "\n"], [1e16, 1.5e-5, 0.1], [-0.5]]:
    for conversion in ["", "!s", "!r", "!a"]:
        add("{x" + conversion + "}", x=value)
for value in [None, [1], {"a": 1}]:
    for spec in ["5", "s", ">5", "d"]:
        add("{x:" + spec + "}", x=value)
    add("{x!s:>20}", x=value)

# Text with a specification.
for spec in ["", "s", "5", "<5", ">5", "^5", "*^6", "é>5", "😀<5", "05", "010", "<05", "x<05", "{fill}>5", ".2", ".0", "5.1", ">5.1s", ".10", "=5", "+",
             "-", " ", "#", "z", ",", "_", "d", "f", "x", "q", "5x5", "..", ".", "5.", "<>5", "<<5", "{{^5", "}}^5", "ss", "1s2", "0", "=<4", "^", "<"]:
    add("{x:" + spec + "}", x="abc", fill="-")
for value in ["", "漢字", "😀😀", "e\u0301"]:
    for spec in ["5", ">4", "^5", ".1"]:
        add("{x:" + spec + "}", x=value)

# Integers.
for spec in ["", "d", "5", "<5", ">5", "^5", "=5", "05", "+", " ", "-", "+d", "+05", "x=+6", "0=6", "b", "o", "x", "X", "#b", "#o", "#x", "#X", "#010x",
             "010b", "c", "5c", "+c", "#c", ",", "_", ",d", "_d", "_x", "_b", ",x", ",b", "_o", "012,", "011,", "010_", "013_x", ",_", "_,", ",,",
             "__", "n", ",n", "_c", "e", "f", "g", "%", ".2", ".2f", ".0f", ".3e", ".2%", "E", "G", "F", "z", "zd", "s", "r", "q", "<08,d", "#_x", "^12,", "x^9", "+,", "#d", "#f", "#.0f", "020.3f", "20,.2f"]:
    for value in [0, 42, -1234567]:
        add("{x:" + spec + "}", x=value)
for spec in ["", "d", ",", "_x", "e", ".3f", "c", "g", "x", "025,d"]:
    add("{x:" + spec + "}", x=2**70)
    add("{x:" + spec + "}", x=-(10**30))
add("{x:e}", x=10**400)
add("{x:c}", x=128512)
add("{x:c}", x=1114112)
add("{x}", x=2**53 - 1)
for spec in ["", "5", "<7", "d", "x", "f", "s", "+", ".1f", "05", ","]:
    for value in [True, False]:
        add("{x:" + spec + "}", x=value)

# Floats.
floats = [0.5, 2.5, -1.5, 0.1, 1234567.891, -0.0005, 1e16, 1e22, 1.5e300, 5e-324, 123456789012345.6, 1e-5, 0.0001, 0.000123456, 9.9999999, 0.045, 2.675,
          99999.95, 1.7976931348623157e308, math.inf, -math.inf, math.nan, -0.0]
for value in floats:
    for spec in ["", "g", "f", "e", ".0f", ".2f", ".1e", ".3g", ".10", "%", ",", "010.2f", "+.3", "#.0f", "#g", "z.1f", "012,.1f", "_", "G", "E", "n"]:
        add("{x:" + spec + "}", x=value)
    add("{x!r}", x=value)
for spec in ["d", "x", "c", "s", "b", ",n", "_n", ".", "z", "z.0f", "z+.0f", "=+9.1f", "^9.1f", "*<9", ".0", ".1", ".0e", "#.0e", ".0g", "#.3", ".25f", ".40g", "F", " .1f", "-.1f", ".30", "r", "%%"]:
    for value in [-0.25, 3.75]:
        add("{x:" + spec + "}", x=value)

# Nested specifications.
for text, variables in [
    ("{x:{w}}", {"x": "ab", "w": 6}), ("{x:>{w}.{p}f}", {"x": 3.14159, "w": 10, "p": 2}), ("{x:{f}{a}{w}}", {"x": "ab", "f": "*", "a": "^", "w": 7}),
    ("{x:{s}}", {"x": 5, "s": "05d"}), ("{x:{s}}", {"x": "ab", "s": "d"}), ("{x:{s}}", {"x": "ab", "s": ""}), ("{x:{s!r}}", {"x": "ab", "s": "z"}),
    ("{x:{s[0]}}", {"x": "ab", "s": [6]}), ("{x:{w:>2}}", {"x": "ab", "w": 6}), ("{x:{y}}", {"x": "ab", "y": "{z}", "z": 1}), ("{x:{{}}}", {"x": "ab"}),
    ("{x!r:{w}}", {"x": "ab", "w": 8}), ("{x:{w}}{y:{w}}", {"x": "a", "y": "b", "w": 3}), ("{x:{w}{{^}}}", {"x": "a", "w": 1}), ("{x:{s}}", {"x": 1, "s": "5.2"}),
    ("{x:{s}}", {"x": None, "s": ""}), ("{x:{s}}", {"x": None, "s": "5"}), ("{x:0{w}}", {"x": -3, "w": 6}),
]:
    add(text, **variables)

# Prompts.
add("Find a room on {date} at {time} for {n:d} people: {needs}", date="2026-01-12", time="09:30", n=4, needs=["whiteboard", "phone"])
add('Answer as {{"room": "<id>", "why": "..."}} for {task[name]!r}', task={"name": "team's sync"})


def to_json(value):
    if isinstance(value, float) and (math.isinf(value) or math.isnan(value) or (value == 0 and math.copysign(1, value) < 0)):
        return {"$": str(value)}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return {"$": f"{value}n"}
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    return value


def run(template, variables):
    try:
        return {"text": template.format(**variables)}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


rows = [{"template": t, "variables": to_json(v), **run(t, v)} for t, v in CASES]
lines = ",\n".join("    " + json.dumps(row, ensure_ascii=True) for row in rows)
header = json.dumps(f"{platform.python_implementation()} {platform.python_version()}")
Path(__file__).with_suffix(".json").write_text(f'{{\n  "python": {header},\n  "cases": [\n{lines}\n  ]\n}}\n')
print(len(rows), "cases")
