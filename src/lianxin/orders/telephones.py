"""Telephone numbers as people say them, brought to one form, so that one caller is one.

Rules of the national numbering plan (《电信网编号计划》) and E.164 instead of the library phonenumbers: that calls
0539-12345 invalid, knows no extension after 转, and a number that rings must not be lost because a table is old.
"""

from __future__ import annotations

import re
import unicodedata

_SIGNS = re.compile(r"[\s\-()（）－—–‐‑‒―·.．_]")
_EXTENSION = re.compile(r"(?:转接?|分机号?|内线|ext\.?|x|#|,|，)\s*[:：]?\s*(\d{1,6})$", re.IGNORECASE)
#: A dash and a few digits more behind a whole landline or service number.
_DASHED = re.compile(
    r"((?:\+?86[- ]?)?(?:0\d{2,3}[- )]*)?[2-9]\d{2,3}[- ]?\d{4}|[48]00[- ]?\d{3}[- ]?\d{4})\s*-\s*(\d{1,6})"
)
_MOBILE = re.compile(r"1[3-9]\d{9}")
#: Area code and 7 or 8 digits: 10 and 2x have three digits, the others four; no subscriber begins with 0 or 1.
_AREA = r"0(?:10|2\d|[3-9]\d{2})"
_LANDLINE = re.compile(rf"({_AREA})([2-9]\d{{6,7}}|12\d{{3}}|9[56]\d{{3,4}}|11\d)")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
#: Service numbers that call from themselves: 110, 12345, 95598, 106…, 400 and 800.
_SERVICE = re.compile(r"11\d|12[0-2]|1[02]\d{3}|12\d{4}|123\d{2}|9[56]\d{3,6}|106\d{5,17}|[48]00\d{7}")
_ABROAD = re.compile(r"[1-9]\d{6,14}")
#: Country codes whose numbers have one length.
_NEIGHBOURS = {"852": 8, "853": 8, "886": 9}
SENTENCE = "联系电话应为手机号、座机号（可带区号、分机）、400 或 95 号码，境外号码以“+”和国家（地区）代码开头"


def normalise(phone: str) -> str:
    """The number as it is kept: digits; an extension after `-`; `+` before a number from outside the mainland.

    Raises ValueError with a Chinese sentence for what nobody can call.
    """
    shown = unicodedata.normalize("NFKC", phone).strip()
    shown = re.sub(r"^(?:tel|电话|手机|联系电话|座机)\s*[:：]?\s*", "", shown, flags=re.IGNORECASE)
    extension = ""
    if match := _EXTENSION.search(shown):
        shown, extension = shown[: match.start()], match[1]
    if not extension and (match := _DASHED.fullmatch(shown.lstrip("("))):
        shown, extension = match[1], match[2]
    number = _whole(_SIGNS.sub("", shown))
    return f"{number}-{extension}" if extension else number


def _whole(digits: str) -> str:
    outside = digits.startswith(("+", "00"))
    digits = digits.removeprefix("+")
    if outside:
        digits = digits.removeprefix("00")
    if not digits.isascii() or not digits.isdigit():
        raise ValueError(SENTENCE)
    if digits.startswith("86") and (outside or len(digits) >= 12):
        return _inland(digits[2:], coded=True)
    if outside:
        return _from_abroad(digits)
    try:
        return _inland(digits)
    except ValueError:
        # 85261234567 as mobile operators show it, without the plus.
        if digits[:3] in _NEIGHBOURS and len(digits) == 3 + _NEIGHBOURS[digits[:3]]:
            return f"+{digits}"
        raise


def _inland(digits: str, *, coded: bool = False) -> str:
    # 0 before a mobile number is how one dialled another province.
    if digits.startswith("01") and _MOBILE.fullmatch(digits[1:]):
        return digits[1:]
    if _MOBILE.fullmatch(digits):
        return digits
    # +86 539 7212345: the zero of the area code is left out behind a country code.
    if coded and len(digits) >= 9 and _LANDLINE.fullmatch(f"0{digits}"):
        return f"0{digits}"
    if any(form.fullmatch(digits) for form in (_LANDLINE, _LOCAL, _SERVICE)):
        return digits
    raise ValueError(SENTENCE)


def _from_abroad(digits: str) -> str:
    code = digits[:3]
    if code in _NEIGHBOURS:
        rest = digits[3:].removeprefix("0") if code == "886" else digits[3:]
        if len(rest) not in (_NEIGHBOURS[code], _NEIGHBOURS[code] - 1 if code == "886" else 8):
            raise ValueError(SENTENCE)
        return f"+{code}{rest}"
    if not _ABROAD.fullmatch(digits):
        raise ValueError(SENTENCE)
    return f"+{digits}"


def at_home(number: str, area_code: str) -> str:
    """A normalised number with the centre's area code before a bare landline: both ways to say it are one caller."""
    return f"{area_code}{number}" if area_code and _LOCAL.fullmatch(number.partition("-")[0]) else number


def alike(number: str, area_code: str) -> tuple[str, ...]:
    """All forms under which the same line may be kept: whole, and without the centre's own area code."""
    whole = at_home(number, area_code)
    bare = whole.removeprefix(area_code) if area_code else whole
    return (whole, bare) if bare != whole and _LOCAL.fullmatch(bare.partition("-")[0]) else (whole,)


def last_four(number: str) -> str:
    """The last four digits of the line itself, not of its extension; empty for a service number."""
    line = number.partition("-")[0]
    return line[-4:] if len(line) >= 7 else ""


def masked(number: str) -> str:
    """`138 **** 2086`: as a number is shown to those who need not call it."""
    line, dash, extension = number.partition("-")
    tail = f"-{'*' * len(extension)}" if dash else ""
    if len(line) < 7:
        return "*" * len(line) + tail
    shown = f"{line[:3]} **** {line[-4:]}" if len(line) == 11 else f"{line[:-7]} *** {line[-4:]}".strip()
    return shown + tail


#: What may be somebody's number within a text: seven digits and more, however they are parted.
_LIKE_A_NUMBER = re.compile(r"(?<!\d)(?:\+?\d[\d \-]{5,}\d)(?!\d)")


def hidden_in(text: str) -> str:
    """A text that goes to people who need not call anybody: what looks like a telephone number in it is masked.

    A date or an amount with as many digits is masked too: rather that than a number of somebody.
    """
    return _LIKE_A_NUMBER.sub(lambda found: masked(re.sub(r"\D", "", found[0])), text)
