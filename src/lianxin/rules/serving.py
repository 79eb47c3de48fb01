"""Which rows of the founding documents are held by code, said beside that code.

A rule in words (``[[rule]]``) of a pack is in force if some code holds it, whatever the pack says of itself. The module
that holds it says so with one line, ``serves("B02")``; rows of clocks, formulas, classes and the like are served by the
code that reads their table, and settings by what reads them. ``tests/test_serving.py`` compares these lines with
docs/mechanisms.md in both directions, so that none can be written without a place and a test that names it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

from lianxin.rules.pack import Pack
from lianxin.rules.policy_rows import Row, Statement

#: Row of docs/mechanisms.md: the modules that hold it. Filled while the modules are imported.
_SERVED: dict[str, dict[str, None]] = {}


def serves(*rows: str) -> None:
    """The calling module holds these rows. ValueError where one is no id such as B02."""
    module = str(sys._getframe(1).f_globals["__name__"])
    for row in rows:
        if not re.fullmatch(r"[A-E][0-9]{2}", row):
            raise ValueError(f"no row of docs/mechanisms.md: {row}")
        _SERVED.setdefault(row, {})[module] = None


def served() -> dict[str, tuple[str, ...]]:
    """By row the modules that hold it, of the modules imported so far (`ops.serving.all_served` imports them all)."""
    return {row: tuple(modules) for row, modules in sorted(_SERVED.items())}


def held(pack: Pack, by_code: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """The mechanisms of which some row of the laid-over pack is in force, whichever layer states it."""
    return frozenset(row.row for row in pack.rules if in_force(row, by_code))


def in_force(row: Row, by_code: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a row is more than words; ``by_code`` is what `served` gave."""
    if isinstance(row, Statement):
        return bool(row.sets or row.replaces) or row.row in by_code
    return row.served
