"""How the rows of a pack lie over those of its base: what gives way to what, and what could never act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lianxin.rules.policy_rows import ClockRule, Row, Statement


def replaced(own: Iterable[Row], below: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """(row, row of the base that gives way to it): of the same table and key, or named in ``replaces``.

    A clause in words may name rows of any table: it takes them out and puts nothing in their place.
    """
    for row in own:
        if not row.enforced:
            continue
        for old in below:
            if (same_table(row, old) and row.key == old.key) or names(row, old):
                yield row, old


def names(row: Row, old: Row) -> bool:
    """Whether the row's ``replaces`` means that row."""
    return old.id in row.replaces and (same_table(row, old) or isinstance(row, Statement))


def same_table(row: Row, old: Row) -> bool:
    """Whether both are rows of one kind of table."""
    return row.table == old.table


def idle(clocks: Sequence[ClockRule]) -> Iterator[tuple[ClockRule, ClockRule]]:
    """(earlier, later): of one kind, and the later is never reached, as the earlier takes all that it would take."""
    for place, later in enumerate(clocks):
        for earlier in clocks[:place]:
            takes_all = earlier.when is None or earlier.when == later.when
            if earlier.kind == later.kind and takes_all and set(later.start_on) <= set(earlier.start_on):
                yield earlier, later
                break
