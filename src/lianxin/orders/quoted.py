"""A document of a proceeding quotes an order: the words as they were then stand in the order's own ledger.

So they are erased with the order's other words, and the document shows them for as long as they are there.
"""

from __future__ import annotations

from typing import Annotated

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.verbs import verb

from .deed import Deed
from .verbs import Verb

ACTION = "order.quoted"


class Quoting(Payload):
    """Which proceeding's document, issued by which of its entries, and what it says of the order."""

    proceeding: int
    number: str
    entry: int
    title: Annotated[str, Private] = ""
    text: Annotated[str, Private] = ""


@verb
class Quote(Verb[Quoting]):
    """Changes nothing; what was quoted is on record."""

    action = ACTION
    payload = Quoting
    decides = False
    alters = False
    quiet = True

    def effect(self, deed: Deed[Quoting]) -> None:
        return

    def tell(self, payload: Quoting) -> tuple[str, str]:
        return f"由 {payload.number} 的公文引用", ""
