"""The one cleaner of characters, for every entrance: payloads, admin pages, sheets, imports, articles, packs.

What documents cannot carry must not get into the book: XML 1.0 (docx, xlsx) knows no control characters but tab and
line ends, PostgreSQL no NUL, UTF-8 no half of a surrogate pair.  Word's own line breaks (vertical tab, form feed, the
separators of Unicode) become line ends, since that is what their author meant.  A text of which nothing can be seen is
none: what must be filled in is not filled in by spaces without width.
Source: https://www.w3.org/TR/xml/#charsets
"""

from __future__ import annotations

import re
from typing import Any

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Besides what XML forbids: delete and the other C1 controls, which show as nothing, and marks of byte order.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_ANY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
# What shows as nothing: joiners, marks of direction, fillers, the empty Braille pattern, variation selectors.
_UNSEEN = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\uffa0]"
)
_ALL_UNSEEN = re.compile(rf"\s*(?:{_UNSEEN}\s*)+")


def clean(text: str) -> str:
    """`text` with line ends as \\n and without what no document can carry; "" where nothing of it can be seen."""
    if _ANY.search(text):
        text = _NOT_TEXT.sub("", _BREAKS.sub("\n", text))
    return "" if _ALL_UNSEEN.fullmatch(text) else text


def clean_line(text: str) -> str:
    """The same for what stands on one line, such as a name: a line end in it is a space."""
    return " ".join(clean(text).split("\n"))


def cleaned(data: Any) -> Any:
    """`data` (dictionaries, lists and tuples of anything) with every text in it cleaned."""
    match data:
        case str():
            return clean(data)
        case dict():
            return {name: cleaned(value) for name, value in data.items()}
        case list():
            return [cleaned(value) for value in data]
        case tuple():
            return tuple(cleaned(value) for value in data)
        case _:
            return data
