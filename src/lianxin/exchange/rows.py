"""The rows of a file, understood by a map: what each asks to be registered, dispatched, replied and called back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

from lianxin.ledger.chain import canonical
from lianxin.orders.callers import CallerDetails
from lianxin.rules.policy import Pack, PolicyError
from lianxin.workbooks.times import instant

from . import cells
from .cells import CellError
from .files import Line, heading
from .incoming import CallbackRow, Incoming, Reply
from .maps import CallbackColumns, CallbackSheet, Columns, Map
from .names import Names
from .row_cells import Place, RowCells, cell_at, label

#: Put before a text of which an order is too short to say anything; nothing else is added to anybody's words.
_SHORT = "诉求原文："
_WORDS_OF_ROLE = "主办|承办|牵头|责任|协办|配合|会办"
_ROLE = re.compile(rf"^(?:{_WORDS_OF_ROLE})(?:单位|部门)?\s*[:：]|[（(](?:{_WORDS_OF_ROLE})(?:单位|部门)?[）)]$")
_ASSISTS = re.compile(r"^(?:协办|配合|会办)(?:单位|部门)?\s*[:：]|[（(](?:协办|配合|会办)(?:单位|部门)?[）)]$")
_NUMBERED = re.compile(r"(?:^|[\s、])\d{1,2}[.．、](?=\D)")
#: Bounds of the register verb: a title below is taken from the text, one above is cut and kept in the text.
SHORTEST_TITLE, LONGEST_TITLE, QUOTED = 4, 120, 30
SHORTEST_TEXT, LONGEST_TEXT, LONGEST_REPLY, LONGEST_ADDRESS = 5, 8000, 32000, 200
SHORTEST_REQUEST, LONGEST_REQUEST, MOST_REQUESTS, LONGEST_NAME = 2, 500, 20, 40


class Reader:
    """Rows of one file under one map, in one centre, as of `now` (nothing in a file may be later)."""

    def __init__(self, mapping: Map, names: Names, now: datetime) -> None:
        self.mapping, self.names, self.now = mapping, names, now

    def place(self, given: Mapping[str, Any]) -> tuple[str, datetime | None]:
        """What a row of the orders' sheet is found by, and when it was received: all that an import must know of a
        row before its turn comes."""
        columns = self.mapping.columns
        assert columns is not None
        try:
            number = cells.code(given.get(heading(columns.upstream_number))) if columns.upstream_number else ""
        except CellError:
            number = ""
        try:
            received = cells.moment(cell_at(given, columns.received_at), self.mapping.times)
        except CellError:
            received = None
        return number or _content(given), received

    def order(self, line: Line) -> Incoming:
        """A row of the orders' sheet."""
        columns = self.mapping.columns
        assert columns is not None
        row = _Row(self, line)
        row.found.number = row.get(columns.upstream_number, cells.code) or ""
        if columns.upstream_number and not row.found.number and not row.found.problems:
            row.bad(columns.upstream_number, "不能为空")
        row.found.name = row.found.number or _content(row.cells)
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


class _Row(RowCells):
    """One row while it is read."""

    def __init__(self, reader: Reader, line: Line) -> None:
        super().__init__(reader.mapping, reader.now, line)
        self.reader, self.names = reader, reader.names

    # --- registration -----------------------------------------------------------------------
    def register(self, columns: Columns) -> None:
        defaults = self.mapping.defaults
        assert defaults is not None
        received = self.when(columns.received_at, needed=True)
        if received is None:
            place = label(columns.received_at)
            if not any(column == place for column, _ in self.found.problems):
                self.bad(place, "不能为空")
            return
        self.found.received_at = received
        pack = self.pack
        if pack is None:
            return
        title, text = self.words(columns)
        requests = self.requests(columns)
        registration = {
            "channel": defaults.channel,
            "source": self.code("source", columns.source, defaults.source, pack),
            "cls": self.code("cls", columns.cls, defaults.cls, pack),
            "urgency": self.code("urgency", columns.urgency, defaults.urgency, pack),
            "title": title,
            "text": text,
            "requests": requests or [title],
            "caller": self.caller(columns),
            "confidential": self.confidential(columns),
            "category": self.category(columns),
            "area": self.area(columns),
            "address": self.text(columns.address, LONGEST_ADDRESS),
            # history is registered at that very time
            "received_at": None if self.mapping.is_history else received,
            "upstream_number": self.found.number or None,
            "upstream_due": self.due(columns, received),
            "told": self.told(columns) or defaults.told,
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
        title, text = " ".join(self.text(columns.title).split()), self.text(columns.text, needed=True)
        if not text and not any(column == columns.text for column, _ in self.found.problems):
            if not title:
                self.bad(columns.text, "不能为空")
            else:
                self.note(columns.text, "是空的，以标题作为内容")
                text = title
        if len(title) > LONGEST_TITLE:
            text = f"{title}\n{text}"
            title = title[: LONGEST_TITLE - 1] + "…"
        if text and len(text) < SHORTEST_TEXT:
            self.note(columns.text, f"“{text}”不足 {SHORTEST_TEXT} 个字，前面加了“{_SHORT}”")
            text = f"{_SHORT}{text}"
        if len(text) > LONGEST_TEXT:
            self.note(columns.text, f"超过 {LONGEST_TEXT} 个字，只导入前 {LONGEST_TEXT} 个字，请把余下的补记到工单")
            text = text[: LONGEST_TEXT - 1] + "…"
        if len(title) < SHORTEST_TITLE:
            title = " ".join(text.split())[:QUOTED]
        return title, text

    def requests(self, columns: Columns) -> list[str]:
        """The numbered requests; those beyond what an order holds are joined into the last."""
        parts = [part.strip() for part in self.text(columns.requests).splitlines() if part.strip()]
        parts = [part for part in parts if len(part) >= SHORTEST_REQUEST]
        if len(parts) > MOST_REQUESTS:
            self.note(columns.requests, f"超过 {MOST_REQUESTS} 项，余下的并入最后一项")
            parts = [*parts[: MOST_REQUESTS - 1], "；".join(parts[MOST_REQUESTS - 1 :])]
        if any(len(part) > LONGEST_REQUEST for part in parts):
            self.note(columns.requests, f"有一项超过 {LONGEST_REQUEST} 个字，已截短")
        return [part if len(part) <= LONGEST_REQUEST else part[: LONGEST_REQUEST - 1] + "…" for part in parts]

    def told(self, columns: Columns) -> str:
        found = self.text(columns.told, 4000)
        return found if len(found) > 1 else ""

    def confidential(self, columns: Columns) -> bool:
        """What cannot be understood counts as a wish for confidentiality: the safe side."""
        word = self.text(columns.confidential)
        try:
            return bool(self.names.yes("confidential", word))
        except CellError as error:
            self.note(columns.confidential, f"{error}；按要求保密登记")
            return True

    def code(self, name: Any, column: str | None, default: str | None, pack: Pack) -> str | None:
        word = self.text(column)
        if word:
            try:
                return self.names.choice(name, word, pack)
            except CellError as error:
                if not default:
                    self.bad(column or "", str(error))
                    return None
                self.note(column, f"{error}；先按默认的“{default}”登记")
        if not default:
            self.bad(column or "", "不能为空")
            return None
        return self.fixed(name, default, pack)

    def fixed(self, name: Any, word: str, pack: Pack) -> str | None:
        try:
            return self.names.choice(name, word, pack)
        except CellError as error:
            self.bad("", f"映射的 defaults.{name}：{error}")
            return None

    def yes(self, name: Any, column: str | None) -> bool | None:
        return self.get(column, lambda cell: self.names.yes(name, cells.text(cell)), needed=False)

    def caller(self, columns: Columns) -> CallerDetails | None:
        phone, remark = self.get(columns.phone, cells.phone, needed=False) or ("", "")
        if remark:
            self.found.notes.append(remark)
        read = cells.without_phone if columns.caller == columns.phone else cells.text
        name = (self.get(columns.caller, read, needed=False) or "")[:LONGEST_NAME]
        return CallerDetails(name=name, phone=phone) if name or phone else None

    def category(self, columns: Columns) -> int | None:
        wanted = columns.category
        steps = (wanted,) if isinstance(wanted, str) else wanted or ()
        words = tuple(self.text(column) for column in steps)
        return self.lenient("/".join(steps), lambda: self.names.category(words)) if any(words) else None

    def area(self, columns: Columns) -> int | None:
        wanted = columns.area
        steps = (wanted,) if isinstance(wanted, str) else wanted or ()
        words = tuple(self.text(column) for column in steps)
        return self.lenient("/".join(steps), lambda: self.names.area(words)) if any(words) else None

    def due(self, columns: Columns, received: datetime) -> datetime | None:
        ends = self.mapping.map.midnight == "end"
        due = self.when(columns.upstream_due, end_of_day=True, future=True)
        if due and ends and due.time() == time() and not self.is_day(columns.upstream_due):
            due += timedelta(days=1)
        if due and due < received:
            self.note(label(columns.upstream_due), f"上级时限“{due:%Y-%m-%d %H:%M}”早于来件时间，没有填入，请核对")
            return None
        return due

    def is_day(self, column: Place | None) -> bool:
        """Whether the cell says a day and no hour: its 24:00 is understood already."""
        return instant(cell_at(self.cells, column or ""), self.mapping.times)[1]

    # --- dispatch and reply -----------------------------------------------------------------
    def handling(self, columns: Columns) -> None:
        received = self.found.received_at
        word = self.text(columns.state)
        self.found.ended = self.names.ended(word) if word else None
        if word and self.found.ended is None:
            self.note(columns.state, f"“{word}”不认识，请在映射的 values.state 里写明它是 open 还是 closed")
        if word and self.found.ended and not self.mapping.is_history:
            self.note(columns.state, f"文件中是“{word}”，仍按待办登记，请核对")
        if self.mapping.dispatch is None or received is None:
            return
        self.found.units = self.units(columns)
        self.found.dispatched_at = self.when(columns.dispatched_at) or received
        if self.found.dispatched_at < received:
            self.note(label(columns.dispatched_at), "派单时间早于来件时间，按来件时间登记，请核对")
            self.found.dispatched_at = received
        self.reply(columns, self.found.dispatched_at)

    def reply(self, columns: Columns, dispatched_at: datetime) -> None:
        """The reply of history; without a time, or a unit, it is left out and said: the order is kept."""
        text = self.text(columns.reply, LONGEST_REPLY)
        if not text:
            return
        at = self.when(columns.replied_at)
        if at is None:
            self.note(columns.reply, "有答复内容，但没有答复时间，答复没有导入")
        elif not self.found.units:
            self.note(columns.reply, "有答复，但没有认得的承办单位，答复没有导入；可在映射的 dispatch.fallback 里写明")
        elif at < dispatched_at:
            self.note(label(columns.replied_at), "答复时间早于派单或来件时间，答复没有导入，请核对")
        else:
            self.found.reply = Reply(text, at)

    def units(self, columns: Columns) -> list[int]:
        """The first leads.  An unknown unit does not hold an order up: it goes to the fallback, or waits."""
        dispatch = self.mapping.dispatch
        assert dispatch is not None
        found: list[int] = []
        named = self.text(columns.units)
        for word in [named] if self.names.knows_unit(named) else _several(named):
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
        try:
            payload["layer"] = self.names.choice("layer", layer, pack)
        except CellError as error:
            self.note(columns.layer, f"{error}，回访没有导入")
            return
        if words := self.text(columns.words, 4000):
            payload["words"] = words
        at = self.when(columns.at)
        if columns.at and at is None:
            self.note(columns.at, "有回访结果，但没有回访时间，回访没有导入")
            return
        self.found.callback = CallbackRow(payload, at)

    def grade(self, name: Any, column: str | None, pack: Pack) -> str | None:
        word = self.text(column)
        return self.get(column, lambda _: self.names.choice(name, word, pack), needed=False) if word else None


def _several(words: str) -> list[str]:
    """The units that a cell names, those in charge first: 主办：甲；协办：乙, 甲（主办）、乙（协办）, 1. 甲 2. 乙."""
    for mark in "，,；;\n/|":
        words = words.replace(mark, "、")
    found = [part.strip() for part in _NUMBERED.sub("、", words).split("、")]
    leads = [_ROLE.sub("", part).strip() for part in found if not _ASSISTS.search(part)]
    assists = [_ROLE.sub("", part).strip() for part in found if _ASSISTS.search(part)]
    return [part for part in (*leads, *assists) if part]


def _content(given: Mapping[str, Any]) -> str:
    """What a row without a number is known by: all that stands in it."""
    return hashlib.sha256(canonical({name: cells.text(cell) for name, cell in given.items()})).hexdigest()
