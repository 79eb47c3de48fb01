"""The one table of states and transitions of a work order, a module a stage.

Sources: 国办发〔2020〕53号 (closed loop), the states of hotline platforms in use, the founding documents.  Petitions,
supervision and clocks are overlays, never states: handling goes on beside them.

`TABLE` is data; `find` and `allowed` are the only code that walks it.  Who may act *on which order* is
a question of access (`orders.access`); this table says which post may take which action in which state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import book, dispatch, followup, handling, intake, oversight, tasks
from .states import (
    AT_WORK,
    CENTRE,
    HANDED_DOWN,
    OBSERVERS,
    OPEN,
    ORDER_TITLES,
    OUTSIDE,
    RUNNING,
    SHARE_TITLES,
    SYSTEM,
    UNIT,
    UNIT_LEADS,
    OrderState,
    ShareState,
    Transition,
)

__all__ = [
    "AT_WORK",
    "CENTRE",
    "HANDED_DOWN",
    "OBSERVERS",
    "OPEN",
    "ORDER_TITLES",
    "OUTSIDE",
    "RUNNING",
    "SHARE_TITLES",
    "SYSTEM",
    "TABLE",
    "UNIT",
    "UNIT_LEADS",
    "OrderState",
    "ShareState",
    "Transition",
    "allowed",
    "find",
    "mermaid",
]

TABLE: tuple[Transition, ...] = (
    *intake.ROWS,
    *dispatch.ROWS,
    *handling.ROWS,
    *followup.ROWS,
    *oversight.ROWS,
    *tasks.ROWS,
    *book.ROWS,
)

_BY_ACTION: dict[str, Transition] = {row.action: row for row in TABLE}


def find(action: str) -> Transition:
    """The row of `action`.  Raises KeyError for an action that the table does not know."""
    return _BY_ACTION[action]


def allowed(row: Transition, *, order: str | None, share: str | None, role: str | None) -> bool:
    """Whether `row` may be taken on an order in state `order` (None: not yet registered) and an
    share in state `share` with role `role` (None where the action is about the whole order)."""
    if order is not None and order not in row.states:
        return False
    if not row.shares:
        return True
    if share not in row.shares:
        return False
    return not row.share_roles or role in row.share_roles


def mermaid() -> str:
    """The order's states as a Mermaid diagram, for docs/architecture.md (generated, never by hand)."""
    lines = ["stateDiagram-v2", "    [*] --> registered: 登记"]
    lines += [f"    {state}: {ORDER_TITLES[state]}" for state in OrderState]
    for row in TABLE:
        if row.to is None or not row.states:
            continue
        lines += [f"    {state} --> {row.to}: {row.title}" for state in _sorted(row.states)]
    lines.append("    dispatched --> to_callback: 审核通过（末一家主办）")
    return "\n".join(lines)


def _sorted(states: Iterable[str]) -> Iterator[str]:
    order = {state.value: n for n, state in enumerate(OrderState)}
    return iter(sorted(states, key=lambda state: order[state]))
