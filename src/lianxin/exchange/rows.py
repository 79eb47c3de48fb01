"""A row of a file as we understand it: a registration, a dispatch, a reply, a call-back, and what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from pydantic import ValidationError

from lianxin.orders.callers import CallerDetails
from lianxin.orders.chain import canonical
from lianxin.rules.policy import Pack, PolicyError

from . import cells
from .cells import CellError
from .files import Line, heading
from .maps import CallbackColumns, CallbackSheet, Columns, Map
from .names import Names

T = TypeVar("T")
#: Bounds of the register verb: a title below is taken from the text, one above is cut and kept in the text.
SHORTEST_TITLE, LONGEST_TITLE, QUOTED = 4, 120, 30


@dataclass(slots=True)
class Reply:
    """A reply of history."""

    text: str
    at: datetime


@dataclass(slots=True)
class CallbackRow:
    """A call-back of the upper platform; `at` is None where the map has no column for it."""

    payload: dict[str, Any]
    at: datetime | None


@dataclass(slots=True)
class Incoming:
    """One row understood.  `name` is what it is found by: the upstream number, else its content; `terms` are deadline
    and urgency, None where the file itself does not say them."""

    line: Line
    number: str = ""
    name: str = ""
    registration: dict[str, Any] | None = None
    received_at: datetime | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    units: list[int] = field(default_factory=list)
    dispatched_at: datetime | None = None
    reply: Reply | None = None
    callback: CallbackRow | None = None
    notes: list[str] = field(default_factory=list)
    #: (column, reason): a row with any is not imported
    problems: list[tuple[str, str]] = field(default_factory=list)


class Reader:
    """Rows of one file under one map, in one centre, as of `now` (nothing in a file may be later)."""

    def __init__(self, mapping: Map, names: Names, now: datetime) -> None:
        self.mapping, self.names, self.now = mapping, names, now

    def order(self, line: Line) -> Incoming:
        """A row of the orders' sheet."""
        columns = self.mapping.columns
        assert columns is not None
        row = _Row(self, line)
        row.found.number = row.get(columns.upstream_number, cells.code) or ""
        if columns.upstream_number and not row.found.number and not row.found.problems:
            row.bad(columns.upstream_number, "不能为空")
        row.found.name = row.found.number or _content(line)
        row.register(columns)
        row.handling(columns)
        if columns.callback:
            row.call_back(columns.callback)
        return row.found

    def callback(self, line: Line, sheet: CallbackSheet) -> Incoming:
        """A row of the call-backs' sheet."""
        row = _Row(self, line)
        row.found.number = row.found.name = row.get(sheet.upstream_number, cells.code) or ""
        if not row.found.number and not row.found.problems:
            row.bad(sheet.upstream_number, "不能为空")
        row.call_back(sheet.columns)
        if row.found.callback is None and not row.found.problems:
            row.found.notes.append("没有回访结果，未导入")
        return row.found


class _Row:
    """One row while it is read: each cell's complaint is kept, so that all of a row are told at once."""

    def __init__(self, reader: Reader, line: Line) -> None:
        self.reader, self.line = reader, line
        self.mapping, self.names = reader.mapping, reader.names
        self.found = Incoming(line)

    def bad(self, column: str, reason: str) -> None:
        self.found.problems.append((column, reason))

    def get(self, column: str | None, read: Callable[[Any], T]) -> T | None:
        """The cell of `column` by `read`; None where the map has no such column, or it is wrong."""
        if column is None:
            return None
        try:
            return read(self.line.cells.get(heading(column)))
        except CellError as error:
            self.bad(column, str(error))
            return None

    def text(self, column: str | None) -> str:
        return self.get(column, cells.text) or ""

    def when(self, column: str | None, *, end_of_day: bool = False, future: bool = False) -> datetime | None:
        found = self.get(column, lambda cell: cells.moment(cell, self.mapping.times, end_of_day=end_of_day))
        if found and not future and found > self.reader.now:
            self.bad(column or "", f"“{found:%Y-%m-%d %H:%M}”还没有到，请核对")
            return None
        return found

    def lenient(self, column: str, find: Callable[[], int]) -> int | None:
        """Something that an order can do without: what is unknown is left out, and said."""
        try:
            return find()
        except CellError as error:
            self.found.notes.append(f"“{column}”：{error}，没有填入")
            return None

    # --- registration -----------------------------------------------------------------------
    def register(self, columns: Columns) -> None:
        defaults = self.mapping.defaults
        assert defaults is not None
        received = self.when(columns.received_at)
        if received is None:
            if not any(column == columns.received_at for column, _ in self.found.problems):
                self.bad(columns.received_at, "不能为空")
            return
        self.found.received_at = received
        pack = self.pack
        if pack is None:
            return
        title, text = self.words(columns)
        requests = [part.strip() for part in self.text(columns.requests).splitlines() if part.strip()]
        registration = {
            "channel": defaults.channel,
            "source": self.code("source", columns.source, defaults.source, pack),
            "cls": self.code("cls", columns.cls, defaults.cls, pack),
            "urgency": self.code("urgency", columns.urgency, defaults.urgency, pack),
            "title": title,
            "text": text,
            "requests": requests or [title],
            "caller": self.caller(columns),
            "confidential": bool(self.yes("confidential", columns.confidential)),
            "category": self.category(columns),
            "area": self.area(columns),
            "address": self.text(columns.address),
            # history is registered at that very time
            "received_at": None if self.mapping.is_history else received,
            "upstream_number": self.found.number or None,
            "upstream_due": self.due(columns, received),
            "told": self.text(columns.told) or defaults.told,
        }
        self.found.registration = {name: value for name, value in registration.items() if value not in (None, "")}
        urgency = registration["urgency"] if self.text(columns.urgency) else None
        self.found.terms = {"upstream_due": registration["upstream_due"], "urgency": urgency}

    @cached_property
    def pack(self) -> Pack | None:
        """The pack under which the order will stand; without one the row is wrong, and says so once."""
        at = self.found.received_at if self.mapping.is_history else self.reader.now
        try:
            return self.names.directory.pack(at or self.reader.now)
        except LookupError:
            self.bad("", f"本中心在 {at:%Y-%m-%d} 尚无生效的规则包，请先设置规则包的生效日期")
        except PolicyError as error:
            self.bad("", f"规则包有误：{error}")
        return None

    def words(self, columns: Columns) -> tuple[str, str]:
        """Title and text.  Nothing is invented: a missing title quotes the text, a long one stands in it whole."""
        title, text = " ".join(self.text(columns.title).split()), self.text(columns.text)
        if not text:
            self.bad(columns.text, "不能为空")
        if len(title) > LONGEST_TITLE:
            text = f"{title}\n{text}"
            title = title[: LONGEST_TITLE - 1] + "…"
        if len(title) < SHORTEST_TITLE:
            title = " ".join(text.split())[:QUOTED]
        return title, text

    def code(self, name: Any, column: str | None, default: str | None, pack: Pack) -> str | None:
        word = self.text(column) or default or ""
        if not word:
            self.bad(column or "", "不能为空")
            return None
        return (
            self.get(column, lambda _: self.names.choice(name, word, pack)) if column else self.fixed(name, word, pack)
        )

    def fixed(self, name: Any, word: str, pack: Pack) -> str | None:
        try:
            return self.names.choice(name, word, pack)
        except CellError as error:
            self.bad("", f"映射的 defaults.{name}：{error}")
            return None

    def yes(self, name: Any, column: str | None) -> bool | None:
        return self.get(column, lambda cell: self.names.yes(name, cells.text(cell)))

    def caller(self, columns: Columns) -> CallerDetails | None:
        phone, remark = self.get(columns.phone, cells.phone) or ("", "")
        if remark:
            self.found.notes.append(remark)
        name = self.text(columns.caller)
        if not name and not phone:
            return None
        try:
            return CallerDetails(name=name, phone=phone)
        except ValidationError:
            self.bad(columns.caller or "", "诉求人最多 40 个字")
            return None

    def category(self, columns: Columns) -> int | None:
        wanted = columns.category
        steps = (wanted,) if isinstance(wanted, str) else wanted or ()
        words = tuple(self.text(column) for column in steps)
        return self.lenient("/".join(steps), lambda: self.names.category(words)) if any(words) else None

    def area(self, columns: Columns) -> int | None:
        word = self.text(columns.area)
        return self.lenient(columns.area or "", lambda: self.names.area(word)) if word else None

    def due(self, columns: Columns, received: datetime) -> datetime | None:
        due = self.when(columns.upstream_due, end_of_day=True, future=True)
        if due and due < received:
            self.bad(columns.upstream_due or "", "上级时限早于来件时间，请核对")
        return due

    # --- dispatch and reply -----------------------------------------------------------------
    def handling(self, columns: Columns) -> None:
        received = self.found.received_at
        if self.mapping.dispatch is None or received is None:
            return
        self.found.units = self.units(columns)
        self.found.dispatched_at = self.when(columns.dispatched_at) or received
        if self.found.dispatched_at < received:
            self.bad(columns.dispatched_at or "", "派单时间早于来件时间，请核对")
        text = self.text(columns.reply)
        if not text:
            return
        at = self.when(columns.replied_at)
        if at is None:
            self.bad(columns.replied_at or "", "有答复内容，就应有答复时间")
        elif at < self.found.dispatched_at:
            self.bad(columns.replied_at or "", "答复时间早于派单或来件时间，请核对")
        elif not self.found.units:
            self.bad(columns.units or "", "有答复，但没有认得的承办单位；可在映射的 dispatch.fallback 里写明")
        else:
            self.found.reply = Reply(text, at)

    def units(self, columns: Columns) -> list[int]:
        """The first leads.  An unknown unit does not hold an order up: it goes to the fallback, or waits."""
        dispatch = self.mapping.dispatch
        assert dispatch is not None
        found: list[int] = []
        for word in _several(self.text(columns.units)):
            unit = self.lenient(columns.units or "", lambda word=word: self.names.unit(word))  # type: ignore[misc]
            if unit is not None and unit not in found:
                found.append(unit)
        if found or not dispatch.fallback:
            return found
        try:
            return [self.names.unit(dispatch.fallback)]
        except CellError as error:
            self.bad("", f"映射的 dispatch.fallback：{error}")
            return []

    # --- call-back --------------------------------------------------------------------------
    def call_back(self, columns: CallbackColumns) -> None:
        pack = self.pack
        if pack is None:
            return
        payload: dict[str, Any] = {
            "reached": self.yes("reached", columns.reached),
            "process_grade": self.grade("process_grade", columns.process_grade, pack),
            "result_grade": self.grade("result_grade", columns.result_grade, pack),
            "solved": self.yes("solved", columns.solved),
        }
        payload = {name: value for name, value in payload.items() if value not in (None, "")}
        if not payload:
            return
        layer = self.text(columns.layer) or self.mapping.layer()
        payload["layer"] = self.get(columns.layer or "", lambda _: self.names.choice("layer", layer, pack))
        if words := self.text(columns.words):
            payload["words"] = words
        at = self.when(columns.at)
        if columns.at and at is None:
            self.bad(columns.at, "有回访结果，就应有回访时间")
            return
        self.found.callback = CallbackRow(payload, at)

    def grade(self, name: Any, column: str | None, pack: Pack) -> str | None:
        word = self.text(column)
        return self.get(column, lambda _: self.names.choice(name, word, pack)) if word else None


def _several(words: str) -> list[str]:
    for mark in "，,；;\n":
        words = words.replace(mark, "、")
    return [word.strip() for word in words.split("、") if word.strip()]


def _content(line: Line) -> str:
    """What a row without a number is known by: all that stands in it."""
    return hashlib.sha256(canonical({name: cells.text(cell) for name, cell in line.cells.items()})).hexdigest()
