"""How a record came to be checked (C32): its pool and its seed, by which anyone can repeat the draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lianxin.rules import draws

from .folio import Folio


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw as it stands in the entry, and which of the pool it comes to."""

    seed: str
    pool: tuple[str, ...]
    drawn: tuple[str, ...]
    how: str = draws.HOW


def draw(folio: Folio) -> Drawn | None:
    """The block, out of the first entry."""
    said = folio.entries[0].payload
    pool = tuple(said["pool"])
    return Drawn(said["seed"], pool, draws.draw(pool, said["seed"], said["wanted"]))


def behind(folio: Folio, of: str, unit: str) -> tuple[str, Iterable[int]]:
    """None of its numbers counts orders."""
    raise KeyError(of)
