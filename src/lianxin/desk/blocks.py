"""What the page of a proceeding shows beyond what every kind has: a block that a kind may have, by its code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from . import campaign, digest, language_check, leader_session, opinion_alert, recheck
from .folio import Folio


@dataclass(frozen=True, slots=True)
class Maker:
    """The template of a block, what it is drawn from (None: nothing to show yet), and the orders behind one of its
    numbers: what they are called and their ids.  That raises KeyError for what is no number of it."""

    template: str
    draw: Callable[[Folio], Any]
    behind: Callable[[Folio, str, str], tuple[str, Iterable[int]]]


BLOCKS: dict[str, Maker] = {
    "campaign": Maker("desk/proceeding/_campaign.html", campaign.draw, campaign.behind),
    "digest": Maker("desk/proceeding/_digest.html", digest.draw, digest.behind),
    "digest_copy": Maker("desk/proceeding/_digest.html", digest.draw, digest.behind),
    "language_check": Maker("desk/proceeding/_language_check.html", language_check.draw, language_check.behind),
    "leader_session": Maker("desk/proceeding/_leader_session.html", leader_session.draw, leader_session.behind),
    "opinion_alert": Maker("desk/proceeding/_opinion_alert.html", opinion_alert.draw, opinion_alert.behind),
    "recheck": Maker("desk/proceeding/_recheck.html", recheck.draw, recheck.behind),
}
