"""Who can be a link of a unit's chain of responsibility (`rules.chain`, D22)."""

from __future__ import annotations

from collections.abc import Iterator

from lianxin.rules.chain import LINKS

from .snapshot import Snapshot


def can_be(directory: Snapshot, code: str, unit_id: int) -> Iterator[tuple[int, int]]:
    """(post, person) of whoever holds such a post in the unit, or in one below it, or has shifts for it, and serves
    there; asks nothing."""
    for unit in sorted(directory.within(unit_id)):
        for role in LINKS[code].roles:
            for post in directory.posts_at(unit, role):
                for person in directory.crew(post.id):
                    if directory.serves(person, unit):
                        yield post.id, person
