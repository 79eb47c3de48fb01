"""How a sheet is carried into the directory: row by row, in one transaction, and not at all if one row is wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, ClassVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from lianxin.rules.characters import clean_line
from lianxin.workbooks.times import TimeError, instant

from ..models import Centre
from . import workbook
from .workbook import Line


@dataclass(frozen=True)
class Column:
    """A column: the model's field, how its text is read (`CellError` if it cannot be) and shown."""

    header: str
    field: str
    read: Callable[[str], Any] = str
    show: Callable[[Any], str] = str
    required: bool = False
    # An empty cell leaves what stands there; in other columns it empties it.
    blank_keeps: bool = False
    choices: tuple[str, ...] = ()
    exported: bool = True


class CellError(ValueError):
    """A cell that cannot be read; the message is a Chinese sentence."""


@dataclass(frozen=True)
class RowError:
    """What is wrong, and where: the row as Excel numbers it, the column's header (empty: the row as a whole)."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"第 {self.row} 行{f'“{self.column}”' if self.column else ''}：{self.reason}"


@dataclass(frozen=True)
class Change:
    """What a row does: a new object (`before` empty), or other values: header, before, after."""

    row: int
    what: str
    new: bool
    cells: tuple[tuple[str, str, str], ...]


@dataclass
class Outcome:
    """The result of a check or an import; with errors nothing was changed."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    #: what people should know about how the sheet was read
    remarks: list[str] = field(default_factory=list)
    applied: bool = False

    @property
    def created(self) -> int:
        """How many objects are new."""
        return sum(change.new for change in self.changes)

    def __str__(self) -> str:
        if self.errors:
            return f"有 {len(self.errors)} 处错误，没有导入任何内容。"
        done = "已" if self.applied else "将"
        return f"{done}新增 {self.created} 条，修改 {len(self.changes) - self.created} 条，{self.unchanged} 条不变。"


Key = Hashable
Cells = Mapping[str, str]


class Sheet(ABC):
    """One kind of sheet of one centre. Rows are found by their key; what the sheet does not name stays as it is."""

    name: ClassVar[str]
    title: ClassVar[str]
    model: ClassVar[type[models.Model]]
    columns: tuple[Column, ...]

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.standing: dict[Key, Any] = {}

    @abstractmethod
    def existing(self) -> Iterable[Any]:
        """The centre's objects in the order of an export, parents before children."""

    @abstractmethod
    def key_of(self, target: Any) -> Key:
        """What identifies an object within its centre."""

    @abstractmethod
    def key(self, cells: Cells) -> Key:
        """The same key, from a row's cells."""

    @abstractmethod
    def new(self, key: Key) -> Any:
        """An unsaved object with what the key says."""

    def needs(self, cells: Cells) -> Key | None:
        """The key of the row that must be carried in before this one, if any."""
        return None

    def settle(self, target: Any) -> None:  # noqa: B027
        """Put right in an object what follows from the rest of it, before it is compared with what stands."""

    def complete(self, lines: list[Line]) -> list[Line]:
        """The rows with those that go without saying."""
        return lines

    def objection(self, cells: Cells) -> tuple[str, str] | None:
        """The column and the reason why a row makes no sense as a whole, if so."""
        return None

    def name_of(self, key: Key) -> str:
        """A key as people read it."""
        return str(key)

    def carry(self, target: Any, cells: Cells, *, applied: bool) -> None:
        """Save one object; `applied` False in a check, where costly work may be left out."""
        target.full_clean()
        target.save()

    def describe(self, target: Any) -> dict[str, str]:
        """An object as the cells of its row."""
        return {column.header: column.show(getattr(target, column.field)) for column in self.columns if column.field}

    def first_passwords(self) -> bytes | None:
        """Passwords that an import made, as a sheet to be given back once."""
        return None

    def export(self) -> bytes:
        """The centre's rows as an xlsx file."""
        shown = [column for column in self.columns if column.exported]
        rows = (list(self.describe(target).values()) for target in self.existing())
        choices = {column.header: list(column.choices) for column in shown if column.choices}
        return workbook.write(self.title, [column.header for column in shown], rows, choices)

    def check(self, file: BinaryIO) -> Outcome:
        """What importing `file` would do; changes nothing. Raises WorkbookError for a file that is no such sheet."""
        return self._run(file, apply=False)

    def load(self, file: BinaryIO) -> Outcome:
        """Import `file`, all of it or, with any error, nothing. Raises WorkbookError as `check` does."""
        return self._run(file, apply=True)

    def _run(self, file: BinaryIO, *, apply: bool) -> Outcome:
        required = [column.header for column in self.columns if column.required]
        contents = workbook.read(file, [column.header for column in self.columns], required)
        outcome = Outcome(remarks=contents.remarks)
        # A check is an import that is taken back: whatever the database refuses, the check knows.
        with transaction.atomic():
            self.standing = {self.key_of(target): target for target in self.existing()}
            _Run(self, outcome, apply).rows(self.complete(contents.lines))
            outcome.applied = apply and not outcome.errors
            if not outcome.applied:
                transaction.set_rollback(True)
        outcome.errors.sort(key=lambda error: error.row)
        outcome.changes.sort(key=lambda change: change.row)
        return outcome


class _Run:
    """One walk over a sheet's rows."""

    def __init__(self, sheet: Sheet, outcome: Outcome, apply: bool) -> None:
        self.sheet, self.outcome, self.apply = sheet, outcome, apply

    def rows(self, lines: list[Line]) -> None:
        waiting: dict[Key, Line] = {}
        for line in lines:
            key = self.sheet.key(line.cells)
            if key in waiting:
                self._error(line, "", f"与第 {waiting[key].number} 行重复（{self.sheet.name_of(key)}）。")
            else:
                waiting[key] = line
        while ready := [key for key, line in waiting.items() if self.sheet.needs(line.cells) not in waiting]:
            for key in ready:
                self._row(key, waiting.pop(key))
        for line in waiting.values():
            self._error(line, "", "上级互相指向，成了一个圈，请改正。")

    def _error(self, line: Line, column: str, reason: str) -> None:
        self.outcome.errors.append(RowError(line.number, column, reason))

    def _row(self, key: Key, line: Line) -> None:
        values = self._values(line)
        if values is None:
            return
        target = self.sheet.standing.get(key)
        is_new = target is None
        try:
            target = self.sheet.new(key) if is_new else target
        except CellError as error:
            self._error(line, "", str(error))
            return
        before = {} if is_new else self.sheet.describe(target)
        for column, value in values.items():
            setattr(target, column.field, value)
        self.sheet.settle(target)
        after = self.sheet.describe(target)
        cells = tuple((header, before.get(header, ""), text) for header, text in after.items())
        changed = tuple(cell for cell in cells if is_new or cell[1] != cell[2])
        if not changed:
            self.outcome.unchanged += 1
            return
        try:
            with transaction.atomic():
                self.sheet.carry(target, line.cells, applied=self.apply)
        except ValidationError as error:
            self._refused(line, error)
            return
        except IntegrityError:
            self._error(line, "", "与刚刚保存的其他资料冲突，请重新导入。")
            return
        self.sheet.standing[key] = target
        self.outcome.changes.append(Change(line.number, self.sheet.name_of(key), is_new, changed))

    def _values(self, line: Line) -> dict[Column, Any] | None:
        values: dict[Column, Any] = {}
        objection = self.sheet.objection(line.cells)
        if objection:
            self._error(line, *objection)
        sound = objection is None
        for column in self.sheet.columns:
            text = line.cells.get(column.header)
            text = text and clean_line(text).strip()
            if text is None or (not text and column.blank_keeps):
                continue
            try:
                if not text and column.required:
                    raise CellError("不能为空。")
                if not column.field:
                    continue
                if text and column.choices and text not in column.choices:
                    raise CellError(f"“{text}”不可用，请填：{'、'.join(column.choices)}。")
                values[column] = column.read(text)
            except CellError as error:
                self._error(line, column.header, str(error))
                sound = False
        return values if sound else None

    def _refused(self, line: Line, error: ValidationError) -> None:
        headers = {column.field or column.header: column.header for column in self.sheet.columns}
        for name, reasons in error.message_dict.items():
            for reason in reasons:
                self._error(line, headers.get(name, ""), reason)


def yes_no(text: str) -> bool:
    """“是” or “否”."""
    return text == "是"


def show_yes_no(value: bool) -> str:
    """The same, shown."""
    return "是" if value else "否"


def whole(text: str) -> int:
    """A whole number from 0 to a billion."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise CellError(f"“{text}”不是整数，请填 0 以上的整数。")
    return int(text)


def day(text: str) -> date | None:
    """A day as 2021-10-25; an empty cell is no day."""
    if not text:
        return None
    try:
        return instant(text)[0].date()
    except TimeError as error:
        raise CellError(f"“{text}”不是日期，请按 2021-10-25 的格式填写。") from error


def show_day(value: date | None) -> str:
    """The same, shown."""
    return f"{value:%Y-%m-%d}" if value else ""


YES_NO = ("是", "否")


def labels(choices: type[models.TextChoices], *, among: Iterable[Any] | None = None) -> dict[str, Any]:
    """The members of an enumeration by their Chinese label."""
    return {str(member.label): member for member in (among or choices) if member.value}
