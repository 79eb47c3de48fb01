"""The limits of a pack as a table that an official can read: in which case which rule gives how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from lianxin.rules.context import CLOCK_KINDS
from lianxin.rules.policy import Pack
from lianxin.rules.policy_grid import Difference, Grid, merged
from lianxin.rules.policy_rows import ClockRule
from lianxin.rules.policy_words import case, events

_HEAD = ("时限", "自", "情形", "多长", "规则")
EVERY, NONE = "一律", "不设"


def table(pack: Pack) -> Iterator[str]:
    """The lines of the table; equal cases are one line."""
    yield from _columns([_HEAD, *_rows(pack)])


def difference(found: Difference, old: Pack, new: Pack) -> str:
    """One difference of two packs as a sentence: 办理（自派单，紧急程度为紧急）：5个工作日 → 3个工作日（B10）。"""
    axes = Grid(old, new).axes(found.kind, found.event)
    where = "，".join(filter(None, [f"自{events([found.event])}", case(found.facts, (new, old), axes)]))
    title = _title(found.kind, found.new or found.old)
    return f"{title}（{where}）：{_span(found.old)} → {_span(found.new)}"


def _rows(pack: Pack) -> Iterator[tuple[str, ...]]:
    grid = Grid(pack)
    for kind in sorted(grid.kinds, key=_place):
        for event in grid.events(kind):
            axes = grid.axes(kind, event)
            # What has no limit stands last.
            for box in sorted(merged(grid.cells(kind, event)), key=lambda box: box.answer is None):
                rule = box.answer
                span = str(rule.allow) + ("（办公时间）" if rule.office else "") if rule else NONE
                title = _title(kind, rule or grid.first(kind))
                yield title, events([event]), case(box.facts, [pack], axes) or EVERY, span, rule.id if rule else ""


def _place(kind: str) -> int:
    return [*CLOCK_KINDS, kind].index(kind)


def _title(kind: str, rule: ClockRule | None) -> str:
    known = CLOCK_KINDS.get(kind)
    return known.title if known else rule.title if rule else kind


def _span(rule: ClockRule | None) -> str:
    return f"{rule.allow}（{rule.id}）" if rule else NONE


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Side by side, a Chinese sign as wide as two letters; what repeats the line above is left blank."""
    wide = [max(_width(row[number]) for row in rows) for number in range(len(_HEAD))]
    above: tuple[str, ...] = ("", "")
    for row in rows:
        shown = ["" if row[:2] == above and number < 2 else text for number, text in enumerate(row)]
        above = row[:2]
        yield "  ".join(text + " " * (width - _width(text)) for text, width in zip(shown, wide, strict=True)).rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
