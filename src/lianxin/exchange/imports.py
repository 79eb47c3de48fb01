"""Importing orders: a file, a map, a centre.  Good rows are kept whatever the bad ones say.

`preview` does everything that `run` does, batch by batch, and takes each batch back: what the ledger would refuse,
the preview knows.  Done twice, an import changes nothing.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction

from lianxin.directory import snapshot
from lianxin.directory.models import Centre
from lianxin.orders import journal
from lianxin.orders.acts import Refused
from lianxin.orders.ledger import Recorded, record_many
from lianxin.rules.worktime import show_due

from .files import Line, Source
from .maps import CallbackColumns, Columns, Map
from .names import Names
from .plan import Group, Planned, Planner, look_up
from .rows import Incoming, Reader

#: Orders a transaction: large enough that statements do not count, small enough that nobody waits for a lock.
BATCH = 400
SHOWN = 10
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was not imported: its line as Excel numbers it, the column ("" for the row), and why."""

    line: Line
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"第 {self.line.number} 行" + (f"“{self.column}”" if self.column else "")
        return f"{self.line.sheet} {place}：{self.reason}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a row that was imported and that people should know."""

    line: Line
    text: str

    def __str__(self) -> str:
        return f"{self.line.sheet} 第 {self.line.number} 行：{self.text}"


@dataclass(slots=True)
class Report:
    """What came of an import, or what would.  `acts` counts by verb; `shown` are the first rows as understood."""

    rows: int = 0
    unchanged: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    shown: list[dict[str, str]] = field(default_factory=list)
    headers: tuple[str, ...] = ()
    kept: bool = True

    @property
    def bad_rows(self) -> int:
        """Rows, not complaints: a row may have several."""
        return len({(fault.line.sheet, fault.line.number) for fault in self.faults})

    def __str__(self) -> str:
        done = "" if self.kept else "预览："
        parts = [f"{title} {self.acts[verb]} 件" for verb, title in COUNTED.items() if self.acts[verb]]
        parts += [f"已在册、没有新内容的 {self.unchanged} 行"] if self.unchanged else []
        parts += [f"有误未导入的 {self.bad_rows} 行"] if self.faults else []
        return f"{done}共 {self.rows} 行；" + "，".join(parts or ["没有可导入的内容"]) + "。"


COUNTED = {
    "order.registered": "登记",
    "order.dispatched": "派单",
    "share.reply_imported": "导入答复",
    "callback.recorded": "导入回访",
}


def preview(source: Source, mapping: Map, centre: Centre, at: datetime) -> Report:
    """What `run` would do; nothing is kept.  Raises FileError."""
    work = _Import(source, mapping, centre, at, keep=False)
    return work.run(work.groups())


def run(
    source: Source,
    mapping: Map,
    centre: Centre,
    at: datetime,
    progress: Progress | None = None,
    staff: int | None = None,
) -> Report:
    """Import the file; `staff` is who does it (None: at the command line).  `progress` hears (orders done, orders in
    all).  Raises FileError before anything is done."""
    work = _Import(source, mapping, centre, at, keep=True)
    groups = work.groups()
    # The acts are the system's; who brought the file in stands in the journal, also of a run that is cut off.
    file = {"file": source.name, "sha256": source.digest, "map": mapping.map.title, "rows": work.report.rows}
    journal.write(centre.pk, "orders.import_begun", at=at, staff=staff, payload=file)
    report = work.run(groups, progress)
    journal.write(centre.pk, "orders.imported", at=at, staff=staff, payload=file | {"acts": dict(report.acts)})
    return report


class _Import:
    """One run over one file."""

    def __init__(self, source: Source, mapping: Map, centre: Centre, at: datetime, *, keep: bool) -> None:
        self.source, self.mapping, self.centre, self.keep = source, mapping, centre.pk, keep
        self.planner = Planner(mapping, centre.pk, at)
        self.names = Names(mapping, snapshot.of(centre.pk))
        self.reader = Reader(mapping, self.names, at)
        self.report = Report(kept=keep)

    def run(self, groups: list[Group], progress: Progress | None = None) -> Report:
        """Do what the rows ask, or try it."""
        done = 0
        for start in range(0, len(groups), BATCH):
            batch = groups[start : start + BATCH]
            self._batch(batch)
            done += len(batch)
            if progress:
                progress(done, len(groups))
        self.report.faults.sort(key=lambda fault: (fault.line.sheet, fault.line.number))
        self.report.notes.sort(key=lambda note: (note.line.sheet, note.line.number))
        return self.report

    # --- reading ----------------------------------------------------------------------------
    def _incoming(self) -> Iterator[Incoming]:
        mapping = self.mapping
        if mapping.columns:
            table = self.source.table(mapping.map.sheet, mapping.map.header_row, headings(mapping.columns))
            self.report.headers = table.headers
            yield from (self.reader.order(line) for line in table.lines)
        if mapping.callbacks:
            sheet = mapping.callbacks
            wanted = [sheet.upstream_number, *headings(sheet.columns)]
            table = self.source.table(sheet.sheet, sheet.header_row, wanted)
            self.report.headers = self.report.headers or table.headers
            yield from (self.reader.callback(line, sheet) for line in table.lines)

    def groups(self) -> list[Group]:
        """Sound rows by the order that they are about, oldest first, so that numbers follow time.  Raises FileError."""
        rows = list(self._incoming())
        self.report.rows = len(rows)
        found: dict[str, Group] = {}
        for row in rows:
            if row.registration and len(self.report.shown) < SHOWN:
                self.report.shown.append(self._shown(row))
            if row.problems:
                self.report.faults += [Fault(row.line, column, reason) for column, reason in row.problems]
            elif row.name in found:
                found[row.name].rows.append(row)
            else:
                found[row.name] = Group(-1 - len(found), [row])
        groups = list(found.values())
        if self.mapping.is_history:
            groups.sort(key=lambda group: group.rows[0].received_at or self.planner.at)
        return groups

    # --- writing ----------------------------------------------------------------------------
    def _batch(self, groups: list[Group]) -> None:
        rows = [row for group in groups for row in group.rows]
        before = len(self.report.faults)
        changed = self._settled(groups)
        bad = {id(fault.line) for fault in self.report.faults[before:]}
        good = [row for row in rows if id(row.line) not in bad]
        self.report.unchanged += sum(id(row) not in changed for row in good)
        self.report.notes += [Note(row.line, note) for row in good for note in row.notes]

    def _settled(self, groups: list[Group]) -> set[int]:
        """Do the groups' acts, all at once; a group that is refused is tried again row by row, so that a bad row
        does not cost the good ones of its order.  Returns the rows (by identity) that changed something."""
        changed: set[int] = set()
        waiting = deque([groups])
        while waiting:
            first: list[Group] = []
            rest: list[Group] = []
            for group, planned, came in self._recorded(waiting.popleft()):
                refused = next((result for result in came if isinstance(result, Refused)), None)
                if refused and not _was_there(planned, came):
                    self._again(group, refused, first, rest)
                    continue
                self.report.faults += [Fault(row.line, column, reason) for row, column, reason in group.lost]
                fresh = [p for p, r in zip(planned, came, strict=True) if isinstance(r, Recorded) and not r.repeated]
                self.report.acts.update(p.act.verb for p in fresh)
                changed |= {id(p.row) for p in fresh}
            waiting.extend(some for some in (first, rest) if some)
        return changed

    def _again(self, group: Group, refused: Refused, first: list[Group], rest: list[Group]) -> None:
        if "upstream_number" in refused.problems and not group.looked_twice:
            # Somebody registered this number after we looked: now we know the order.
            group.looked_twice = True
            first.append(group)
        elif len(group.rows) > 1:
            first.append(Group(group.ref, group.rows[:1], lost=group.lost))
            rest.append(Group(group.ref, group.rows[1:]))
        else:
            self._lose(group, refused)

    def _recorded(self, groups: list[Group]) -> list[tuple[Group, list[Planned], list[Recorded | Refused]]]:
        """One transaction.  Where the database refuses the whole of it, the order that is to blame is found by
        halving."""
        for group in groups:
            group.standing = None
        look_up(self.centre, groups, {row.name: self.planner.key(row.name) for group in groups for row in group.rows})
        planned = [(group, self.planner.acts(group)) for group in groups]
        acts = [p.act for _, some in planned for p in some]
        try:
            with transaction.atomic():
                came = iter(record_many(acts, collect=True) if acts else [])
                if not self.keep:
                    transaction.set_rollback(True)
        except (Refused, IntegrityError, DataError) as error:
            if len(groups) == 1:
                return [(group, some, [_as_refused(error)] * len(some)) for group, some in planned]
            half = len(groups) // 2
            return self._recorded(groups[:half]) + self._recorded(groups[half:])
        return [(group, some, [next(came) for _ in some]) for group, some in planned]

    def _lose(self, group: Group, refused: Refused) -> None:
        (row,), columns = group.rows, self.mapping.columns
        for name, reason in refused.problems.items():
            column = getattr(columns, name.split(".")[0], None) if name and columns else None
            group.lost.append((row, column if isinstance(column, str) else "", reason))
        self.report.faults += [Fault(lost.line, column, reason) for lost, column, reason in group.lost]

    # --- showing ----------------------------------------------------------------------------
    def _shown(self, row: Incoming) -> dict[str, str]:
        """A row as understood, in words."""
        given, directory = row.registration or {}, self.names.directory
        category = directory.categories.get(given.get("category", 0))
        pack = directory.pack(row.received_at if self.mapping.is_history and row.received_at else self.planner.at)
        source, kind = pack.sources.get(given.get("source", "")), pack.classes.get(given.get("cls", ""))
        words: dict[str, Any] = {
            "行": row.line.number,
            "上级编号": row.number,
            "来件时间": f"{row.received_at:%Y-%m-%d %H:%M}" if row.received_at else "",
            "上级时限": show_due(given["upstream_due"]) if "upstream_due" in given else "",
            "来源": source.title if source else "",
            "诉求类别": kind.title if kind else "",
            "分类": "/".join(category.path) if category else "",
            "标题": given.get("title", ""),
            "承办单位": "、".join(directory.units[unit].name for unit in row.units),
            "答复时间": f"{row.reply.at:%Y-%m-%d %H:%M}" if row.reply else "",
            "回访": "有" if row.callback else "",
        }
        return {title: str(word) for title, word in words.items()}


def headings(columns: Columns | CallbackColumns) -> list[str]:
    """All headings that a map wants to find."""
    found: list[str] = []
    for value in (getattr(columns, name) for name in type(columns).model_fields):
        match value:
            case str():
                found.append(value)
            case tuple():
                found += value
            case CallbackColumns():
                found += headings(value)
    return found


def _was_there(planned: Sequence[Planned], came: Sequence[Recorded | Refused]) -> bool:
    """Somebody else registered the order after we looked: what followed in this batch had nothing to stand on."""
    first = came[0]
    return planned[0].act.verb == "order.registered" and isinstance(first, Recorded) and first.repeated


def _as_refused(error: Exception) -> Refused:
    return error if isinstance(error, Refused) else Refused("数据库不接受这一行，请核对各列的内容")
