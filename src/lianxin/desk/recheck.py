"""How a sample of closed orders was drawn (抽项督察, C53): pool, seeds and draws, repeated here from what is kept, and
what was found of each order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lianxin.oversight import sampling
from lianxin.oversight.sampling import Draw, Sample
from lianxin.rules.draws import HOW

from . import clocks
from .folio import Folio

FOUND = {True: "合格", False: "不合格", None: "待复查"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw as the page shows it; `repeats`: whether pool and seed give it again."""

    title: str
    at: str
    seed: str
    orders: tuple[tuple[str, str], ...]
    repeats: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A sample on its page."""

    sample: Sample
    since: str
    draws: tuple[Drawn, ...]
    how: str = HOW

    @property
    def pool(self) -> str:
        return "、".join(self.sample.pool)


def draw(folio: Folio) -> Shown:
    """The block."""
    sample = sampling.of_entries(folio.entries)
    first = next(entry for entry in folio.entries if entry.action == sampling.DRAWN)
    return Shown(sample, first.payload["since"][:10], tuple(_draws(sample)))


def _draws(sample: Sample) -> Iterator[Drawn]:
    for number, one in enumerate(sample.draws):
        title = f"第 {number} 次重抽" if number else "抽样"
        title = title if one is sample.current else f"{title}（已重抽，保留备查）"
        yield Drawn(title, clocks.full(one.at), one.seed, _found(sample, one), sample.repeats(one))


def _found(sample: Sample, one: Draw) -> tuple[tuple[str, str], ...]:
    """Each of its orders with what was found; of a draw that counts no more nothing is asked."""
    if one is not sample.current:
        return tuple((number, "") for number in one.drawn)
    return tuple((number, FOUND[sample.found.get(number)]) for number in one.drawn)


def behind(folio: Folio, of: str, unit: str) -> tuple[str, Iterable[int]]:
    """None of its numbers leads to a list.  Raises KeyError."""
    raise KeyError(of)
