"""The verbs of orders: what `@verb` of a stage package registers."""

from __future__ import annotations

from typing import TypeVar

from lianxin.ledger import verbs
from lianxin.ledger.acts import Payload

from .book import ORDERS
from .deed import Deed

P = TypeVar("P", bound=Payload)


class Verb(verbs.Verb[P, Deed[P]]):
    """A verb of orders; its row stands in `rules.lifecycle`."""

    book = ORDERS
