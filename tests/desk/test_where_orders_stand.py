"""The usual queues, written out: in which of them an order stands at each stage of its life, for each post."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from tests.cast import Cast, later, make_cast
from tests.desk.test_queue_rows import seat_at
from tests.orders.stages import PAYLOADS, REASON, STAGES, reach

from lianxin.desk import queues, work
from lianxin.directory.models import Post
from lianxin.ledger.models import Clock
from lianxin.orders.models import Order

#: What is done besides, after a stage: (who, verb, what is said besides).
MORE: dict[str, tuple[str, tuple[tuple[str, str, dict[str, object]], ...]]] = {
    "contacted": ("signed", (("clerk@town", "share.contacted", {}),)),
    "unit asked": ("signed", (("clerk@town", "remark.asked", {}),)),
    "tried": ("to_callback", (("callback", "callback.tried", {}),)),
    "again": ("called_back", (("callback", "order.rehandled", {}),)),
    "excluded": ("closed", (("supervisor", "order.excluded", {}),)),
    "handed down and signed": ("delegated", (("clerk@village", "share.signed", {}),)),
}
BAD = {"process_grade": "dissatisfied", "result_grade": "dissatisfied", "solved": False}
#: Under a pack that closes by audit and calls afterwards: what follows the closing.
CLOSED: dict[str, tuple[tuple[str, str, dict[str, object]], ...]] = {
    "closed by audit": (),
    "closed by audit, tried": (("callback", "callback.tried", {}),),
    "closed by audit, content": (("callback", "callback.recorded", {"layer": "district"}),),
    "closed by audit, unhappy": (("callback", "callback.recorded", {**BAD, "layer": "district"}),),
    "closed by audit, unhappy, excluded": (
        ("callback", "callback.recorded", {**BAD, "layer": "district"}),
        ("supervisor", "order.excluded", {"reason": REASON}),
    ),
}
#: Stage -> the queues in which it stands, those of the whole centre's open orders left out.
WHERE: dict[str, str] = {
    "registered": "agent: dispatch; dispatcher: dispatch",
    "pending": ("clerk@town: all sign; hotline_deputy@town: all sign; principal@town: all; line_deputy@town: all"),
    "signed": (
        "clerk@town: all contact working; hotline_deputy@town: all working; principal@town: all; line_deputy@town: all"
    ),
    "return_filed": (
        "dispatcher: returns; clerk@town: all sign; hotline_deputy@town: all sign; principal@town: all; "
        "line_deputy@town: all"
    ),
    "assigned": (
        "clerk@town: all contact working; hotline_deputy@town: all working; principal@town: all; line_deputy@town: all"
    ),
    "delegated": (
        "clerk@town: all contact working; hotline_deputy@town: all working; principal@town: all; "
        "clerk@village: all sign; hotline_deputy@village: all sign; principal@village: all; "
        "line_deputy@town: all"
    ),
    "asked": (
        "clerk@town: all contact working remarks; hotline_deputy@town: all working; principal@town: all; "
        "line_deputy@town: all"
    ),
    "extension_filed": (
        "dispatcher: extensions; clerk@town: all contact working; hotline_deputy@town: all working; "
        "principal@town: all; line_deputy@town: all"
    ),
    "draft": (
        "clerk@town: unit_audit; hotline_deputy@town: unit_audit; principal@town: unit_audit; "
        "line_deputy@town: unit_audit"
    ),
    "replied": "auditor: audit",
    "sent_back": ("clerk@town: all back; hotline_deputy@town: all back; principal@town: all; line_deputy@town: all"),
    "to_callback": "callback: callback",
    "called_back": "callback: judge",
    "closed": "callback: closed; supervisor: closed; leader: closed; principal@town: led",
    "shown": (
        "clerk@town: all contact working; hotline_deputy@town: all working; principal@town: all; line_deputy@town: all"
    ),
    "flagged": (
        "clerk@town: all contact working; hotline_deputy@town: all working; principal@town: all; line_deputy@town: all"
    ),
    "labelled": (
        "clerk@town: all contact working; hotline_deputy@town: all working; principal@town: all; line_deputy@town: all"
    ),
    "promised": (
        "clerk@town: all contact working; hotline_deputy@town: all working; principal@town: all; line_deputy@town: all"
    ),
    "answered": "",
    "redirected": "",
    "merged": "callback: merged",
    "withdrawn": "",
    "invalid": "",
    "assist_signed": (
        "clerk@town: all sign; hotline_deputy@town: all sign; principal@town: all; "
        "clerk@bureau: all working; hotline_deputy@bureau: all working; principal@bureau: all; "
        "line_deputy@town: all"
    ),
    "contacted": (
        "clerk@town: all working; hotline_deputy@town: all working; principal@town: all; line_deputy@town: all"
    ),
    "unit asked": (
        "dispatcher: remarks; clerk@town: all contact working; hotline_deputy@town: all working; "
        "principal@town: all; line_deputy@town: all"
    ),
    "tried": "callback: recall",
    "again": (
        "dispatcher: again; supervisor: again; analyst: again; leader: again; clerk@town: all sign rounds; "
        "hotline_deputy@town: all sign rounds; principal@town: all rounds; line_deputy@town: all"
    ),
    "excluded": "callback: closed; supervisor: closed; leader: closed; principal@town: led",
    "handed down and signed": (
        "clerk@town: all contact working; hotline_deputy@town: all working; principal@town: all; "
        "clerk@village: all working; hotline_deputy@village: all working; principal@village: all; "
        "line_deputy@town: all"
    ),
    "closed by audit": (
        "callback: callback closed; supervisor: closed contacts; leader: closed; "
        "hotline_deputy@town: contacts; principal@town: led contacts"
    ),
    "closed by audit, tried": (
        "callback: recall closed; supervisor: closed contacts; leader: closed; "
        "hotline_deputy@town: contacts; principal@town: led contacts"
    ),
    "closed by audit, content": (
        "callback: closed; supervisor: closed contacts; leader: closed; "
        "hotline_deputy@town: contacts; principal@town: led contacts"
    ),
    "closed by audit, unhappy": (
        "callback: unhappy closed; supervisor: unhappy closed contacts; leader: closed; "
        "hotline_deputy@town: contacts; principal@town: led contacts"
    ),
    "closed by audit, unhappy, excluded": (
        "callback: closed; supervisor: closed contacts; leader: closed; "
        "hotline_deputy@town: contacts; principal@town: led contacts"
    ),
    "registered, late": (
        "agent: dispatch; dispatcher: dispatch overdue; auditor: overdue; supervisor: overdue; "
        "analyst: overdue; leader: overdue"
    ),
    "signed, late": (
        "dispatcher: overdue; auditor: overdue; supervisor: overdue; analyst: overdue; leader: overdue; "
        "clerk@town: all contact working overdue; hotline_deputy@town: all working overdue; "
        "principal@town: all overdue; line_deputy@town: all overdue"
    ),
    "draft, late": (
        "dispatcher: overdue; auditor: overdue; supervisor: overdue; analyst: overdue; leader: overdue; "
        "clerk@town: overdue unit_audit; hotline_deputy@town: unit_audit overdue; "
        "principal@town: overdue unit_audit; line_deputy@town: unit_audit overdue"
    ),
    "replied, late": (
        "dispatcher: overdue; auditor: audit overdue; supervisor: overdue; analyst: overdue; leader: overdue"
    ),
    "assist_signed, late": (
        "dispatcher: overdue; auditor: overdue; supervisor: overdue; analyst: overdue; leader: overdue; "
        "clerk@town: all sign overdue; hotline_deputy@town: all sign overdue; principal@town: all overdue; "
        "clerk@bureau: all working overdue; hotline_deputy@bureau: all working overdue; "
        "principal@bureau: all overdue; line_deputy@town: all overdue"
    ),
    "to_callback, late": (
        "dispatcher: overdue; auditor: overdue; callback: callback; supervisor: overdue; analyst: overdue; "
        "leader: overdue"
    ),
    "today": "agent: dispatch today; dispatcher: dispatch today; analyst: today",
}
#: Who has a list of all that is open.
SEES_OPEN = {"agent", "dispatcher", "auditor", "callback", "supervisor", "leader"}


def where(cast: Cast, order: Order) -> str:
    """`post: queue queue; …` of every post in one of whose queues the order stands."""
    found: dict[str, list[str]] = defaultdict(list)
    open_with = set()
    for who, post in cast.posts.items():
        seat = seat_at(cast, post)
        for queue in queues.queues_of(seat):
            if queue.base == "proceeding":
                continue
            if any(work.order_of(thing).pk == order.pk for thing in queues.in_turn(seat, queue)):
                open_with |= {who} if queue.code == "open" else set()
                found[who] += [queue.code] if queue.code != "open" else []
    order.refresh_from_db()
    assert open_with == (SEES_OPEN if order.is_open else set())
    return "; ".join(f"{who}: {' '.join(codes)}" for who, codes in found.items() if codes)


def settled(order: Order, due: datetime) -> Order:
    """With every limit at that time, whatever day of the week it is."""
    Clock.objects.filter(order=order, ended_at=None).update(due=due)
    Order.objects.filter(pk=order.pk, due_at__isnull=False).update(due_at=due)
    return order


@pytest.fixture
def then() -> datetime:
    return timezone.now() - timedelta(days=2)


def deputy(cast: Cast) -> Cast:
    """With the post that the usual cast lacks."""
    holder = cast.staff["principal@town:b"]
    cast.posts["line_deputy@town"] = Post.objects.create(
        centre=cast.centre, unit=cast.units["town"], role="line_deputy", holder_a=holder
    )
    return cast


@pytest.mark.parametrize("stage", [*STAGES, "assist_signed", *MORE])
def test_where_an_order_stands(base: Cast, then: datetime, stage: str) -> None:
    before, acts = MORE.get(stage, (stage, ()))
    order, at = reach(deputy(base), before, then)
    for who, verb, said in acts:
        base.do(who, verb, order.pk, at, **{**PAYLOADS[verb](base, order), **said})
    assert where(base, settled(order, timezone.now() + timedelta(days=9))) == WHERE[stage]


@pytest.mark.parametrize("stage", CLOSED)
def test_where_an_order_stands_that_was_closed_before_its_call_back(db: None, then: datetime, stage: str) -> None:
    cast = deputy(make_cast())
    order, at = reach(cast, "replied", then)
    cast.do("auditor", "share.passed", order.pk, at, **PAYLOADS["share.passed"](cast, order))
    for n, (who, verb, said) in enumerate(CLOSED[stage]):
        cast.do(who, verb, order.pk, later(at, minutes=n + 1), **{**PAYLOADS[verb](cast, order), **said})
    assert where(cast, settled(order, timezone.now() + timedelta(days=9))) == WHERE[stage]


@pytest.mark.parametrize("stage", ["registered", "signed", "draft", "replied", "assist_signed", "to_callback"])
def test_what_is_late_is_late_with_whoever_has_it(base: Cast, then: datetime, stage: str) -> None:
    order, _ = reach(deputy(base), stage, then)
    assert where(base, settled(order, timezone.now() - timedelta(hours=1))) == WHERE[f"{stage}, late"]


def test_what_came_today_is_of_today(base: Cast) -> None:
    order, _ = reach(deputy(base), "registered", timezone.now())
    assert where(base, settled(order, timezone.now() + timedelta(days=9))) == WHERE["today"]
