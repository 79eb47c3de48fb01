"""What an official bulletin consists of, free of any file format.

A `Bulletin` is composed once and walked by three renderers (`html`, `docx`, `pdf`), so that the same words and
figures stand in all three: no renderer adds, drops or rounds anything.  The look of each block follows
GB/T 9704-2012 and lives in the renderers alone.

A run may carry the key of the figure that it prints, as `measure` or `measure.dimension.value`
(`accepted`, `accepted.source.city`, `handled.unit.zj03`), so that a page can link the number to the orders it counts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import Any, ClassVar, Literal, get_args

from pydantic import TypeAdapter

from lianxin.rules.characters import clean_line, cleaned


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one kind; `figure` is the key of the number it prints."""

    text: str
    figure: str | None = None
    strong: bool = False


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class SectionTitle:
    """【每周纵览】: the name without its brackets."""

    kind: ClassVar[str] = "section"
    name: str

    @property
    def text(self) -> str:
        return f"【{self.name}】"

    def lines(self) -> Iterator[str]:
        yield self.text


@dataclass(frozen=True, slots=True)
class SubTitle:
    """A heading inside a section: level 1 is 一、 (HeiTi), level 2 is （一） (KaiTi)."""

    kind: ClassVar[str] = "subtitle"
    text: str
    level: Literal[1, 2] = 2

    def lines(self) -> Iterator[str]:
        yield self.text


@dataclass(frozen=True, slots=True)
class Paragraph:
    kind: ClassVar[str] = "paragraph"
    runs: Runs

    def lines(self) -> Iterator[str]:
        yield plain(self.runs)


@dataclass(frozen=True, slots=True)
class Article:
    """A text written by people (热线信息): its title, then headings and paragraphs."""

    kind: ClassVar[str] = "article"
    title: str
    body: tuple[SubTitle | Paragraph, ...]

    def lines(self) -> Iterator[str]:
        yield self.title
        for block in self.body:
            yield from block.lines()


@dataclass(frozen=True, slots=True)
class AnnexList:
    """The lines that announce the annexes below the text (附件说明)."""

    kind: ClassVar[str] = "annexes"
    items: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        yield from self.items


@dataclass(frozen=True, slots=True)
class Signature:
    """Who issues it, and the day, at the end of the text."""

    kind: ClassVar[str] = "signature"
    body: str
    day: str

    def lines(self) -> Iterator[str]:
        yield self.body
        yield self.day


@dataclass(frozen=True, slots=True)
class Distribution:
    """版记: 报, 送 and 抄送 (label, recipients), the body that prints it and the day; at the foot of its page."""

    kind: ClassVar[str] = "distribution"
    entries: tuple[tuple[str, str], ...]
    printer: str
    printed: str

    def lines(self) -> Iterator[str]:
        for label, recipients in self.entries:
            yield f"{label}：{recipients}"
        yield f"{self.printer}{self.printed}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and its share of the table's width (any unit; the shares are added up)."""

    title: str
    share: int


@dataclass(frozen=True, slots=True)
class Table:
    """An annex table; its heading row repeats on every page, and no row is split."""

    kind: ClassVar[str] = "table"
    label: str
    caption: str
    remark: str
    columns: tuple[Column, ...]
    rows: tuple[Runs, ...]
    note: str
    page_break_before: bool = True

    def lines(self) -> Iterator[str]:
        yield self.label
        yield self.caption
        yield self.remark
        yield "\t".join(column.title for column in self.columns)
        for row in self.rows:
            yield "\t".join(cell.text for cell in row)
        yield self.note


Block = SectionTitle | SubTitle | Paragraph | Article | AnnexList | Signature | Distribution | Table


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A whole bulletin: red head (title, number, issuer, day), then its blocks in order."""

    title: str
    number: str
    issuer: str
    day: date
    blocks: tuple[Block, ...]

    @property
    def day_text(self) -> str:
        return chinese_day(self.day)

    @property
    def name(self) -> str:
        """What it is called in a title bar or a file name: 热线周报第43期."""
        return f"{self.title}{self.number}"

    def text(self) -> str:
        """All of it as plain text, one line a paragraph or table row (cells parted by tabs), in printed order."""
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        yield self.title
        yield self.number
        yield f"{self.issuer}\t{self.day_text}"
        for block in self.blocks:
            yield from block.lines()


def plain(runs: Iterable[Run]) -> str:
    """The bare text of `runs`."""
    return "".join(run.text for run in runs)


def chinese_day(day: date, *, year: bool = True) -> str:
    """2021年11月5日, or 11月5日; never with leading zeros (GB/T 9704 section 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日" if year else f"{day.month}月{day.day}日"


#: Characters of size 2 on a line of 156 mm.
TITLE_CHARACTERS = 20


def title_lines(title: str, limit: int = TITLE_CHARACTERS) -> tuple[str, ...]:
    """`title` in the lines it is set in: broken at its own spaces where it is wider than `limit` characters.

    GB/T 9704 section 7.3.1: a title breaks where the sense allows; only its author knows where that is.
    """
    return tuple(title.split()) if width(title) > limit else (title,)


def width(text: str) -> float:
    """Width of `text` in Chinese characters of the official grid: a Han character is 1, a digit 0.5."""
    return sum(1 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in text)


def without_controls(value: Any) -> Any:
    """A bulletin or a part of it with texts that every format can carry, each on one line."""
    if isinstance(value, str):
        return clean_line(value)
    if isinstance(value, tuple):
        return tuple(without_controls(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: without_controls(getattr(value, field.name)) for field in fields(value)})
    return value


def as_data(value: Any) -> Any:
    """Blocks as dictionaries, lists and strings, for templates and JSON; a block says its `kind`, a day its parts."""
    if is_dataclass(value):
        made = {field.name: as_data(getattr(value, field.name)) for field in fields(value)}
        kind = getattr(value, "kind", None)
        return made if kind is None else {"kind": kind, **made}
    if isinstance(value, tuple):
        return [as_data(item) for item in value]
    if isinstance(value, date):
        return {"year": value.year, "month": value.month, "day": value.day, "text": chinese_day(value)}
    return value


def from_data(data: dict[str, Any]) -> Bulletin:
    """The bulletin of which `as_data` made `data`."""
    data = cleaned(data)
    day = date(*(data["day"][part] for part in ("year", "month", "day")))
    blocks = tuple(_BLOCKS[block["kind"]].validate_python(block) for block in data["blocks"])
    return Bulletin(data["title"], data["number"], data["issuer"], day, blocks)


_BLOCKS: dict[str, TypeAdapter[Block]] = {block.kind: TypeAdapter(block) for block in get_args(Block)}
