"""Who may do what when, against a golden table: a right given or taken by accident fails here, in both directions.

Whoever changes a right on purpose changes `rights.csv` too, a line that a reviewer reads.
"""

import csv
from collections import Counter
from pathlib import Path

from lianxin.rules.lifecycle import TABLE

COLUMNS = ("action", "states", "shares", "share_roles", "posts")
GOLDEN = list(csv.DictReader((Path(__file__).parent / "rights.csv").open(encoding="utf-8")))


def _rights(rows: list[dict[str, str]]) -> Counter[tuple[str, str, str, str, str]]:
    """One (action, state, share's state, share's role, post) for each right; "" where it does not matter."""
    found: Counter[tuple[str, str, str, str, str]] = Counter()
    for row in rows:
        for state in row["states"].split() or [""]:
            for share in row["shares"].split() or [""]:
                for role in row["share_roles"].split() or [""]:
                    found.update((row["action"], state, share, role, post) for post in row["posts"].split())
    return found


def _as_text(row: object) -> dict[str, str]:
    values = {name: getattr(row, name) for name in COLUMNS}
    return {name: v if name == "action" else " ".join(map(str, v)) for name, v in values.items()}


def test_every_right_of_the_table_is_golden_and_no_golden_right_is_lost() -> None:
    table, golden = _rights([_as_text(row) for row in TABLE]), _rights(GOLDEN)
    assert sorted(table - golden) == []
    assert sorted(golden - table) == []


def test_a_units_clerk_does_not_judge_or_exclude() -> None:
    """Said by itself, so that a golden line changed along with the table still meets somebody's word."""
    clerk = {action for action, *_, post in _rights(GOLDEN) if post == "clerk"}
    centre_only = {"order.excluded", "share.passed", "share.sent_back", "extension.decided", "return.decided"}
    assert not clerk & centre_only
    assert centre_only & {row["action"] for row in GOLDEN}
