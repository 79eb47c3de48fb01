"""How the rows of a pack lie over those of its base: what gives way to what, and what must be said first.

A row takes the place of the base's row of the same table and id, and of those that it names (``replaces``). Rows that
say ``only = true`` are a list meant whole: no row of the base's list stays. The list is the table; of clocks, those of
one kind. Everything else of the base stays. What can be found by one row only (a formula by its name, a class by its
code) is never replaced in silence: whoever means to, names it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from lianxin.rules.policy_rows import ClockRule, ListRow, Row, Statement


def replaced(own: Iterable[Row], below: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """(row, row of the base that gives way to it), in the order of the base.

    Where a list is whole, what nobody names gives way to the row of the same code, else to the first of the list.
    """
    by_id: dict[str, list[Row]] = defaultdict(list)
    whole: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in own:
        for name in dict.fromkeys((row.id, *row.replaces)):
            by_id[name].append(row)
        if isinstance(row, ListRow) and row.only:
            whole[list_of(row)].append(row)
    for old in below:
        named = [row for row in by_id[old.id] if (same_table(row, old) and row.id == old.id) or names(row, old)]
        for row in named or sorted(whole[list_of(old)], key=lambda row: row.key != old.key)[:1]:
            yield row, old


def names(row: Row, old: Row) -> bool:
    """Whether the row's ``replaces`` means that row: of its own table, or of any if the row is a clause in words."""
    return old.id in row.replaces and (same_table(row, old) or isinstance(row, Statement))


def same_table(row: Row, old: Row) -> bool:
    """Whether both are rows of one kind of table."""
    return row.table == old.table


def list_of(row: Row) -> tuple[str, str]:
    """The list that a row belongs to: its table; of clocks, those of its kind."""
    return row.table, row.kind if isinstance(row, ClockRule) else ""


def half_whole(own: Iterable[Row]) -> Iterator[tuple[Row, tuple[Row, ...]]]:
    """(first row without ``only``, rows with it) of each list of which some rows say that it is whole and some not."""
    lists: dict[tuple[str, str], list[ListRow]] = {}
    for row in own:
        if isinstance(row, ListRow):
            lists.setdefault(list_of(row), []).append(row)
    for rows in lists.values():
        whole = tuple(row for row in rows if row.only)
        if whole and len(whole) < len(rows):
            yield next(row for row in rows if not row.only), whole


def in_the_way(own: Iterable[Row], below: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """(row, row of the base that stays although the two cannot both stand): of one name or code, or of one id."""
    rows = tuple(own)
    gone = {id(old) for _, old in replaced(rows, below)}
    alike: dict[tuple[str, ...], dict[int, Row]] = defaultdict(dict)
    for place, row in enumerate(rows):
        for name in ((row.id,), (row.table, row.key)):
            alike[name][place] = row
    for old in below:
        if id(old) not in gone:
            found = {**alike[(old.id,)], **alike[old.table, old.key]}
            yield from ((found[place], old) for place in sorted(found))
