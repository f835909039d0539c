"""Says what was checked, a line each, for the program that started this one."""

import json
import sys
from typing import Any


def check(what: str, got: Any, expected: Any) -> None:
    """Reports whether `got` equals `expected`."""
    ok = bool(got == expected)
    report: dict[str, Any] = {"what": what, "ok": ok}
    if not ok:
        report |= {"expected": repr(expected), "got": repr(got)}
    # Libraries print to standard output too: the first word tells these lines from theirs.
    print("@check " + json.dumps(report), flush=True)


def result(**values: Any) -> None:
    """Hands values to the program that started this one."""
    print("@result " + json.dumps(values), flush=True)


def say(text: str) -> None:
    """For the log of a part that fails."""
    print(text, file=sys.stderr, flush=True)
