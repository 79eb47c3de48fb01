"""One cell of a foreign file, understood or refused with a sentence.

Office files hold the same thing in many ways: a number as 1.39E10, a time as a serial, digits in full width.  What
can be read without guessing is read; what has lost digits on the way is refused.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from lianxin.ledger.numbers import upstream
from lianxin.orders.telephones import normalise
from lianxin.workbooks.cells import EXACT, Broken
from lianxin.workbooks.cells import text as text
from lianxin.workbooks.times import TimeError, instant

_YEARS = range(1990, 2100)
_SCIENTIFIC = re.compile(r"\d+(\.\d+)?[eE]\+?\d+")
_APART = re.compile(r"[/、,，;；\n|]+|\s{2,}|或|和")
#: A telephone in the midst of other words, masked or not.
_INSIDE = re.compile(
    r"(?<![\dA-Za-z])(?:\+?86[- ]?)?"
    r"(?:1\d{10}|1\d{2}\*+\d{2,4}|0\d{2,3}[- ]?\d{7,8}(?:[-转]\d{1,6})?|[2-9]\d{6,7})(?!\d)"
)
#: What stands where no number is known.
_NOTHING = frozenset(
    [
        "无",
        "未知",
        "不详",
        "不明",
        "没有",
        "无号码",
        "未提供",
        "不提供",
        "未留",
        "空",
        "暂无",
        "保密",
        "匿名",
        "null",
        "none",
        "n/a",
        "nan",
        "-",
        "--",
    ]
)


class CellError(ValueError):
    """A cell that cannot be understood; the message is a Chinese sentence."""


def whole(value: Any) -> Any:
    """The cell itself.  Raises CellError where it shows an error or a formula that was never calculated."""
    if isinstance(value, Broken):
        raise CellError(str(value))
    return value


def code(value: Any) -> str:
    """A number that names something, as `ledger.numbers.upstream` keeps it.  Refuses what a spreadsheet has rounded
    and what was damaged."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) >= EXACT:
        raise CellError("编号超过 15 位，已被 Excel 四舍五入，请把该列设为“文本”后重新导出")
    found = upstream(text(value))
    _refuse_rounded(found)
    if "\ufffd" in found:
        raise CellError(f"编号“{found}”里有残缺的字符，请核对")
    if len(found) > 64:
        raise CellError("编号最多 64 个字符")
    return found


def phone(value: Any) -> tuple[str, str]:
    """(number, remark).  Of several numbers the first that can be called counts; what is masked, unknown or no number
    is left out, and the remark says so."""
    found = unicodedata.normalize("NFKC", text(value)).lstrip("'").strip()
    if not found or set(found) <= set("-—无/;、,0. ") or found.lower() in _NOTHING:
        known = "" if not found or set(found) <= set("-—无/;、,. ") else f"联系电话是“{found}”，没有填入"
        return "", known
    if _SCIENTIFIC.fullmatch(found):
        return "", f"联系电话“{found}”是科学计数法，数字已经丢失，没有填入；请把该列设为“文本”后重新导出"
    if "*" in found:
        return "", f"联系电话“{found}”已被遮蔽，没有导入"
    numbers = [number for part in (found, *_APART.split(found)) if (number := _number(part))]
    # 13912345678（本人）, 张先生13912345678
    numbers = numbers or [number for part in _INSIDE.findall(found) if (number := _number(part))]
    if not numbers:
        return "", f"联系电话“{found}”不是能拨打的号码，没有填入"
    several = list(dict.fromkeys(numbers))
    return several[0], f"有 {len(several)} 个联系电话，只取第一个" if len(several) > 1 else ""


def without_phone(value: Any) -> str:
    """What stands beside a telephone in one cell: 张先生 of 张先生13912345678."""
    found = _INSIDE.sub(" ", unicodedata.normalize("NFKC", text(value)))
    return re.sub(r"\(\s*\)|(?:联系|来电)?(?:电话|手机号?|方式)[::]?", " ", found).strip(" ,，;；、/|:：-()+")


def _number(part: str) -> str:
    try:
        return normalise(part) if part.strip() else ""
    except ValueError:
        return ""


def moment(value: Any, formats: tuple[str, ...] = (), *, end_of_day: bool = False) -> datetime | None:
    """The instant, in Shanghai; None for an empty cell.  A bare day is its start, or with `end_of_day` its 24:00; an
    instant of 00:00 is that instant, in a cell and in a text alike."""
    if value is None or (isinstance(value, str) and text(value).strip("-—/ ") in ("", "无", "null", "NULL")):
        return None
    try:
        found, whole_day = instant(value, formats)
    except TimeError as error:
        raise CellError(str(error)) from error
    if found.year not in _YEARS:
        raise CellError(f"“{text(value)}”不是合理的时间")
    return found + timedelta(days=1) if whole_day and end_of_day else found


def joined(day: Any, clock: Any) -> Any:
    """A day and a time of day that stand in two columns, as one cell."""
    day, clock = whole(day), whole(clock)
    try:
        found, _ = instant(day)
    except TimeError:
        return day
    match clock:
        case datetime():
            shown = f"{clock:%H:%M:%S}"
        case float() | int() if 0 <= clock < 1:
            shown = text(timedelta(seconds=round(clock * 86400)))
        case _:
            shown = text(clock).strip()
    if not shown or shown == "-":
        return day
    try:
        # Some write the day once more.
        return instant(clock)[0]
    except TimeError:
        return f"{found:%Y-%m-%d} {shown}"


def _refuse_rounded(shown: str) -> None:
    if _SCIENTIFIC.fullmatch(shown):
        raise CellError(f"“{shown}”是科学计数法，数字已经丢失，请把该列设为“文本”后重新导出")
