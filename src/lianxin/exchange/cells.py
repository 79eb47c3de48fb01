"""One cell of a foreign file, understood or refused with a sentence.

Office files hold the same thing in many ways: a number as 1.39E10, a time as a serial, digits in full width.  What
can be read without guessing is read; what has lost digits on the way is refused.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from lianxin.orders.numbers import upstream
from lianxin.orders.telephones import normalise
from lianxin.workbooks.cells import EXACT, Broken
from lianxin.workbooks.cells import text as text
from lianxin.workbooks.times import TimeError, instant

_YEARS = range(1990, 2100)
_SCIENTIFIC = re.compile(r"\d+(\.\d+)?[eE]\+?\d+")
_APART = re.compile(r"[/、,，;；\n|]+|\s{2,}|或|和")
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
    """A number that names something, as `orders.numbers.upstream` keeps it.  Refuses what a spreadsheet has rounded
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
    if not numbers:
        return "", f"联系电话“{found}”不是能拨打的号码，没有填入"
    several = list(dict.fromkeys(numbers))
    return several[0], f"有 {len(several)} 个联系电话，只取第一个" if len(several) > 1 else ""


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


def _refuse_rounded(shown: str) -> None:
    if _SCIENTIFIC.fullmatch(shown):
        raise CellError(f"“{shown}”是科学计数法，数字已经丢失，请把该列设为“文本”后重新导出")
