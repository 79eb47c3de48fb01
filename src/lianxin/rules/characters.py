"""The one cleaner of characters, for every entrance: payloads, admin pages, sheets, imports, articles, packs.

What documents cannot carry must not get into the book: XML 1.0 (docx, xlsx) knows no control characters but tab and
line ends, PostgreSQL no NUL, UTF-8 no half of a surrogate pair.  Word's own line breaks (vertical tab, form feed, the
separators of Unicode) become line ends, since that is what their author meant.
Source: https://www.w3.org/TR/xml/#charsets
"""

from __future__ import annotations

import re
from typing import Any

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Besides what XML forbids: delete and the other C1 controls, which show as nothing, and marks of byte order.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_ANY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` with line ends as \\n and without the characters that no document can carry."""
    if not _ANY.search(text):
        return text
    return _NOT_TEXT.sub("", _BREAKS.sub("\n", text))


def clean_line(text: str) -> str:
    """The same for what stands on one line, such as a name: a line end in it is a space."""
    return " ".join(clean(text).split("\n")) if _ANY.search(text) or "\n" in text else text


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
