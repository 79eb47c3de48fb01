"""The catalogue as a sheet: written for the office, read into a draft; one row an item and area."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, BinaryIO

from lianxin.directory.sheets import workbook
from lianxin.directory.sheets.base import CellError, RowError, day, show_day
from lianxin.directory.snapshot import Snapshot
from lianxin.rules.characters import clean
from lianxin.rules.policy import Pack
from lianxin.rules.worktime import Span

from ..models import CatalogueRow
from .batches import Key, key

TITLE = "派单目录"
CODE, ITEM, CATEGORY, AREA = "事项编码", "事项名称", "诉求类别", "区域"
LEAD, DUAL, ASSISTS, BASIS, LIMIT, OUT = "主办单位", "双派单位", "协办单位", "依据类别", "办理时限", "停用"
#: Header → field; those that are no plain text are read by `_Reader`.
FIELDS = {
    CODE: "code",
    ITEM: "item",
    CATEGORY: "category_id",
    AREA: "area_id",
    "关键词": "words",
    LEAD: "lead_id",
    DUAL: "dual_id",
    ASSISTS: "assists",
    BASIS: "basis",
    "依据": "basis_text",
    "依据核对日期": "basis_day",
    "办理流程": "procedure",
    LIMIT: "limit",
    "适用范围": "scope",
    "引导话术": "script",
    "维护单位": "owner_id",
    OUT: "removed",
}
REQUIRED = (CODE, ITEM, CATEGORY)
HEADERS = tuple(FIELDS)
#: Between the names of a path.
BETWEEN = " › "
_LISTS = ("words", "assists")
_SEPARATORS = str.maketrans(dict.fromkeys("，,;；/ ", "、"))


@dataclass
class Read:
    """A sheet as rows of the catalogue, or what is wrong with it; nothing is kept."""

    rows: list[CatalogueRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read(file: BinaryIO, directory: Snapshot, pack: Pack) -> Read:
    """The rows of a sheet.  Raises WorkbookError for a file that is no such sheet."""
    contents = workbook.read(file, HEADERS, REQUIRED)
    found, seen, reader = Read(remarks=contents.remarks), dict[Key, int](), Reader(directory, pack)
    for line in contents.lines:
        row, wrong = reader.row(line.cells)
        found.errors += [RowError(line.number, column, reason) for column, reason in wrong.items()]
        if wrong:
            continue
        before = seen.setdefault(key(row), line.number)
        if before != line.number:
            found.errors.append(RowError(line.number, CODE, f"与第 {before} 行重复（同一事项、同一区域）。"))
            continue
        found.rows.append(row)
    return found


class Reader:
    """What is typed, as a row: names of units, categories and areas as the centre knows them."""

    def __init__(self, directory: Snapshot, pack: Pack) -> None:
        self.directory, self.pack = directory, pack

    def row(
        self, cells: Mapping[str, str], ids: Mapping[str, int | None] | None = None
    ) -> tuple[CatalogueRow, dict[str, str]]:
        """The row, and what is wrong: header → sentence.  `ids`: of fields that were picked, not typed."""
        row, wrong, ids = CatalogueRow(), dict[str, str](), ids or {}
        for header, name in FIELDS.items():
            text = clean(cells.get(header, "")).strip()
            try:
                if not (text or ids.get(name)) and header in REQUIRED:
                    raise CellError("不能为空。")
                setattr(row, name, ids[name] if name in ids else self._value(name, text))
            except CellError as error:
                wrong[header] = str(error)
        if not wrong:
            wrong = dict(self._whole(row))
        return row, wrong

    def set(self, row: CatalogueRow, header: str, text: str) -> str:
        """Say one thing of a row otherwise; what is wrong with it, "" for nothing."""
        try:
            setattr(row, FIELDS[header], self._value(FIELDS[header], clean(text).strip()))
        except CellError as error:
            return str(error)
        return next((sentence for _, sentence in self._whole(row)), "")

    def _value(self, name: str, text: str) -> Any:
        read = self._readers.get(name)
        if read is not None:
            return read(text)
        most: int = getattr(CatalogueRow._meta.get_field(name), "max_length", 0)
        text = "、".join(part for part in text.translate(_SEPARATORS).split("、") if part) if name == "words" else text
        if len(text) > most:
            raise CellError(f"最多 {most} 个字。")
        return text

    @cached_property
    def _readers(self) -> dict[str, Callable[[str], Any]]:
        return {
            "category_id": self._category,
            "area_id": self._area,
            "lead_id": self._unit,
            "dual_id": self._unit,
            "owner_id": self._unit,
            "assists": self._units,
            "basis": self._basis,
            "basis_day": day,
            "limit": limit,
            "removed": _yes,
        }

    def _whole(self, row: CatalogueRow) -> Iterator[tuple[str, str]]:
        """What does not go together."""
        units = [unit for unit in (row.lead_id, row.dual_id, *row.assists) if unit]
        if len(set(units)) < len(units):
            yield LEAD, "同一单位只能写一次。"
        if row.dual_id and not row.lead_id:
            yield DUAL, "写明双派单位的，须先写明主办单位。"
        if row.lead_id and not row.basis:
            yield BASIS, f"请写明依据类别：{'、'.join(self.bases)}。"

    @property
    def bases(self) -> dict[str, str]:
        """The kinds of basis that the rules know, by title."""
        return {basis.title: basis.code for basis in self.pack.catalogue.bases}

    def _basis(self, text: str) -> str:
        if text and text not in self.bases:
            raise CellError(f"“{text}”不可用，请填：{'、'.join(self.bases)}。")
        return self.bases[text] if text else ""

    def _unit(self, text: str) -> int | None:
        if not text:
            return None
        if text not in self._units_by_name:
            raise CellError(f"没有叫“{text}”的单位，请填单位的全称、简称或编码。")
        pk = self._units_by_name[text]
        if pk is None:
            raise CellError(f"叫“{text}”的单位不止一家，请填单位编码。")
        return pk

    def _units(self, text: str) -> list[int]:
        named = [name for name in text.translate(_SEPARATORS).split("、") if name]
        found = [self._unit(name) for name in named]
        return [unit for unit in found if unit is not None]

    @cached_property
    def _units_by_name(self) -> dict[str, int | None]:
        """Units that may be given an order, by code, name and short name; None for a name of several."""
        found: dict[str, int | None] = {}
        root = self.directory.root.id
        lines = [unit for unit in self.directory.units.values() if unit.active and unit.id != root]
        for name, pk in ((name, unit.id) for unit in lines for name in {unit.name, unit.short_name} if name):
            found[name] = None if name in found and found[name] != pk else pk
        return found | {unit.code: unit.id for unit in lines}

    def _category(self, text: str) -> int:
        return int(self._by_path(text, self._categories, "类别") or 0)

    def _area(self, text: str) -> int | None:
        return self._by_path(text, self._areas, "区域") if text else None

    def _by_path(self, text: str, known: Mapping[str, int | None], what: str) -> int | None:
        wanted = BETWEEN.join(part.strip() for part in text.replace("/", "›").replace(">", "›").split("›"))
        if wanted not in known:
            raise CellError(f"没有“{text}”这个{what}，请按“{_example(known)}”填写。")
        if (pk := known[wanted]) is None:
            raise CellError(f"叫“{text}”的{what}不止一个，请写出上级，如“{_example(known)}”。")
        return pk

    @cached_property
    def _categories(self) -> dict[str, int | None]:
        return _named((line.id, line.path) for line in self.directory.categories.values() if line.active)

    @cached_property
    def _areas(self) -> dict[str, int | None]:
        return _named((line.id, area_path(self.directory, line.id)) for line in self.directory.areas.values())


def _named(lines: Iterable[tuple[int, tuple[str, ...]]]) -> dict[str, int | None]:
    """By whole path; by the last name alone where that is of one only."""
    found: dict[str, int | None] = {}
    whole: dict[str, int | None] = {}
    for pk, path in lines:
        whole[BETWEEN.join(path)] = pk
        found[path[-1]] = None if path[-1] in found else pk
    return found | whole


def _example(known: Mapping[str, Any]) -> str:
    return max(known, key=len, default="上级 › 下级")


def area_path(directory: Snapshot, area: int) -> tuple[str, ...]:
    """The names of an area from the top down."""
    names, pk = list[str](), area
    while pk in directory.areas and len(names) < 10:
        names.insert(0, directory.areas[pk].name)
        pk = directory.areas[pk].parent or 0
    return tuple(names)


#: `5个工作日`, `3日`, `24小时` → how packs write it.
_UNITS = {"个工作日": "workday", "工作日": "workday", "日": "day", "天": "day", "小时": "hour", "分钟": "minute"}


def limit(text: str) -> str:
    """A span in words as packs write it.  Raises CellError."""
    if not text:
        return ""
    for words, unit in _UNITS.items():
        number = text.removesuffix(words).strip()
        if number != text and number.isascii() and number.isdigit() and 0 < int(number) <= 365:
            return f"{int(number)} {unit}{'s' if int(number) != 1 else ''}"
    raise CellError(f"“{text}”不是时限，请按“5个工作日”“3日”“24小时”填写。")


def show_limit(text: str) -> str:
    """The same, shown."""
    return str(Span.parse(text)) if text else ""


def _yes(text: str) -> bool:
    if text not in ("", "是", "否"):
        raise CellError("请填“是”或“否”。")
    return text == "是"


def _unit_name(directory: Snapshot, pk: int | None) -> str:
    return directory.units[pk].name if pk is not None and pk in directory.units else ""


def describe(row: CatalogueRow, directory: Snapshot, pack: Pack) -> dict[str, str]:
    """A row as the cells of a sheet, and as a page shows it."""
    named: Callable[[int | None], str] = partial(_unit_name, directory)
    category = directory.categories.get(row.category_id)
    shown: dict[str, Any] = {
        "category_id": BETWEEN.join(category.path) if category else "",
        "area_id": BETWEEN.join(area_path(directory, row.area_id)) if row.area_id else "",
        "lead_id": named(row.lead_id),
        "dual_id": named(row.dual_id),
        "owner_id": named(row.owner_id),
        "assists": "、".join(map(named, row.assists)),
        "basis": pack.catalogue.basis_title(row.basis) if row.basis else "",
        "basis_day": show_day(row.basis_day),
        "limit": show_limit(row.limit),
        "removed": "是" if row.removed else "",
    }
    return {header: str(shown.get(name, getattr(row, name))) for header, name in FIELDS.items()}


def write(rows: Iterable[CatalogueRow], directory: Snapshot, pack: Pack) -> bytes:
    """Rows as an xlsx file that can be read in again."""
    cells = (list(describe(row, directory, pack).values()) for row in rows)
    return workbook.write(TITLE, HEADERS, cells, {BASIS: [basis.title for basis in pack.catalogue.bases], OUT: ["是"]})
