"""Numbers and days that stand in an address or a form, where anybody may write anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

#: A page number further than any list turns.
_FAR = 100_000
#: No ledger has an older day.
_OLDEST = 2000


def number(text: Any, digits: int = 9) -> int | None:
    """A number of less than so many digits; None for anything else."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < digits else None


def page(text: str) -> int:
    """The number of a page, the first where none is named."""
    return min(max(number(text) or 1, 1), _FAR)


def days(given: Mapping[str, Any], usual: int, most: int) -> tuple[date, date, str]:
    """The days `first` to `last`, the last `usual` ones where none are named, and what is wrong with them (Chinese);
    then the usual ones too.  Of one day that is named alone the other follows."""
    today = timezone.localdate()
    default = (today - timedelta(days=usual - 1), today)
    first, last = (str(given.get(name, "")).strip() for name in ("first", "last"))
    if not first and not last:
        return *default, ""
    try:
        end = date.fromisoformat(last) if last else today
        start = date.fromisoformat(first) if first else end - timedelta(days=usual - 1)
    except (ValueError, OverflowError):
        return *default, "日期应写作 2026-11-18 的样子"
    if start > end:
        return *default, "起始日期不能晚于截止日期"
    if end > today:
        return *default, "截止日期不能晚于今天"
    if (end - start).days >= most or start.year < _OLDEST:
        return *default, f"一次最多看 {most} 天，请缩短起止日期"
    return start, end, ""
