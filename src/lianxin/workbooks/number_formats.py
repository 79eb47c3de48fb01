"""What a number format makes of a number: a date, a time, a number that names something (007), or nothing.

Formats are those of ECMA-376 part 1, 18.8.30, with the built-in ones of Chinese suites (27–36, 50–58), which most
libraries take for plain numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from .cells import DATE, MOMENT, TIME

_DAYS = frozenset({14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58})
_MOMENTS = frozenset({22})
_TIMES = frozenset({18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56})
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKETS = re.compile(r"\[(?!h+\]|m+\]|s+\])[^\]]*\]", re.IGNORECASE)
_NAMING = re.compile(r'(?P<before>(?:"[^"]*"|\\.)*)(?P<zeros>0+)(?P<after>(?:"[^"]*"|\\.)*)')


@dataclass(frozen=True, slots=True)
class Format:
    """`kind`: "" for a plain number, else d (day), m (moment), t (time of day), n (names: `before`, zeros, `after`)."""

    kind: str = ""
    before: str = ""
    width: int = 0
    after: str = ""


PLAIN = Format()


@lru_cache(maxsize=2048)
def of(number: int, code: str | None) -> Format:
    """The format with that id; `code` where the file defines it itself."""
    if code is None:
        kind = "d" if number in _DAYS else "m" if number in _MOMENTS else "t" if number in _TIMES else ""
        return Format(kind)
    return _of_code(code)


def _of_code(code: str) -> Format:
    first = code.split(";", 1)[0]
    bare = _BRACKETS.sub("", _QUOTED.sub("", first)).lower()
    if "general" in bare or bare.strip() in ("", "@"):
        return PLAIN
    has_time = any(mark in bare for mark in ("h", "s", "am/pm", "上午/下午"))
    letters = bare.replace("am/pm", "").replace("a/p", "")
    has_day = "y" in letters or "d" in letters or ("m" in letters and not has_time) or "e" in letters.strip("0#?.,+- %")
    if "0" not in letters.replace(".0", "") and (has_day or has_time):
        return Format("m" if has_day and has_time else "d" if has_day else "t")
    match = _NAMING.fullmatch(first)
    if match and (len(match["zeros"]) > 1 or '"' in match["before"]):
        return Format("n", _literal(match["before"]), len(match["zeros"]), _literal(match["after"]))
    return PLAIN


def _literal(marked: str) -> str:
    return re.sub(r"\\(.)", r"\1", marked.replace('"', ""))


def shown(number: float, form: Format, *, since_1904: bool = False) -> Any:
    """The cell's value on the wire (see `cells`): a day, moment or time where the format says so, else the number."""
    match form.kind:
        case "n" if number >= 0 and number == int(number) and number < 10**15:
            return f"{form.before}{int(number):0{form.width}}{form.after}"
        case "d" | "m" | "t":
            return _time(number, form.kind, since_1904)
    return int(number) if number == int(number) and abs(number) < 2**53 else number


def _time(number: float, kind: str, since_1904: bool) -> Any:
    if kind == "t" and 0 <= number < 1:
        return {TIME: str(timedelta(seconds=round(number * 86400)))}
    if since_1904:
        number += 1462
    # Day 60 of the 1900 system is 29 February 1900, which never was.
    start = datetime(1899, 12, 30) if number >= 60 else datetime(1899, 12, 31)  # noqa: DTZ001 - the file knows no zone
    try:
        found = start + timedelta(milliseconds=round(number * 86_400_000))
    except OverflowError:
        return number
    if found.microsecond:
        found = (found + timedelta(milliseconds=500)).replace(microsecond=0)
    whole = kind == "d" and number == int(number)
    return {DATE: f"{found:%Y-%m-%d}"} if whole else {MOMENT: found.isoformat()}
