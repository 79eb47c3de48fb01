"""What a heading of a strange file may mean: how much it is like each field of a map, from 0 to 1.

Known as a whole by `policies/maps/headings/words.toml`; else put together of the parts that `grammar.toml` names: of
whom or of which step, and what it is.  Programmers' headings are read as the words that they abbreviate: English
(work_order_sn) or pinyin (gdbh, gongdanbianhao).
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from functools import cache
from typing import Any

from lianxin.directory import pinyin

from .files import heading
from .maps import maps_folder

_BRACKETS = re.compile(r"[(（\[【<《].*?[)）\]】>》]")
_NUMBERING = re.compile(r"^[★☆●*※]*(?:\d{1,2}|[一二三四五六七八九十]{1,2})?[、.．)）]*[★☆●*※]*(?=\D)")
_ENGLISH_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
#: So much or less is a guess.
GUESSED = 0.5
_TIMES = ("received_at", "dispatched_at", "replied_at")
_PINYIN = re.compile(r"[a-z]{3,40}")


@cache
def words() -> dict[str, dict[str, list[str]]]:
    """Field → its `words` and what they are `not`."""
    return tomllib.loads((maps_folder() / "headings" / "words.toml").read_text("utf-8"))


@cache
def _grammar() -> dict[str, Any]:
    return tomllib.loads((maps_folder() / "headings" / "grammar.toml").read_text("utf-8"))


@cache
def likeness(name: str) -> dict[str, float]:
    """How much a heading is like each field: 1 for one of its words, less for one that is made of its parts."""
    shown = heading(_BRACKETS.sub("", heading(name))).strip(":：")
    bare = "/".join(_NUMBERING.sub("", part) for part in shown.split("/"))
    if bare.isascii():
        return _of_a_programmer(bare)
    found = _known(bare.lower())
    for field, points in _composed(bare).items():
        found[field] = max(found.get(field, 0.0), points)
    if _is_limit(bare):
        # A time that is a limit is no other time.
        found = {field: points for field, points in found.items() if field not in _TIMES}
    return {field: points for field, points in found.items() if not _is_something_else(field, bare.lower())}


def _is_something_else(field: str, whole: str) -> bool:
    # `not` of a pair of rows is asked of both as one: 承办单位/电话.
    known = words()[field].get("not", ())
    return whole in known or whole.replace("/", "") in known


def _known(whole: str) -> dict[str, float]:
    """By the table of words: the whole heading, its lower part, or a word that it holds."""
    found: dict[str, float] = {}
    for field, table in words().items():
        best = 0.0
        for part in {whole, whole.rpartition("/")[2]} - {""}:
            known = [word.lower() for word in table["words"]]
            if part in known:
                best = max(best, 1.0 - 0.001 * known.index(part) - (0 if part == whole else 0.15))
            elif not any(word.lower() in part for word in table.get("not", ())):
                best = max(best, _holds(part, known))
        if best:
            found[field] = best
    # Of a pair of rows the upper one may say of whom the lower is: 承办情况/联系电话.
    return {field: points for field, points in found.items() if not _excluded(field, whole, lower_too=False)}


def _holds(part: str, known: list[str]) -> float:
    inside = [word for word in known if len(word) > 1 and word in part]
    longest = max((len(word) for word in inside), default=0)
    if not longest or longest / len(part) < 0.4:
        return 0.0
    # The longer the known part, the surer; what ends with it means it: 市民来电时间.
    ends = any(part.endswith(word) for word in inside)
    return 0.5 + 0.25 * longest / len(part) + (0.1 if ends else 0)


def _composed(shown: str) -> dict[str, float]:
    """By its parts: the nearest part before the end says of whom or of which step it is."""
    grammar = _grammar()
    whole = shown.replace("/", "")
    if any(mark in whole for mark in grammar["marks"]["never"]):
        return {}
    ends = {"limit"} if _is_limit(whole) else _ends(whole)
    found: dict[str, float] = {}
    for field, rule in grammar["fields"].items():
        if rule["end"] not in ends or _excluded(field, shown):
            continue
        if any(part in whole for part in rule["of"]):
            found[field] = 0.9
        elif any(part in whole for part in rule.get("second", ())):
            found[field] = 0.65
        elif shown.rpartition("/")[2] in grammar["ends"][rule["end"]]:
            found[field] = rule["bare"]
        else:
            found[field] = GUESSED
    return found


def _is_limit(whole: str) -> bool:
    return any(mark in whole for mark in _grammar()["marks"]["limit"])


def _ends(whole: str) -> set[str]:
    """What the heading may be; of ends that hold one another the longest counts."""
    found = {
        kind: max((len(end) for end in known if whole.endswith(end)), default=0)
        for kind, known in _grammar()["ends"].items()
    }
    longest = max(found.values())
    return {kind for kind, length in found.items() if length == longest > 0}


def _excluded(field: str, shown: str, *, lower_too: bool = True) -> bool:
    """Whether a part says that it is of somebody else.  The group above a heading of two rows counts only where the
    heading itself does not say of whom it is: 受理信息/诉求人."""
    rule = _grammar()["fields"].get(field)
    if not rule:
        return False
    upper, _, lower = shown.rpartition("/")
    if lower_too and any(part in lower for part in rule["never"]):
        return True
    says = any(part in lower for part in rule["of"] if part not in rule.get("weak", ()))
    return not says and any(part in upper for part in rule["never"])


def _of_a_programmer(bare: str) -> dict[str, float]:
    found = _known(bare.lower())
    english = _grammar()["english"]
    parts = [part.lower() for part in _ENGLISH_WORD.findall(bare)]
    if len(parts) > 1 and all(part in english for part in parts):
        meant = "".join(english[part] for part in parts)
        for field, points in {**_known(meant), **_composed(meant)}.items():
            found[field] = max(found.get(field, 0.0), points)
    if not found and _PINYIN.fullmatch(bare.lower()):
        found = dict.fromkeys(_by_pinyin().get(bare.lower(), ()), 0.8)
    return found


@cache
def _by_pinyin() -> dict[str, set[str]]:
    """Each word's pinyin, and its first letters alone → the fields that it may mean."""
    found: dict[str, set[str]] = defaultdict(set)
    for field, table in words().items():
        for word in table["words"]:
            if not word.isascii():
                keys = pinyin.match_keys(word).split(" ")
                found["".join(key[0] for key in keys)].add(field)
                found["".join(key.split(",")[0] for key in keys)].add(field)
    return found
