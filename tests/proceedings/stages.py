"""Proceedings at every stage, on the wall clock, and what the tables say of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.cast import Cast, later, request

from lianxin.ledger.acts import Act, Upload
from lianxin.ledger.door import Recorded, record
from lianxin.ledger.models import Clock, Entry, Notice
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.proceedings.models import About, Proceeding, ProceedingFacts

#: When a letter of `LETTER` is due, from its sending: Friday 18:00 for one of Monday 9:00.
DUE = {"days": 4, "hours": 9}
ANSWER = {"cause": "换热站阀门老化。", "measures": "更换阀门，逐户测温。", "by": "2026-12-01T18:00+08:00"}
SENT_BACK = "没有写明逐户测温的结果。"
FINDING = "整改属实，予以办结。"


def LETTER(cast: Cast, at: datetime, **changes: Any) -> dict[str, Any]:
    """What a letter says that is sent to the town at `at`."""
    said: dict[str, Any] = {
        "level": "warn",
        "title": "供暖诉求集中反映",
        "unit": cast.units["town"].pk,
        "text": "近一周供暖诉求集中，请尽快核查。",
        "due": later(at, **DUE),
    }
    return said | changes


def HEARING(cast: Cast, at: datetime, **changes: Any) -> dict[str, Any]:
    """Who hears the town's appeal: an agent and the bureau's clerk."""
    said: dict[str, Any] = {
        "title": "大店镇不服扣分的申诉",
        "unit": cast.units["town"].pk,
        "text": "该镇认为答复已按时报送，不应扣分。",
        "people": [cast.staff["clerk@bureau"].pk, cast.staff["hotline_deputy@heat"].pk],
        "due": later(at, days=2),
    }
    return said | changes


def do(cast: Cast, who: str, verb: str, root: int | None, at: datetime, /, **payload: Any) -> Recorded:
    """One act on the wall clock."""
    return record(Act(verb, cast.actor(who), at, payload, order=root))


def opened(
    cast: Cast, verb: str, at: datetime, /, *, by: str = "supervisor", files: tuple[Upload, ...] = (), **payload: Any
) -> Proceeding:
    """A proceeding that begins by that act."""
    done = record(Act(verb, cast.actor(by), at, payload, files=files))
    return Proceeding.objects.get(pk=done.order)


def dispatched(cast: Cast, at: datetime, *units: str, **said: Any) -> Order:
    """An order that these units handle (left out: the town)."""
    pk = do(cast, "agent", "order.registered", None, at, **request(**said)).order
    shares = [{"unit": cast.units[u].pk, "role": "assist" if n else "lead"} for n, u in enumerate(units or ("town",))]
    do(cast, "dispatcher", "order.dispatched", pk, at, shares=shares, basis="law")
    cast.sign_off(Order.objects.get(pk=pk), at, marked=False)
    return Order.objects.get(pk=pk)


def numbers(orders: Iterable[Order]) -> list[str]:
    return [order.number for order in orders]


def fresh(root: Proceeding) -> Proceeding:
    return Proceeding.objects.get(pk=root.pk)


def differences() -> list[str]:
    """What `verify` finds."""
    return [str(difference) for difference in verify()]


def actions(root: Proceeding | Order) -> list[str]:
    """The ledger, by its actions."""
    mine = Entry.objects.filter(**{root.column: root.pk})
    return list(mine.order_by("number").values_list("action", flat=True))


def clocks(root: Proceeding) -> list[tuple[datetime, str, datetime | None]]:
    """(due, end, breached) of each of its clocks, in the order of their making."""
    mine = Clock.objects.filter(proceeding=root.pk).order_by("pk")
    return list(mine.values_list("due", "end", "breached_at"))


def facts(root: Proceeding) -> list[tuple[str, bool]]:
    """(state, ended) as known one after the other; each row ends where the next begins."""
    rows = list(ProceedingFacts.objects.filter(proceeding=root.pk).order_by("pk"))
    assert [row.known_to for row in rows] == [*(row.known_from for row in rows[1:]), None]
    return [(row.state, row.ended) for row in rows]


def abouts(root: Proceeding) -> list[tuple[str, str, int]]:
    """(role, what, its id) of all that it is about."""
    found = []
    for about in About.objects.filter(proceeding=root.pk).order_by("pk"):
        for name in ("order", "proceeding", "unit", "person"):
            if (pk := getattr(about, f"to_{name}_id")) is not None:
                found.append((about.role, name, pk))
    return found


def told(root: Proceeding) -> list[tuple[str, str]]:
    """(action, who) of its notices."""
    mine = Notice.objects.filter(proceeding=root.pk).order_by("entry_id", "staff_id")
    return [(notice.kind, notice.staff.username) for notice in mine.select_related("staff")]
