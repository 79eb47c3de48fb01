"""One cell of a foreign file, understood or refused with a sentence.

Office files hold the same thing in many ways: a number as 1.39E10, a time as a serial, digits in full width.  What
can be read without guessing is read; what has lost digits on the way is refused.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

from lianxin.orders.callers import normalise
from lianxin.rules.worktime import SHANGHAI

#: Day 0 of Excel's 1900 system, as it counts from March 1900 on.
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=SHANGHAI)
_SERIALS = range(20_000, 80_000)
_YEARS = range(1990, 2100)
#: Excel keeps 15 digits of a number.
_EXACT = 10**15
_CONTROL = re.compile(r"_x000D_|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\ud800-\udfff]")
_SCIENTIFIC = re.compile(r"\d+(\.\d+)?[eE]\+?\d+")
_CLOCK = r"(\d{1,2})[:时点](\d{1,2})分?(?:[:]?(\d{1,2})(?:\.\d+)?秒?)?"
_TIME = re.compile(
    rf"(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})[日号]?(?:[\sT]*(?:星期.|周.)?\s*(上午|下午|晚上)?\s*{_CLOCK})?"
)
_APART = re.compile(r"[/、,，;；\n]+|\s{2,}")


class CellError(ValueError):
    """A cell that cannot be understood; the message is a Chinese sentence."""


def text(value: Any) -> str:
    """The cell as text: control characters gone, line ends and outer blanks in order."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case date():
            return f"{value:%Y-%m-%d}"
        case _:
            return _CONTROL.sub("", str(value).replace("\r\n", "\n")).replace("\r", "\n").strip()


def code(value: Any) -> str:
    """A number that names something: half-width, no blanks.  Refuses what a spreadsheet has rounded."""
    if isinstance(value, float) and abs(value) >= _EXACT:
        raise CellError("编号超过 15 位，已被 Excel 四舍五入，请把该列设为“文本”后重新导出")
    found = re.sub(r"\s", "", unicodedata.normalize("NFKC", text(value))).lstrip("'")
    _refuse_rounded(found)
    if len(found) > 64:
        raise CellError("编号最多 64 个字符")
    return found


def phone(value: Any) -> tuple[str, str]:
    """(number, remark).  Of several numbers the first counts, a masked one is left out; the remark says so."""
    found = unicodedata.normalize("NFKC", text(value)).lstrip("'")
    if not found or set(found) <= set("-—无/"):
        return "", ""
    _refuse_rounded(found)
    if "*" in found:
        return "", f"联系电话“{found}”已被遮蔽，没有导入"
    several = [part.strip() for part in _APART.split(found) if part.strip()]
    if not several:
        return "", ""
    try:
        number = normalise(several[0])
    except ValueError as error:
        raise CellError(f"“{found}”：{error}") from error
    return number, f"有 {len(several)} 个联系电话，只取第一个" if len(several) > 1 else ""


def moment(value: Any, formats: tuple[str, ...] = (), *, end_of_day: bool = False) -> datetime | None:
    """The instant, in Shanghai; None for an empty cell.  A bare day is its start, or with `end_of_day` its 24:00."""
    if value in (None, ""):
        return None
    found, whole_day = _instant(value, formats)
    if found.year not in _YEARS:
        raise CellError(f"“{text(value)}”不是合理的时间")
    if whole_day and end_of_day:
        found += timedelta(days=1)
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _instant(value: Any, formats: tuple[str, ...]) -> tuple[datetime, bool]:
    match value:
        case bool() | time() | timedelta():
            raise CellError(f"“{value}”不是日期和时间")
        case datetime():
            return value, value.time() == time()
        case date():
            return datetime.combine(value, time()), True
        case int() | float():
            return _from_number(float(value), str(value))
    shown = unicodedata.normalize("NFKC", text(value)).lstrip("'")
    for pattern in formats:
        try:
            return _in_shanghai(shown, pattern), "%H" not in pattern and "%I" not in pattern
        except ValueError:
            continue
    if re.fullmatch(r"\d+(\.\d+)?", shown):
        return _from_number(float(shown), shown)
    return _from_words(shown)


def _from_number(number: float, shown: str) -> tuple[datetime, bool]:
    """A serial of Excel, or digits like 20211025 and 20211025093000."""
    # Compared, not converted: digits without end are read as infinite.
    if _SERIALS.start <= number < _SERIALS.stop:
        return _DAY_ZERO + timedelta(seconds=round(number * 86400)), number == int(number)
    digits = shown.removesuffix(".0")
    for pattern, length in (("%Y%m%d", 8), ("%Y%m%d%H%M", 12), ("%Y%m%d%H%M%S", 14)):
        if len(digits) == length and digits.isdigit():
            try:
                return _in_shanghai(digits, pattern), length == 8
            except ValueError:
                break
    raise CellError(f"“{shown}”不是日期和时间，格式应为 2026-11-18 14:30")


def _from_words(shown: str) -> tuple[datetime, bool]:
    found = _TIME.fullmatch(shown)
    try:
        if found is None:
            return datetime.fromisoformat(shown), False
        year, month, day = (int(part) for part in found.groups()[:3])
        half, hour, minute, second = found.groups()[3:]
        start = datetime(year, month, day, tzinfo=SHANGHAI)
        if hour is None:
            return start, True
        hours = int(hour) + (12 if half in ("下午", "晚上") and int(hour) < 12 else 0)
        # 24:00 is how offices write the end of a day.
        late = hours > 23 and (hours, int(minute), int(second or 0)) != (24, 0, 0)
        if late or int(minute) > 59 or int(second or 0) > 59:
            raise ValueError(shown)
        return start + timedelta(hours=hours, minutes=int(minute), seconds=int(second or 0)), False
    except ValueError as error:
        raise CellError(f"“{shown}”不是日期和时间，格式应为 2026-11-18 14:30") from error


def _in_shanghai(shown: str, pattern: str) -> datetime:
    """By `pattern`, in Shanghai unless it names its zone.  Raises ValueError."""
    found = datetime.strptime(shown, pattern)  # noqa: DTZ007
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _refuse_rounded(shown: str) -> None:
    if _SCIENTIFIC.fullmatch(shown):
        raise CellError(f"“{shown}”是科学计数法，数字已经丢失，请把该列设为“文本”后重新导出")
