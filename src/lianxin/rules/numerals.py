"""Chinese numerals as papers number their parts: 一、 二、 … 十一、"""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"


def numeral(number: int) -> str:
    """`十二` of 12; from a hundred on in digits, as no paper numbers so many parts."""
    if not 0 <= number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return (_DIGITS[tens] if tens > 1 else "") + "十" + (_DIGITS[ones] if ones else "")
