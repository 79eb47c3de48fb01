"""What a file calls things, found in the directory and the pack: units, categories, areas, codes."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from lianxin.directory.lines import AreaLine
from lianxin.directory.snapshot import Snapshot
from lianxin.rules.policy import Pack

from .cells import CellError
from .maps import Map, Translated

_YES = frozenset({"是", "yes", "true", "1", "y", "已解决", "已接通", "已联系上", "保密"})
_NO = frozenset({"否", "no", "false", "0", "n", "未解决", "未接通", "无法回访", "不保密", "公开"})
_OPEN = frozenset(
    [
        "open",
        "待办",
        "待办理",
        "在办",
        "办理中",
        "处理中",
        "待处理",
        "待签收",
        "已签收",
        "待派单",
        "已派单",
        "已受理",
        "受理中",
        "待答复",
        "待回访",
        "未办结",
        "待审核",
        "流转中",
    ]
)
_CLOSED = frozenset(
    [
        "closed",
        "已办结",
        "办结",
        "已完成",
        "完成",
        "已归档",
        "归档",
        "已关闭",
        "关闭",
        "已结案",
        "结案",
        "已答复",
        "已回复",
        "已回访",
    ]
)
_URGENCY = {"一般": "normal", "普通": "normal", "紧急": "urgent", "特急": "urgent"}


class Names:
    """The directory of one centre, asked by the words of one map.  Read once for an import."""

    def __init__(self, mapping: Map, directory: Snapshot) -> None:
        self.directory = directory
        self._values = {
            field: {_plain(word): ours.strip() for word, ours in words.items()}
            for field, words in mapping.values.items()
        }
        self._units = _by_name((u.id, (u.code, u.name, u.short_name)) for u in directory.units.values() if u.active)
        areas = directory.areas
        self._area_paths = {area.id: _path(area, areas) for area in areas.values()}
        self._areas = _by_name((area.id, (area.name, "/".join(self._area_paths[area.id]))) for area in areas.values())
        active = [c for c in directory.categories.values() if c.active]
        self._paths = {tuple(_plain(step) for step in c.path): c.id for c in active}
        self._categories = _by_name((c.id, (c.name, c.code)) for c in active)
        self._choices: dict[tuple[str, str], Mapping[str, str]] = {}

    def translated(self, field: Translated, word: str) -> str:
        """What the map makes of `word`; `word` itself where it says nothing."""
        return self._values.get(field, {}).get(_plain(word), word)

    def unit(self, word: str) -> int:
        """The unit called so: its code, name, short name, or what the map says.  Raises CellError."""
        ours = self.translated("units", word)
        found = _only(self._units, ours, "单位")
        if found == self.directory.root.id:
            raise CellError(f"“{word}”是本中心，不能作承办单位")
        return found

    def knows_unit(self, word: str) -> bool:
        """Whether a unit is called so, or the map says which it is."""
        return _plain(self.translated("units", word)) in self._units

    def area(self, steps: tuple[str, ...]) -> int:
        """By its own name, or by its path where several are called so.  Raises CellError."""
        ours = self.translated("area", "/".join(step for step in steps if step))
        wanted = [_plain(step) for step in ours.replace("／", "/").replace("›", "/").split("/") if step.strip()]
        same = self._areas.get(_plain(ours)) or self._areas.get(wanted[-1] if wanted else "", set())
        # 大店镇/中心村 and 中心村 of 大店镇: each step is one of the path, in its order.
        found = [pk for pk in same if _leads(wanted, [_plain(step) for step in self._area_paths[pk]])]
        if not found:
            raise CellError(f"没有区域“{ours}”")
        retired = [pk for pk in found if not self.directory.areas[pk].active]
        # Of two of one name the one in use is meant.
        found = [pk for pk in found if pk not in retired]
        if not found:
            raise CellError(f"区域“{ours}”已停用，请在映射的 values.area 里写明现行区域")
        if len(found) > 1:
            paths = "、".join(sorted("/".join(self._area_paths[pk]) for pk in found))
            raise CellError(f"有 {len(found)} 个区域都叫“{ours}”（{paths}），请在映射的 values.area 里写明是哪一个")
        return found[0]

    def category(self, steps: tuple[str, ...]) -> int:
        """By its path, or by its own name where only one is called so.  Raises CellError."""
        path = tuple(step for step in steps if step)
        ours = self.translated("category", "/".join(path))
        plain = tuple(_plain(step) for step in ours.replace("／", "/").replace(">", "/").split("/") if step.strip())
        if plain in self._paths:
            return self._paths[plain]
        if len(plain) > 1:
            raise CellError(f"没有分类“{'/'.join(path)}”")
        return _only(self._categories, ours, "分类")

    def choice(self, field: Translated, word: str, pack: Pack) -> str:
        """The code of a value: by the map, else by the code's or title's own words.  Raises CellError."""
        ours = self.translated(field, word)
        if not ours:
            return ""
        key = (field, f"{pack.id}@{pack.version}")
        if key not in self._choices:
            self._choices[key] = _choices(field, pack)
        known = self._choices[key]
        if _plain(ours) not in known:
            codes = "、".join(dict.fromkeys(known.values()))
            raise CellError(f"“{word}”不认识，请在映射的 values.{field} 里写明它是 {codes} 中的哪一个")
        return known[_plain(ours)]

    def ended(self, word: str) -> bool | None:
        """Whether a state of the file is an end; None where it is not known."""
        ours = _plain(self.translated("state", word))
        if ours in _OPEN or any(mark in ours for mark in ("未办结", "未完成", "未答复", "未处理", "处理中", "办理中")):
            return False
        return (
            True if ours in _CLOSED or any(mark in ours for mark in ("办结", "完成", "归档", "关闭", "结案")) else None
        )

    def yes(self, field: Translated, word: str) -> bool | None:
        """Yes, no, or neither said.  Raises CellError."""
        ours = _plain(self.translated(field, word))
        if not ours:
            return None
        if ours not in _YES | _NO:
            raise CellError(f"“{word}”应为“是”或“否”，也可在映射的 values.{field} 里写明")
        return ours in _YES


def _path(area: AreaLine, areas: Mapping[int, AreaLine]) -> tuple[str, ...]:
    above = areas.get(area.parent or 0)
    return (*(_path(above, areas) if above else ()), area.name)


def _leads(wanted: list[str], path: list[str]) -> bool:
    """Whether `wanted` are steps of `path`, ending with its last."""
    steps = iter(path)
    return bool(wanted) and wanted[-1] == path[-1] and all(step in steps for step in wanted)


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    return "".join(unicodedata.normalize("NFKC", word).split()).lower()


def _by_name(things: Iterable[tuple[int, tuple[str, ...]]]) -> Mapping[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for pk, names in things:
        for name in names:
            if name:
                found[_plain(name)].add(pk)
    return found


def _only(names: Mapping[str, set[int]], word: str, kind: str) -> int:
    found = names.get(_plain(word), set())
    if not found:
        raise CellError(f"没有{kind}“{word}”")
    if len(found) > 1:
        raise CellError(f"有 {len(found)} 个{kind}都叫“{word}”，请在映射的 values 里写明是哪一个")
    return next(iter(found))


def _choices(field: str, pack: Pack) -> Mapping[str, str]:
    """Plain word -> code."""
    if field == "layer":
        layers = pack.callback.layers
        return {_plain(name): layer.code for layer in layers for name in (layer.title, layer.code, *layer.also)}
    if field == "urgency":
        return _URGENCY | {urgency: urgency for urgency in ("normal", "urgent")}
    rows: Iterable[Any] = {
        "cls": pack.classes.values(),
        "source": pack.sources.values(),
        "process_grade": pack.callback.grades,
        "result_grade": pack.callback.grades,
    }[field]
    return {_plain(name): row.code for row in rows for name in (row.title, row.code)}
