"""Who of A and B answers for a post: the one rule behind queries, models and the snapshot."""

from collections.abc import Collection


def pick(holder_a: int | None, holder_b: int | None, active: Collection[int], away: Collection[int]) -> int | None:
    """The id of the holder now: A; if A is away B; if both are away the one that is named first.

    `active` are the people who still serve: whoever left counts as not named. Source: A31 (AB角), A13 (never nobody).
    """
    named = [holder for holder in (holder_a, holder_b) if holder is not None and holder in active]
    return next((holder for holder in named if holder not in away), named[0] if named else None)
