"""A map for a strange file, proposed from its headings and from what stands below them (`lianxin import --draft`).

Headings are compared with a table of the field's words (`policies/maps/headings/words.toml`); each column's values
must fit what the heading says, so that 时间 over names is no time.  What was not understood is told, never filled in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lianxin.workbooks import FileError, Sheet
from lianxin.workbooks.cells import Broken, text
from lianxin.workbooks.times import TimeError, instant

from . import cells
from .cells import CellError
from .files import LOOKED_AT, Source, Table, under
from .heading_words import GUESSED, likeness, words

#: Rows whose values are looked at.
_SAMPLE = 200
#: Less sure of being when an order came in than this, a column may be when it was dispatched.
_SURE = 0.7
_NEEDED = ("upstream_number", "received_at", "text")
_TITLES = {
    "upstream_number": "上级编号",
    "received_at": "来件时间",
    "upstream_due": "上级时限",
    "caller": "诉求人",
    "phone": "联系电话",
    "text": "诉求内容",
    "title": "标题",
    "units": "承办单位",
    "state": "办理状态",
}
_ALWAYS = ("upstream_number", "received_at", "text", "caller", "phone", "units", "upstream_due", "state")
_CLOCK = re.compile(r"(?:[上下中]午|凌晨|晚上)?\s*\d{1,2}[:：时点]\d{1,2}(?:[:：分]\d{0,2}秒?)?(?:\s*[AaPp][Mm])?")
_TIME_WORDS = re.compile("日期|时间|时刻|年月日|时分秒?|日|点")
#: Columns that stand only in a map of history.
_OF_HISTORY = ("dispatched_at", "reply", "replied_at")


@dataclass(slots=True)
class Proposal:
    """The map as TOML, the columns found (field → heading), and what a person should know."""

    toml: str
    columns: dict[str, str | tuple[str, str]]
    remarks: list[str] = field(default_factory=list)

    def headings(self) -> list[str]:
        """All headings that the map takes."""
        return [name for place in self.columns.values() for name in ([place] if isinstance(place, str) else place)]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and the values of the first rows that are not empty.  `clock` is the heading of the
    column beside it that holds the time of day."""

    name: str
    values: tuple[Any, ...]
    rows: int
    clock: str = ""

    @property
    def place(self) -> str | tuple[str, str]:
        """As a map has it."""
        return (self.name, self.clock) if self.clock else self.name


def propose(source: Source) -> Proposal:
    """A map of the file's likeliest sheet.  Raises FileError for a file without any table of orders."""
    found = [(points, table) for sheet in source.book.sheets if len(sheet) for points, table in _candidates(sheet)]
    if not found:
        raise FileError("文件里没有内容")
    _, table = max(found, key=lambda item: item[0])
    columns = _columns(table)
    chosen = _assigned(columns)
    if sum(name in chosen for name in _NEEDED) < 2:
        raise FileError(f"没有找到像工单的表头：前 {LOOKED_AT} 行里没有编号、时间、内容一类的列名")
    remarks = _told(source, table, columns, chosen)
    return Proposal(_toml(source, table, columns, chosen), {name: c.place for name, c in chosen.items()}, remarks)


def _candidates(sheet: Sheet) -> Iterable[tuple[float, Table]]:
    """Each row that might be the headings, alone or with the row below, with how well it is understood."""
    for index in range(min(LOOKED_AT, len(sheet))):
        for depth in (1, 2):
            if index + depth > len(sheet):
                continue
            table = under(sheet, index, depth)
            names = [name for name in table.headers if name]
            if len(set(names)) < 3 or len(set(names)) < len(names) * 0.6:
                continue
            known = sum(1.0 for name in dict.fromkeys(names) if max(likeness(name).values(), default=0) >= 0.6)
            fits = sum(name in _assigned(_columns(table)) for name in _NEEDED) if known >= 2 else 0
            rows = min(len(sheet) - table.start, 50)
            # Of two ways alike in meaning the plain one; a sheet of ten thousand rows before a summary of ten.
            yield known + fits * 3 + rows / 50 - (0.5 if depth == 2 else 0) - (2 if sheet.hidden else 0), table


def _columns(table: Table) -> list[Column]:
    rows = list(table.sheet.rows(table.start, table.start + _SAMPLE))
    found = []
    for number, name in enumerate(table.headers):
        if name and table.headers.count(name) == 1:
            given = (row.cells[number] if number < len(row.cells) else None for row in rows)
            values = tuple(cell for cell in given if isinstance(cell, Broken) or text(cell))
            found.append(Column(name, values, len(rows)))
    return found


def _assigned(columns: list[Column]) -> dict[str, Column]:
    """The best column for each field: by heading and values together, each column once."""
    pairs = []
    for column in columns:
        for name, like in likeness(column.name).items():
            fit = _fit(name, column)
            if fit > 0.3:
                pairs.append((like * 0.7 + fit * 0.3, _earliness(name, column), name, column))
    pairs.sort(key=lambda pair: (pair[0], pair[1], len(pair[3].values)), reverse=True)
    chosen: dict[str, Column] = {}
    taken: set[str] = set()
    for points, _, name, column in pairs:
        if name not in chosen and column.name not in taken and points >= 0.6:
            chosen[name] = column
            taken.add(column.name)
    _by_values(columns, chosen, taken)
    _in_one_cell(columns, chosen, taken)
    _came_in_when_dispatched(chosen)
    for name in ("received_at", "upstream_due", "dispatched_at", "replied_at"):
        if name in chosen and (clock := _clock_beside(chosen[name], columns, taken)):
            chosen[name] = replace(chosen[name], clock=clock)
            taken.add(clock)
    return chosen


def _came_in_when_dispatched(chosen: dict[str, Column]) -> None:
    """What another platform has dispatched to us came in when it was dispatched first, if nothing says more."""
    dispatched, received = chosen.get("dispatched_at"), chosen.get("received_at")
    if dispatched and received is None:
        chosen["received_at"] = chosen.pop("dispatched_at")
    elif dispatched and received and likeness(received.name)["received_at"] < _SURE:
        first, second = sorted((dispatched, received), key=lambda one: -_earliness("received_at", one))
        chosen["received_at"], chosen["dispatched_at"] = first, second


def _earliness(name: str, column: Column) -> float:
    """Of several times that may be when an order came in, the first in each row's life is."""
    if name != "received_at":
        return 0.0
    times = [instant(cell)[0].timestamp() for cell in column.values if _is_time(cell)]
    return -sum(times) / len(times) if times else float("-inf")


def _in_one_cell(columns: list[Column], chosen: dict[str, Column], taken: set[str]) -> None:
    """A column that holds the caller's name and telephone both: each field reads its own part."""
    for column in columns:
        free = column.name not in taken or column is chosen.get("caller") or column is chosen.get("phone")
        both = sum(bool(cells.phone(cell)[0] and cells.without_phone(cell)) for cell in column.values)
        like = likeness(column.name)
        if free and like.keys() & {"caller", "phone"} and both > 0.6 * len(column.values):
            for name in ("caller", "phone"):
                if name not in chosen or chosen[name] is column:
                    chosen[name] = column
                    taken.add(column.name)
            return


def _clock_beside(day: Column, columns: list[Column], taken: set[str]) -> str:
    """The heading of the column that holds the time of day of a column of mere days: the one that is called alike,
    else the one to its right."""
    if not day.values or sum(_is_day(cell) for cell in day.values) < 0.9 * len(day.values):
        return ""
    clocks = [c for c in columns if c.values and sum(_is_clock(cell) for cell in c.values) >= 0.9 * len(c.values)]
    names = [column.name for column in columns]
    stem = _TIME_WORDS.sub("", day.name)
    alike = [column.name for column in clocks if _TIME_WORDS.sub("", column.name) == stem]
    after = names[names.index(day.name) + 1 : names.index(day.name) + 2]
    beside = [column.name for column in clocks if column.name in after]
    return next((name for name in (*alike, *beside) if name not in taken), "")


def _is_day(cell: Any) -> bool:
    try:
        found, whole_day = instant(cell)
    except TimeError:
        return False
    # A day's cell under a format with a clock is a midnight.
    return whole_day or (isinstance(cell, datetime) and not (found.hour or found.minute or found.second))


def _is_clock(cell: Any) -> bool:
    if isinstance(cell, float):
        return 0 <= cell < 1
    return isinstance(cell, timedelta) or bool(_CLOCK.fullmatch(text(cell)))


def _by_values(columns: list[Column], chosen: dict[str, Column], taken: set[str]) -> None:
    """What no heading gave, but values say beyond doubt: telephones, and the long text of an order."""
    for name, least in (("phone", 0.9), ("text", 0.9)):
        if name in chosen:
            continue
        free = [column for column in columns if column.name not in taken and len(column.values) >= 3]
        free = [column for column in free if not any(word in column.name for word in words()[name].get("not", ()))]
        fits = sorted(((_certain(name, column), column) for column in free), key=lambda pair: pair[0])
        if fits and fits[-1][0] >= least:
            chosen[name] = fits[-1][1]
            taken.add(fits[-1][1].name)


def _fit(name: str, column: Column) -> float:
    """Which share of a column's values can be what the field wants; an empty column says nothing against it."""
    if not column.values:
        return 0.5
    tests: dict[str, Callable[[Any], bool]] = {
        "upstream_number": _is_code,
        "received_at": _is_time,
        "upstream_due": _is_time,
        "dispatched_at": _is_time,
        "replied_at": _is_time,
        "phone": _is_phone,
        "caller": lambda cell: len(text(cell)) <= 20 and not _is_time(cell),
        "text": lambda cell: len(text(cell)) >= 5 and not _is_time(cell) and not text(cell).isdigit(),
        "title": lambda cell: 2 <= len(text(cell)) <= 120 and not _is_time(cell),
        "units": lambda cell: 2 <= len(text(cell)) <= 80 and not _is_time(cell) and not text(cell).isdigit(),
        "state": lambda cell: len(text(cell)) <= 15 and not _is_time(cell),
        "cls": lambda cell: len(text(cell)) <= 20 and not _is_time(cell),
    }
    good = tests.get(name, lambda cell: not _is_time(cell))
    fit = sum(bool(good(cell)) for cell in column.values) / len(column.values)
    shown = {text(cell) for cell in column.values}
    if name == "upstream_number" and len(column.values) > 20 and len(shown) < len(column.values) * 0.3:
        return 0.0
    if name in ("state", "cls") and len(shown) > max(12, len(column.values) * 0.5):
        return 0.2
    if name == "title" and len(column.values) > 20 and len(shown) <= 12:
        return 0.2
    # 办理情况 is a state where few short words stand below it, and a reply where sentences do.
    if name == "reply" and sum(len(text(cell)) for cell in column.values) < 8 * len(column.values):
        return 0.2
    return fit


def _certain(name: str, column: Column) -> float:
    if name == "phone":
        return _fit("phone", column)
    lengths = [len(text(cell)) for cell in column.values]
    return 1.0 if sum(lengths) / len(lengths) >= 25 else 0.0


def _is_code(cell: Any) -> bool:
    try:
        found = cells.code(cell)
    except CellError:
        return False
    return 1 <= len(found) <= 40 and any(sign.isdigit() for sign in found) and not _is_long_time(cell)


def _is_long_time(cell: Any) -> bool:
    return not isinstance(cell, (int, float)) and "-" in text(cell) and ":" in text(cell) and _is_time(cell)


def _is_time(cell: Any) -> bool:
    try:
        return instant(cell)[0].year in range(1990, 2100)
    except TimeError:
        return False


def _is_phone(cell: Any) -> bool:
    shown = text(cell)
    if re.fullmatch(r"1\d{2}\*+\d{2,4}", shown):
        return True
    number, _ = cells.phone(cell)
    return len(number) >= 7


# --- what is written and told -------------------------------------------------------------------


def _told(source: Source, table: Table, columns: list[Column], chosen: dict[str, Column]) -> list[str]:
    title, row = table.sheet.name, table.sheet[table.start - 1].number
    found = [f"读取工作表“{title}”，表头在第 {row} 行"]
    others = [one.name for one in source.book.sheets if len(one) and one is not table.sheet]
    if others:
        found.append(f"没有读取的工作表：{'、'.join(others)}")
    found += [f"“{title}”的{remark}" for number, remark in table.sheet.remarks if not number]
    for name, column in chosen.items():
        if bad := sum(not _readable(name, cell) for cell in column.values):
            sample = next(text(cell) for cell in column.values if not _readable(name, cell))
            found.append(
                f"“{column.name}”作{_TITLES.get(name, name)}，前 {column.rows} 行有 {bad} 格不像，如“{sample[:20]}”"
            )
    for name, column in chosen.items():
        if likeness(column.name).get(name, 0) <= GUESSED and name in _TITLES:
            found.append(f"“{column.name}”作{_TITLES[name]}只是猜测，请核对")
    if missing := [_TITLES[name] for name in _ALWAYS if name not in chosen]:
        found.append(f"没有找到的列：{'、'.join(missing)}")
    taken = {name for column in chosen.values() for name in (column.name, column.clock)}
    if unknown := [column.name for column in columns if column.name not in taken and column.values]:
        found.append(f"没有看懂、不导入的列：{'、'.join(unknown)}")
    twice = [name for name, count in Counter(name for name in table.headers if name).items() if count > 1]
    if twice:
        found.append(f"列名重复、没有采用的列：{'、'.join(twice)}")
    return found


def _readable(name: str, cell: Any) -> bool:
    if isinstance(cell, Broken):
        return False
    if name in ("received_at", "upstream_due", "dispatched_at", "replied_at"):
        return _is_time(cell)
    if name == "upstream_number":
        return _is_code(cell)
    return True


def _toml(source: Source, table: Table, columns: list[Column], chosen: dict[str, Column]) -> str:
    is_history = "reply" in chosen and "replied_at" in chosen
    lines = [
        "# 由 lianxin import --draft 起草，请逐项核对后使用。等号右边是文件中的列名。",
        "",
        "[map]",
        f"title = {_quoted(f'{source.name} 的映射（草稿）')}",
        f'mode = "{"history" if is_history else "daily"}"',
        *([f"sheet = {_quoted(table.sheet.name)}"] if len(source.book.sheets) > 1 else []),
        "",
        "[columns]",
    ]
    for name in words():
        if name not in chosen or (name in _OF_HISTORY and not is_history):
            continue
        place = chosen[name].place
        both = place if isinstance(place, str) else None
        lines.append(f"{name} = " + (_quoted(both) if both else f"[{', '.join(_quoted(one) for one in place)}]"))
    for name in _NEEDED:
        if name not in chosen:
            lines.append(f'# {name} = "请填写{_TITLES[name]}的列名"')
    lines += ["", "[defaults]", 'channel = "upper"', 'source = "city"', 'cls = "help"']
    lines += ['told = "上级平台受理时已告知诉求人。"', 'layer = "city"']
    if "units" in chosen:
        lines += ["", "[dispatch]", 'basis = "city_order"', '# fallback = "单位不明时派给哪个单位（编码）"']
    lines += _values(chosen)
    return "\n".join(lines) + "\n"


def _values(chosen: dict[str, Column]) -> list[str]:
    """The values of a column of few, to be translated: left as the file has them, right for a person to fill in."""
    found: list[str] = []
    ours = {"cls": "help、complaint、report、suggestion、consult", "state": "open、closed", "urgency": "normal、urgent"}
    for name, codes in ours.items():
        if name in chosen and (words := list(dict.fromkeys(text(cell) for cell in chosen[name].values))[:20]):
            found += ["", f"# 右边可填 {codes}；本系统认得的写法不必填", f"# [values.{name}]"]
            found += [f'# {_quoted(word)} = ""' for word in words]
    return found


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
