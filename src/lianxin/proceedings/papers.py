"""Documents of proceedings (公文): what a kind lays down of one, and how it is drawn up when a step issues it.

A sentence has braces for what the proceeding is: `{number}`, `{title}`, `{text}`, `{unit}`, `{due}`, `{people}`,
`{units}`, `{absent}`, any field of the step's payload, or what the kind adds (`Paper.more`).  Its words are kept as
they were drawn up, in the private part of the entry that issued it.  What an order says stands in the order's own
ledger (`order.quoted`) and is erased with it: the document names only the order's number, and shows its words for as
long as they are there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_BRACES = re.compile(r"\{(\w+)\}")
#: What stands where a thing is not said.
UNSAID = "（未填）"
#: The kinds of lines that a document is kept as.
HEAD, HEADLINE, TO, PARAGRAPH, SUBTITLE, QUOTES, COPY = "title", "headline", "to", "p", "h", "quotes", "cc"
Line = tuple[str, str]


def _nothing(deed: Any) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Paper:
    """What a document of this kind is called, what its headline says, to whom it goes, its text, and who gets a copy; a
    paragraph that begins with `# ` is a heading, `{orders}` alone stands for the orders that it is about, a paragraph
    each."""

    title: str
    headline: str
    to: str
    body: tuple[str, ...]
    cc: str = ""
    #: what else stands in its braces: of the act that issues it
    more: Callable[[Any], Mapping[str, str]] = _nothing

    def written(self, values: Mapping[str, str]) -> tuple[Line, ...]:
        """The lines of the document, with `values` in its braces.  A paragraph whose braces are all empty is left
        out."""
        return tuple(self._lines(values))

    def _lines(self, values: Mapping[str, str]) -> Iterator[Line]:
        yield HEAD, _filled(self.title, values)
        yield HEADLINE, _filled(self.headline, values)
        if to := _filled(self.to, values).strip():
            yield TO, to
        for sentence in self.body:
            if sentence == "{orders}":
                yield QUOTES, ""
                continue
            kind, text = (SUBTITLE, sentence[2:]) if sentence.startswith("# ") else (PARAGRAPH, sentence)
            names = _BRACES.findall(text)
            if names and not any(values.get(name) for name in names):
                continue
            for line in _filled(text, values).splitlines():
                if line.strip():
                    yield kind, line.strip()
        if self.cc:
            yield COPY, _filled(self.cc, values)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _BRACES.sub(lambda found: values.get(found[1]) or UNSAID, text)
