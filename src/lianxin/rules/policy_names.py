"""The names that a pack gives: types and groups of units, layers of call-backs, reasons for a return.

A pack has as many of each as it wants, and code knows none of them by its spelling: what it must know of one stands
beside it (``TypeName.serves_as``).  What this checks: that whatever names one of them names one that there is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lianxin.rules import measures
from lianxin.rules.context import ROLES
from lianxin.rules.lifecycle import CENTRE, UNIT
from lianxin.rules.pack import Pack
from lianxin.rules.policy_reading import Reading
from lianxin.rules.policy_rounds import DutyRule
from lianxin.rules.policy_rows import LadderRule, Row

#: A field that a condition compares with a text: the text before the value, the field's part and name, the value.
COMPARED = re.compile(r"((?<![\w.])([a-z_]+)\.([a-z_]+)\s*[!=]=\s*)(['\"])(.*?)\4")
_LISTED = re.compile(r"(?<![\w.])([a-z_]+)\.([a-z_]+)\s+in\s*\[([^\]]*)\]")
_TEXT = re.compile(r"(['\"])(.*?)\1")
#: A text that a condition looks for in one of the lists whose codes a pack names: the caller's flags, labels.
_IN_LIST = re.compile(r"(['\"])([^'\"]*)\1(?=\s+in\s+order\.(caller_flags|labels)(?!\w))")
#: What a sentence on the first units of a group gives to its formula.
SHARE = frozenset({"part", "accepted"})


#: The fields of the context whose values a pack names itself.
NAMED = frozenset(
    {
        *(("share", "unit_type"), ("share", "unit_group"), ("unit", "type"), ("unit", "group")),
        *(("order", "source"), ("order", "cls")),
    }
)


def named(pack: Pack) -> dict[tuple[str, str], dict[str, str]]:
    """What it names of each of these fields: code -> title."""
    types = {found.code: found.title for found in pack.units.types}
    groups = {found.code: found.title for found in pack.units.groups}
    return {
        ("share", "unit_type"): types,
        ("share", "unit_group"): groups,
        ("unit", "type"): types,
        ("unit", "group"): groups,
        ("order", "source"): {code: found.title for code, found in pack.sources.items()},
        ("order", "cls"): {code: found.title for code, found in pack.classes.items()},
    }


#: The lists of the context whose codes a pack names itself, with what they are called there.
LISTED = {("order", "caller_flags"): "[caller] flags 中的诉求人标记", ("order", "labels"): "[[label]] 中的标识"}


def listed(pack: Pack) -> dict[tuple[str, str], dict[str, str]]:
    """What it names of each of these lists: code -> title."""
    return {
        ("order", "caller_flags"): {flag.code: flag.title for flag in pack.caller.flags},
        ("order", "labels"): {code: found.title for code, found in pack.labels.items()},
    }


def titled(condition: str, pack: Pack) -> str:
    """A condition with the pack's titles in the place of the codes that it compares such a field with."""
    titles, lists = named(pack), listed(pack)

    def title(found: re.Match[str]) -> str:
        return f"{found[1]}'{titles.get((found[2], found[3]), {}).get(found[5], found[5])}'"

    condition = _IN_LIST.sub(lambda found: f"'{lists['order', found[3]].get(found[2], found[2])}'", condition)
    return COMPARED.sub(title, condition)


def check(reading: Reading, own: tuple[Row, ...], pack: Pack) -> None:
    """Note whatever names a type, group, layer or formula that the pack has not, and what is named twice."""
    groups = [group.code for group in pack.units.groups]
    _types(reading, pack, groups)
    _layers(reading, pack)
    _weekly(reading, own, pack, groups)
    _titles(reading, pack)
    _known(reading, "[looking]", "office_posts", pack.looking.office_posts, sorted(ROLES), "已有的岗位")
    _own_figures(reading, pack)
    for row in {id(row): row for row in (*own, *pack.ladders, *pack.duties)}.values():
        if isinstance(row, LadderRule):
            _known(reading, row.id, "among", row.among, groups, "[units] groups 中的分组")
        if isinstance(row, DutyRule):
            types = [found.code for found in pack.units.types]
            _known(reading, row.id, "among", row.among, types, "[units] types 中的单位类型")
    for row in pack.rules:
        if (when := getattr(row, "when", None)) is not None:
            _condition(reading, row.id, when.text, pack)


def _known(reading: Reading, rule: str, place: str, codes: Iterable[str], known: Iterable[str], what: str) -> None:
    for code in codes:
        if code not in known:
            reading.fault(rule, place, f"{what}（{'、'.join(known)}），没有“{code}”")


def _own_figures(reading: Reading, pack: Pack) -> None:
    """What people see of themselves is counted by person."""
    own = {name for name, rule in pack.formulas.items() if rule.names <= measures.BY_PERSON}
    for number, shown in enumerate(pack.figures.own, start=1):
        _known(reading, "[figures]", f"own.{number}.post", [shown.post], sorted(CENTRE), "热线中心的岗位")
        known = sorted(measures.BY_PERSON | own)
        _known(reading, "[figures]", f"own.{number}.of", shown.of, known, "按人统计的指标、公式")


def _types(reading: Reading, pack: Pack, groups: list[str]) -> None:
    for number, found in enumerate(pack.units.types, start=1):
        _known(reading, "[units]", f"types.{number}.groups", found.groups, groups, "[units] groups 中的分组")
    codes = [found.code for found in pack.units.types]
    _known(reading, "[units]", "staffing.among", pack.units.staffing.among, codes, "[units] types 中的单位类型")
    _known(reading, "[units]", "staffing.posts", pack.units.staffing.posts, sorted(UNIT), "承办单位的岗位")
    for number, document in enumerate(pack.units.documents, start=1):
        _known(reading, "[units]", f"documents.{number}.among", document.among, codes, "[units] types 中的单位类型")
    centres = [found.code for found in pack.units.types if found.serves_as == "centre"]
    if len(centres) != 1:
        listed = "、".join(centres) or "没有"
        reading.fault("[units]", "types", f'只有一种类型写 serves_as = "centre"（热线中心本身），现为：{listed}')


def _layers(reading: Reading, pack: Pack) -> None:
    layers = [layer.code for layer in pack.callback.layers]
    for place in ("own_layer", "assess_layer"):
        code = getattr(pack.callback, place)
        _known(reading, "[callback]", place, [code], layers, "[callback] layers 中的回访层级")


def _weekly(reading: Reading, own: tuple[Row, ...], pack: Pack, groups: list[str]) -> None:
    weekly, what = pack.bulletin.weekly, "[units] groups 中的分组"
    for number, annex in enumerate(weekly.annexes, start=1):
        _known(reading, "[bulletin.weekly]", f"annexes.{number}.group", [annex.group], groups, what)
    for number, area in enumerate(weekly.areas, start=1):
        place = f"areas.{number}"
        _known(reading, "[bulletin.weekly]", f"{place}.group", [area.group], groups, what)
        rule = pack.formulas.get(area.share)
        if rule is None and area.share not in reading.names("formula"):
            reading.fault("[bulletin.weekly]", f"{place}.share", f"已有的公式，没有“{area.share}”")
        elif rule and (strange := {used for used in rule.names - SHARE if measures.known(used)}):
            listed = "、".join(f"“{name}”" for name in sorted(strange))
            at = (rule.id, "of") if rule in own else ("[bulletin.weekly]", f"{place}.share")
            reading.fault(*at, f"通报中“{area.share}”可用的指标（accepted、part），不能用{listed}")
    for group, times in Counter(area.group for area in weekly.areas).items():
        if times > 1:
            reading.fault("[bulletin.weekly]", "areas", f"每个分组一句，“{group}”有 {times} 句")


def _titles(reading: Reading, pack: Pack) -> None:
    """In sheets and files people write the titles: two of one title could not be told apart."""
    for place, entries in _lists(pack):
        words = Counter(word for entry in entries for word in {entry.title, *getattr(entry, "also", ())})
        for word, times in words.items():
            if times > 1:
                reading.fault("设置", place, f"不重复的名称，“{word}”出现 {times} 次")


def _lists(pack: Pack) -> Iterator[tuple[str, Iterable[Any]]]:
    yield "units.types", pack.units.types
    yield "units.groups", pack.units.groups
    yield "callback.layers", pack.callback.layers
    yield "callback.grades", pack.callback.grades
    yield "petition.return.reasons", pack.petition.return_.reasons
    yield "caller.flags", pack.caller.flags
    yield "label", pack.labels.values()


def _condition(reading: Reading, rule: str, text: str, pack: Pack) -> None:
    """A condition on a type or group that the pack lacks would never hold, and nobody would notice."""
    known: Mapping[tuple[str, str], Mapping[str, str]] = named(pack)
    lists = listed(pack)
    for part, name, value in _values(text):
        codes = known.get((part, name), {}) if part in ("share", "unit") else {}
        if codes and value and value not in codes:
            expected = f"{part}.{name} 的取值应为 {'、'.join(codes)} 之一，不能是 {value}"
            reading.fault(rule, "when", expected)
    for _, code, name in _IN_LIST.findall(text):
        _known(reading, rule, "when", [code], lists["order", name], LISTED["order", name])


def _values(text: str) -> Iterator[tuple[str, str, str]]:
    """(part, field, value) of whatever a condition compares a field with."""
    for _, part, name, _, value in COMPARED.findall(text):
        yield part, name, value
    for part, name, listed in _LISTED.findall(text):
        for _, value in _TEXT.findall(listed):
            yield part, name, value
