"""The tree of shares as an order's page shows it: by round, what was handed down under its parent, and who answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lianxin.ledger.models import Clock
from lianxin.orders.holders import SIGNER
from lianxin.orders.models import Share
from lianxin.rules.chain import LINKS
from lianxin.rules.lifecycle import SHARE_TITLES

from . import clocks
from .clocks import Chip
from .seats import Seat

#: What the links of a chain are called.
TITLES = {SIGNER: "签批"} | {code: link.title for code, link in LINKS.items()}


@dataclass(frozen=True, slots=True)
class Node:
    """One share in the tree of shares.  `chain`: (link, name) of whoever signed it off and whom he named (D22)."""

    share: Share
    unit: str
    state: str
    person: str
    chip: Chip | None
    when: str
    chain: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Round:
    """One round with its shares, newest round first."""

    number: int
    current: bool
    since: str
    nodes: list[Node]


@dataclass(frozen=True, slots=True)
class Tree:
    """What the tree of one order is drawn from: its shares and clocks, and how units and people are called."""

    shares: Sequence[Share]
    clocks: Sequence[Clock]
    seat: Seat
    #: the round that runs; 0 where the order has ended
    current: int
    unit_name: Callable[[int | None], str]
    person_name: Callable[[int | None], str]

    def rounds(self) -> list[Round]:
        """All rounds, newest first."""
        numbers = sorted({share.round for share in self.shares}, reverse=True)
        return [self._round([s for s in self.shares if s.round == number], number) for number in numbers]

    def _round(self, shares: list[Share], number: int) -> Round:
        nodes = [self._node(share) for share in _tree(shares, None)]
        return Round(number, number == self.current, clocks.moment(shares[0].dispatched_at), nodes)

    def _node(self, share: Share) -> Node:
        own = [c for c in self.clocks if c.share_id == share.pk and c.running]
        return Node(
            share,
            self.unit_name(share.unit_id),
            SHARE_TITLES[share.state],
            self.person_name(share.holder_id),
            clocks.chip(own[0], self.seat.now, self.seat.calendar) if own else None,
            clocks.moment(share.ended_at or share.replied_at or share.contacted_at or share.signed_at),
            [(TITLES[line[0]], self.person_name(line[2])) for line in share.chain if line[0] in TITLES],
        )


def _tree(shares: Iterable[Share], parent: int | None) -> list[Share]:
    shares = list(shares)
    found = []
    for share in shares:
        if share.parent_id == parent:
            found += [share, *_tree(shares, share.pk)]
    return found
