"""One act on one proceeding while the door works on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from lianxin.ledger import deed
from lianxin.ledger.acts import Payload

from .docket import Docket
from .models import Proceeding

P = TypeVar("P", bound=Payload)


@dataclass(slots=True)
class Deed(deed.Deed[P]):
    """An act and its proceeding."""

    docket: Docket

    @property
    def proceeding(self) -> Proceeding:
        return self.docket.root

    def become(self, root: str | None, part: str | None) -> None:
        if root is not None:
            self.proceeding.state = root
