"""Two packs side by side: which rows, settings and codes differ, and which limits come of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from lianxin.rules.context import ROLES
from lianxin.rules.policy import Pack
from lianxin.rules.policy_explain import in_words, lines_of
from lianxin.rules.policy_rows import Row, Statement
from lianxin.rules.policy_settings import ENDED_TITLES, ON_TIME_TITLES, Settings

#: The tables whose codes are kept by orders and units; lists of settings say their own titles.
TABLES = {"class": "诉求类别", "source": "来源", "redirect": "引导", "label": "标识"}
#: Lists of how something is printed: nothing keeps their codes.
PRINTED = ("bulletin.",)
#: Settings whose codes have titles of their own.
NAMES: dict[str, Mapping[str, str]] = {
    "figures.not_handled": ENDED_TITLES,
    "figures.on_time": ON_TIME_TITLES,
    "units.staffing.posts": ROLES,
    "looking.office_posts": ROLES,
}


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that is only in one of the two (the other side is empty), or reads otherwise."""

    id: str
    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def how(self) -> str:
        """新增, 取消 or 修改."""
        return "修改" if self.before and self.after else "取消" if self.before else "新增"


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting by its path, its Chinese title, and what it was and is."""

    path: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Codes:
    """A list of codes that rows of the database keep: where it stands in a pack, what it is called, its entries."""

    path: str
    title: str
    entries: Mapping[str, str]


def rows(old: Pack, new: Pack) -> list[RowChange]:
    """The rows that differ, by id; a row is found again by its table and key."""
    before, after = _by_key(old), _by_key(new)
    found = []
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        said = tuple(_said(old, was)) if was else (), tuple(_said(new, now)) if now else ()
        if said[0] != said[1]:
            row = now or was
            assert row is not None
            found.append(RowChange(row.id, row.title, *said))
    return sorted(found, key=lambda change: change.id)


def _by_key(pack: Pack) -> dict[tuple[str, str], Row]:
    return {(row.table, row.key): row for row in pack.rules}


def _said(pack: Pack, row: Row) -> Iterator[str]:
    yield row.title
    yield f"原文：{row.clause}" if row.clause else f"出处：{row.origin}"
    # What settings a clause carries is told setting by setting.
    yield from [f"落实：{row.held_by}"] if isinstance(row, Statement) and row.held_by else ()
    yield from () if isinstance(row, Statement) else lines_of(pack, row)


def settings(old: Pack, new: Pack) -> list[SettingChange]:
    """The settings that differ, in the order of the sections."""
    before, after = (dict(_leaves(pack)) for pack in (old, new))
    found = []
    for path in dict.fromkeys((*before, *after)):
        (title, was), (_, now) = before.get(path) or after[path], after.get(path) or before[path]
        if was != now:
            words = _words(path, was), _words(path, now)
            # Entries may be called the same and mean another thing.
            words = words if words[0] != words[1] else (_whole(was), _whole(now))
            found.append(SettingChange(path, title, *words))
    return found


def _words(path: str, value: Any) -> str:
    if path not in NAMES:
        return in_words(value)
    titles: Mapping[str, str] = NAMES[path]
    return listed(titles.get(code, code) for code in (value if isinstance(value, tuple) else (value,))) or "无"


def _leaves(pack: Pack) -> Iterator[tuple[str, tuple[str, Any]]]:
    for section in Settings.model_fields:
        yield from _below(getattr(pack, section), section, Settings.model_fields[section].description or section)


def _below(value: Any, path: str, title: str) -> Iterator[tuple[str, tuple[str, Any]]]:
    if not isinstance(value, BaseModel):
        yield path, (title, value)
        return
    for name, info in type(value).model_fields.items():
        own = info.alias or name
        yield from _below(getattr(value, name), f"{path}.{own}", f"{title}：{info.description or own}")


def _whole(value: Any) -> str:
    """Each entry with all its fields."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        named = [(str(info.description or info.alias or name), getattr(value, name)) for name, info in fields]
        return "，".join(f"{title} {_whole(inner)}" for title, inner in named)
    return "；".join(map(_whole, value)) or "无" if isinstance(value, tuple) else in_words(value)


def codes(pack: Pack) -> list[Codes]:
    """The lists of codes of a pack: three tables, and whatever list of settings has entries with a code."""
    tables: list[Mapping[str, Any]] = [pack.classes, pack.sources, pack.redirects, pack.labels]
    found = [
        Codes(path, title, {code: row.title for code, row in rows.items()})
        for (path, title), rows in zip(TABLES.items(), tables, strict=True)
    ]
    for path, (title, value) in _leaves(pack):
        if isinstance(value, tuple) and value and not path.startswith(PRINTED):
            entries = {entry.code: entry.title for entry in value if hasattr(entry, "code") and hasattr(entry, "title")}
            found += [Codes(path, title, entries)] if entries else []
    return found


def lost(old: Pack, new: Pack) -> Iterator[tuple[Codes, str]]:
    """(list, code) of each code of `old` that `new` has not."""
    there = {known.path: known.entries for known in codes(new)}
    for known in codes(old):
        yield from ((known, code) for code in known.entries if code not in there.get(known.path, {}))


def counted(changes: Sequence[RowChange]) -> str:
    """`新增 1 条，修改 2 条`; "" where there is none."""
    numbers = {how: sum(change.how == how for change in changes) for how in ("新增", "取消", "修改")}
    return "，".join(f"{how} {number} 条" for how, number in numbers.items() if number)


def listed(values: Iterable[str]) -> str:
    """Several in one line."""
    return "、".join(values)
