"""Times as people, offices and programs write them; `instant` reads what can be read without guessing.

Twelve-hour clocks in Chinese (上午, 凌晨, 中午, 晚上) and English, Java's and JavaScript's own words, milliseconds
since 1970, serials of Excel.  24:00 of a day is 00:00 of the next.  What names no zone is Shanghai's.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .cells import text

#: Offices write the time of one zone; it is fixed since 1991, so the named zone serves imports as well.
SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Day 0 of Excel's 1900 system, as it counts from March 1900 on.
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=SHANGHAI)
_SERIALS = range(20_000, 80_000)
_HALVES = "上午|早上|早晨|清晨|凌晨|中午|下午|傍晚|晚上|夜里|夜间|深夜|半夜|午夜|[AaPp]\\.?[Mm]\\.?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:时点](?:(?P<minute>\d{1,2})分?|(?P<half_past>半))?"
    r"(?:[:]?(?P<second>\d{1,2})(?:[.,]\d+)?秒?)?|(?=\s*[AaPp]\.?[Mm]))"
)
_ZONE = r"(?:\s*(?P<zone>Z|(?:GMT|UTC)?[+-]\d{2}:?\d{2}|GMT|UTC|CST)\s*(?:\(.*\)|\[.*\])?)?"
_WEEKDAY = r"(?:[(（]?(?:星期|周|礼拜)?[一二三四五六日天][)）]?\s*)?"
_DAY = r"(?P<year>\d{4})(?:[-/._年])(?P<month>\d{1,2})(?:[-/._月])(?P<day>\d{1,2})[日号]?"
_WORDS = re.compile(
    rf"{_DAY}(?:[\sT,]*{_WEEKDAY}(?P<before>{_HALVES})?\s*{_CLOCK}\s*(?P<after>{_HALVES})?{_ZONE})?", re.IGNORECASE
)
_DAY_WITH_WEEKDAY = re.compile(rf"{_DAY}\s*{_WEEKDAY}")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED = r"(?P<name>[A-Za-z]{3})[a-z]*\.?"
#: Java's Date.toString, JavaScript's Date.toString and toUTCString, Java's and Excel's English formats.
_ENGLISH = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:[A-Za-z]{{3,9}},?\s+)?{_NAMED}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}{_ZONE}\s+(?P<year>\d{{4}})",
        rf"(?:[A-Za-z]{{3,9}},?\s+)?{_NAMED}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})(?:,?\s+(?:at\s+)?{_CLOCK}\s*(?P<after>{_HALVES})?{_ZONE})?",
        rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<day>\d{{1,2}})[\s-]{_NAMED}[\s-](?P<year>\d{{4}})(?:,?\s+{_CLOCK}\s*(?P<after>{_HALVES})?{_ZONE})?",
    )
)
_AMERICAN = re.compile(
    rf"(?P<first>\d{{1,2}})/(?P<other>\d{{1,2}})/(?P<year>\d{{4}})(?:,?\s+{_CLOCK}\s*(?P<after>{_HALVES})?)?",
    re.IGNORECASE,
)
_SINCE_1970 = re.compile(r"(?:/Date\()?(?P<number>1\d{9}|1\d{12}|9\d{11})(?:[+-]\d{4})?(?:\)/)?")
_WORDS_OF_DAY = {
    "any": ("",),
    "morning": ("上午", "早上", "早晨", "清晨", "凌晨", "am"),
    "noon": ("中午",),
    "afternoon": ("下午", "傍晚", "pm"),
    "evening": ("晚上", "夜间"),
    "night": ("夜里", "深夜", "半夜", "午夜"),
}
#: (first hour, last hour, what is added).  A clock of 24 hours with a needless word is understood: 下午 15:30.
#: 晚上12:05 is after midnight, so of the next day.
_EVENING = ((12, 12, 12), (0, 0, 24), (24, 24, 0), (5, 11, 12), (17, 23, 0))
_HOURS = {
    "any": ((0, 24, 0),),
    "morning": ((0, 11, 0), (12, 12, -12)),
    "noon": ((10, 14, 0), (1, 2, 12)),
    "afternoon": ((1, 11, 12), (12, 23, 0)),
    "evening": _EVENING,
    "night": ((1, 4, 0), *_EVENING),
}
_FOUND = tuple[datetime, bool]


class TimeError(ValueError):
    """What is no time; the message is a Chinese sentence."""


def instant(value: Any, formats: tuple[str, ...] = ()) -> _FOUND:
    """(instant, whether only a day was said).  `formats` are tried first (strptime).  Raises TimeError."""
    match value:
        case bool() | time() | timedelta():
            raise TimeError(f"“{text(value) or value}”不是日期和时间")
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=SHANGHAI), False
        case date():
            return datetime.combine(value, time(), SHANGHAI), True
        case int() | float():
            return _of_number(float(value), str(value))
    shown = unicodedata.normalize("NFKC", text(value)).lstrip("'").strip()
    for pattern in formats:
        try:
            return in_shanghai(shown, pattern), "%H" not in pattern and "%I" not in pattern
        except ValueError:
            continue
    if re.fullmatch(r"\d+(\.\d+)?", shown) or shown.startswith("/Date("):
        return _of_number(float(shown) if shown[0] != "/" else 0.0, shown)
    return _of_words(shown)


def in_shanghai(shown: str, pattern: str) -> datetime:
    """By `pattern`, in Shanghai unless it names its zone.  Raises ValueError."""
    found = datetime.strptime(shown, pattern)  # noqa: DTZ007
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _of_number(number: float, shown: str) -> _FOUND:
    """A serial of Excel, digits like 20211025 and 20211025093000, or seconds or milliseconds since 1970."""
    # Compared, not converted: digits without end are read as infinite.
    if _SERIALS.start <= number < _SERIALS.stop:
        return _DAY_ZERO + timedelta(seconds=round(number * 86400)), number == int(number)
    digits = shown.removesuffix(".0")
    if match := _SINCE_1970.fullmatch(digits):
        since = int(match["number"])
        found = datetime.fromtimestamp(since / 1000 if since >= 10**11 else since, UTC)
        return found.astimezone(SHANGHAI).replace(microsecond=0), False
    lengths = {"%Y%m%d": 8, "%Y%m%d%H": 10, "%Y%m%d%H%M": 12, "%Y%m%d%H%M%S": 14, "%Y%m%d%H%M%S%f": 17}
    for pattern, length in lengths.items():
        if len(digits) == length and digits.isdigit():
            try:
                return in_shanghai(digits, pattern).replace(microsecond=0), length == 8
            except ValueError:
                break
    raise _no_time(shown)


def _of_words(shown: str) -> _FOUND:
    for pattern in (_WORDS, _DAY_WITH_WEEKDAY, *_ENGLISH):
        if match := pattern.fullmatch(shown):
            return _of_parts(match.groupdict(), shown)
    if match := _AMERICAN.fullmatch(shown):
        return _of_parts(_ordered(match.groupdict(), shown), shown)
    try:
        found = datetime.fromisoformat(shown)
    except ValueError as error:
        raise _no_time(shown) from error
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI), False


def _ordered(parts: dict[str, str | None], shown: str) -> dict[str, str | None]:
    """11/16/2026 and 16/11/2026 say themselves which is the month; 11/12/2026 does not, unless AM or PM stands there,
    which only Americans write."""
    first, other = int(parts["first"] or 0), int(parts["other"] or 0)
    if first <= 12 < other or (first <= 12 and (parts["after"] or first == other)):
        return parts | {"month": str(first), "day": str(other)}
    if other <= 12 < first:
        return parts | {"month": str(other), "day": str(first)}
    raise TimeError(f"“{shown}”不知道哪个是月、哪个是日，请在映射的 times 里写明时间格式")


def _of_parts(parts: dict[str, str | None], shown: str) -> _FOUND:
    month = parts.get("month") or _month(parts.get("name"), shown)
    try:
        start = datetime(int(parts["year"] or 0), int(month), int(parts["day"] or 0), tzinfo=SHANGHAI)
    except ValueError as error:
        raise _no_time(shown) from error
    if parts.get("hour") is None:
        return start, True
    minute = 30 if parts.get("half_past") else int(parts.get("minute") or 0)
    second = int(parts.get("second") or 0)
    hour = _hour(int(parts["hour"] or 0), parts.get("before") or parts.get("after") or "", shown)
    # 24:00 is how offices write the end of a day; an hour beyond it comes of 晚上12:30.
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second) and int(parts["hour"] or 0) == 24):
        raise _no_time(shown)
    found = start + timedelta(hours=hour, minutes=minute, seconds=second)
    return _in_zone(found, parts.get("zone")), False


def _hour(hour: int, half: str, shown: str) -> int:
    """Of 24 (24 itself: midnight after that day), from a clock of 12 where `half` says so."""
    word = half.lower().replace(".", "")
    for kind, words in _WORDS_OF_DAY.items():
        if word in words:
            for first, last, more in _HOURS[kind]:
                if first <= hour <= last:
                    return hour + more
    raise _no_time(shown)


def _in_zone(found: datetime, zone: str | None) -> datetime:
    """The instant; CST is China's, as Java writes it here."""
    if not zone or zone.upper() == "CST":
        return found
    digits = re.sub(r"[^\d+-]", "", zone)
    offset = timedelta()
    if digits:
        offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5])) * (-1 if digits[0] == "-" else 1)
    return (found.replace(tzinfo=UTC) - offset).astimezone(SHANGHAI)


def _month(name: str | None, shown: str) -> str:
    if not name or name.lower() not in _MONTHS:
        raise _no_time(shown)
    return str(_MONTHS.index(name.lower()) + 1)


def _no_time(shown: str) -> TimeError:
    return TimeError(f"“{shown}”不是日期和时间，格式应为 2026-11-18 14:30")
