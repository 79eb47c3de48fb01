"""Importing orders: a file, a map, a centre.  Good rows are kept whatever the bad ones say.

`preview` does everything that `run` does, batch by batch, and takes each batch back: what the ledger would refuse,
the preview knows.  Done twice, an import changes nothing.
"""

from __future__ import annotations

import itertools
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction

from lianxin.directory import snapshot
from lianxin.directory.models import Centre
from lianxin.ledger import journal
from lianxin.ledger.acts import Refused
from lianxin.ledger.door import Recorded, record_many
from lianxin.ledger.models import Clock
from lianxin.rules.worktime import show_due

from . import cells
from .cells import CellError
from .files import FileError, Line, Source, Table, heading
from .incoming import Incoming
from .index import Index
from .maps import CallbackColumns, Columns, Map
from .names import Names
from .plan import Group, Planned, Planner, look_up
from .report import Fault, Report
from .rows import Reader

#: Orders a transaction: large enough that statements do not count, small enough that nobody waits for a lock.
BATCH = 400
SHOWN = 10
#: Remarks of one row that are shown; a reader makes two or three kinds.
REMARKS = 10
HIDDEN = '被筛选或隐藏，没有导入；要导入，请在表格里取消筛选，或在映射写明 hidden_rows = "take"'
Progress = Callable[[int, int], None]


def preview(source: Source, mapping: Map, centre: Centre, at: datetime, progress: Progress | None = None) -> Report:
    """What `run` would do; nothing is kept.  Raises FileError."""
    return _Import(source, mapping, centre, at, keep=False).run(progress)


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
    # The acts are the system's; who brought the file in stands in the journal, also of a run that is cut off.
    file = {"file": source.name, "sha256": source.digest, "map": mapping.map.title, "rows": work.report.rows}
    journal.write(centre.pk, "orders.import_begun", at=at, staff=staff, payload=file)
    report = work.run(progress)
    journal.write(centre.pk, "orders.imported", at=at, staff=staff, payload=file | {"acts": dict(report.acts)})
    return report


class _Import:
    """One run over one file."""

    def __init__(self, source: Source, mapping: Map, centre: Centre, at: datetime, *, keep: bool) -> None:
        self.source, self.mapping, self.centre, self.keep = source, mapping, centre.pk, keep
        self.names = Names(mapping, snapshot.of(centre.pk))
        units = self.names.directory.units
        self.planner = Planner(mapping, centre.pk, at, lambda unit: units[unit].name)
        self.reader = Reader(mapping, self.names, at)
        self.report = Report(kept=keep)
        self.index = Index()
        self._check_map()
        self.look_through()

    def _check_map(self) -> None:
        """What is wrong with the map itself is told once, before any row."""
        fallback = self.mapping.dispatch.fallback if self.mapping.dispatch else None
        if fallback:
            try:
                self.names.unit(fallback)
            except CellError as error:
                raise FileError(f"映射的 dispatch.fallback：{error}，请先建立这个单位，或改正映射") from error

    def run(self, progress: Progress | None = None) -> Report:
        """Do what the rows ask, or try it."""
        found = self.index
        for start in range(0, len(found), BATCH):
            groups = self._understood(found.groups(start, start + BATCH), -1 - start)
            self._batch(groups)
            if progress:
                progress(min(start + BATCH, len(found)), len(found))
        self.report.faults.sort(key=lambda fault: (fault.line.sheet, fault.line.number))
        self.report.notes.sort(key=lambda note: (note.lines[0].sheet, note.lines[0].number))
        return self.report

    # --- reading ----------------------------------------------------------------------------
    def look_through(self) -> None:
        """Find the sheets, and which rows speak of which order.  Raises FileError."""
        mapping, report = self.mapping, self.report
        if mapping.columns:
            about = mapping.map
            wanted = headings(mapping.columns)
            for table in self.source.tables(about.sheet, about.header_row, wanted, about.heading_rows):
                report.headers = report.headers or table.headers
                self._look_through(table, callbacks=False)
        if mapping.callbacks:
            sheet = mapping.callbacks
            wanted = [sheet.upstream_number, *headings(sheet.columns)]
            for table in self.source.tables(sheet.sheet, sheet.header_row, wanted):
                report.headers = report.headers or table.headers
                self._look_through(table, callbacks=True)
        report.remarks = [*self.source.remarks]
        if mapping.is_history:
            self.index.by_time()

    def _look_through(self, table: Table, *, callbacks: bool) -> None:
        sheet, takes_hidden = self.mapping.callbacks, self.mapping.map.hidden_rows == "take"
        marks: dict[int, list[str]] = defaultdict(list)
        for number, remark in table.sheet.remarks:
            marks[number].append(remark)
        for line, row, given in table.lines():
            self.report.rows += 1
            if row.hidden and not takes_hidden:
                self.report.hidden += 1
                self.report.note(line, HIDDEN)
                continue
            for remark in itertools.islice(marks.get(line.number, ()), REMARKS):
                self.report.note(line, remark)
            received = None
            if callbacks and sheet:
                name = _number(given.get(heading(sheet.upstream_number))) or f"{line.sheet}:{line.number}"
            else:
                name, received = self.reader.place(given)
            self.index.add(name, table, line, callbacks, received)
            if not callbacks and len(self.report.shown) < SHOWN:
                shown = self.reader.order(line)
                if shown.registration:
                    self.report.shown.append(self._shown(shown))

    def _understood(self, found: list[list[tuple[Line, bool]]], ref: int) -> list[Group]:
        """The rows of some orders, read whole; those that cannot be used are faults."""
        groups: dict[str, Group] = {}
        sheet = self.mapping.callbacks
        for line, is_callback in itertools.chain.from_iterable(found):
            row = self.reader.callback(line, sheet) if is_callback and sheet else self.reader.order(line)
            self.report.profile.take(row)
            if row.problems:
                self.report.faults += [Fault(row.line, column, reason) for column, reason in row.problems]
            elif row.name in groups:
                groups[row.name].rows.append(row)
            else:
                groups[row.name] = Group(ref - len(groups), [row])
        return list(groups.values())

    # --- writing ----------------------------------------------------------------------------
    def _batch(self, groups: list[Group]) -> None:
        rows = [row for group in groups for row in group.rows]
        before = len(self.report.faults)
        changed = self._settled(groups)
        bad = {id(fault.line) for fault in self.report.faults[before:]}
        good = [row for row in rows if id(row.line) not in bad]
        self.report.differing += sum(id(row) not in changed and row.differs for row in good)
        self.report.unchanged += sum(id(row) not in changed and not row.differs for row in good)
        for row in good:
            for note in row.notes:
                self.report.note(row.line, note)

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
                changed |= {id(row) for p in fresh for row in (p.row, *p.also)}
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
                results = record_many(acts, collect=True) if acts else []
                ringing = self._ringing(results)
                came = iter(results)
                if not self.keep:
                    transaction.set_rollback(True)
        except (Refused, IntegrityError, DataError) as error:
            if len(groups) == 1:
                return [(group, some, [_as_refused(error)] * len(some)) for group, some in planned]
            half = len(groups) // 2
            return self._recorded(groups[:half]) + self._recorded(groups[half:])
        self.report.ringing += ringing
        return [(group, some, [next(came) for _ in some]) for group, some in planned]

    def _ringing(self, results: Sequence[Recorded | Refused]) -> int:
        """How many of the orders just brought in the next sweep will ring, because a limit is past already."""
        orders = {result.order for result in results if isinstance(result, Recorded) and not result.repeated}
        late = Clock.objects.filter(order__in=orders, next_at__lte=self.planner.at)
        return late.values("order").distinct().count() if orders else 0

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


def _number(cell: Any) -> str:
    try:
        return cells.code(cell)
    except CellError:
        return ""


def _was_there(planned: Sequence[Planned], came: Sequence[Recorded | Refused]) -> bool:
    """Somebody else registered the order after we looked: what followed in this batch had nothing to stand on."""
    first = came[0]
    return planned[0].act.verb == "order.registered" and isinstance(first, Recorded) and first.repeated


def _as_refused(error: Exception) -> Refused:
    return error if isinstance(error, Refused) else Refused("数据库不接受这一行，请核对各列的内容")
