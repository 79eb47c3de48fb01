"""What was chosen from a list of the rule book, in its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lianxin.rules.policy import Pack

#: The widgets of what is chosen so.
OF_PACK = frozenset(
    {"basis", "raising", "meeting", "report_reason", "inspection_type", "inspection_record", "line_source", "marks"}
)


def titled(pack: Pack, widget: str, code: Any) -> str:
    """What a code is called, the code itself where the rule book has none of it; or marks of its items."""
    if widget == "marks":
        titles = {known.code: known.title for known in pack.quality.items}
        return "、".join(f"{titles.get(mark.item, mark.item)}：{'符合' if mark.met else '不符合'}" for mark in code)
    if widget == "line_source":
        line = pack.sources.get(code)
        return line.name if line is not None else str(code)
    basis = (known for known in pack.basis.allowed if known.code == code)
    found = {
        "basis": next(basis, None),
        "raising": pack.raising(code),
        "meeting": pack.reports.meeting(code),
        "report_reason": pack.reports.reason(code),
        "inspection_type": pack.inspection.type_of(code),
        "inspection_record": pack.inspection.record(code),
    }[widget]
    return str(found.title) if found is not None else str(code)


def minuted(pack: Pack, level: str, said: Sequence[str]) -> str:
    """What was said to each part of a meeting's agenda, a line each."""
    found = pack.reports.meeting(level)
    parts = found.parts if found is not None else ()
    return "\n".join(f"{title}：{text}" for title, text in zip(parts, said, strict=False))
