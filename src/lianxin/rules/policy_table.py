"""The limits of a pack as a table that an official can read: in which case which rule gives how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from lianxin.rules.context import CLOCK_KINDS
from lianxin.rules.policy import Pack
from lianxin.rules.policy_grid import Difference, Grid, merged
from lianxin.rules.policy_rows import ClockRule
from lianxin.rules.policy_words import case, condition, events

_HEAD = ("时限", "自", "情形", "多长", "规则")
EVERY, OTHERWISE, NONE = "一律", "其余", "不设"
#: So many cases of a kind and event are listed one by one.
READABLE = 16
#: A longer text moves what follows it in its own line alone.
WIDEST = 64


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
            for where, rule in _cases(grid, kind, event):
                span = str(rule.allow) + ("（办公时间）" if rule.office else "") if rule else NONE
                title = _title(kind, rule or grid.first(kind))
                yield title, events([event]), where, span, rule.id if rule else ""


def _cases(grid: Grid, kind: str, event: str) -> Iterator[tuple[str, ClockRule | None]]:
    """Each case and the rule that applies in it; what has no limit stands last.

    Where rules look at so much that their cases would fill pages, each rule with its own condition, as they are tried.
    """
    cells, axes = list(grid.cells(kind, event)), grid.axes(kind, event)
    found = sorted(merged(cells), key=lambda box: box.answer is None)
    if len(found) <= READABLE:
        yield from ((case(box.facts, [grid.pack], axes) or EVERY, box.answer) for box in found)
        return
    for rule in (rule for rule in grid.pack.clocks_on(event) if rule.kind == kind):
        yield condition(rule.when.text) if rule.when else OTHERWISE, rule
    if any(cell.rule is None for cell in cells):
        yield OTHERWISE, None


def _place(kind: str) -> int:
    return [*CLOCK_KINDS, kind].index(kind)


def _title(kind: str, rule: ClockRule | None) -> str:
    known = CLOCK_KINDS.get(kind)
    return known.title if known else rule.title if rule else kind


def _span(rule: ClockRule | None) -> str:
    return f"{rule.allow}（{rule.id}）" if rule else NONE


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Side by side, a Chinese sign as wide as two letters; what repeats the line above is left blank."""
    wide = [min(max(_width(row[number]) for row in rows), WIDEST) for number in range(len(_HEAD))]
    above: tuple[str, ...] = ("", "")
    for row in rows:
        shown = ["" if row[:2] == above and number < 2 else text for number, text in enumerate(row)]
        above = row[:2]
        yield "  ".join(text + " " * (width - _width(text)) for text, width in zip(shown, wide, strict=True)).rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
