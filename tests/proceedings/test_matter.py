"""Matters: orders about one thing are one matter in whatever order they are joined, and a matter is carried on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later, request
from tests.orders.stages import tables
from tests.orders.test_batches import steady, taken_back  # noqa: F401
from tests.proceedings.stages import actions, clocks, differences, dispatched, do, facts, fresh, told

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record, record_many
from lianxin.ledger.models import Entry
from lianxin.ledger.replay import replay
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding

STUDY = {"cause": "小区换热站容量不足。", "measures": "扩容换热站。"}
DONE = {"note": "换热站已扩容，逐户测温达标。"}


def matters(*orders: Order) -> set[int | None]:
    return {Order.objects.get(pk=order.pk).matter_id for order in orders}


def linked(cast: Cast, at: datetime, one: Order, other: Order, verb: str = "order.linked") -> Proceeding:
    do(cast, "agent", verb, one.pk, at, number=other.number)
    return Proceeding.objects.get(pk=Order.objects.get(pk=one.pk).matter_id)


@pytest.fixture
def several(base: Cast, early: datetime) -> list[Order]:
    return [dispatched(base, early, title=f"柳岸花园 {n} 号楼暖气不热") for n in range(4)]


@pytest.fixture
def matter(base: Cast, early: datetime, several: list[Order]) -> Proceeding:
    """Of the first two of them."""
    return linked(base, early, several[0], several[1])


# --- how one begins and grows ----------------------------------------------------------------
def test_a_matter_begins_by_itself_with_the_second_order(
    base: Cast, matter: Proceeding, several: list[Order], early: datetime
) -> None:
    assert (matter.kind, matter.state, matter.owner_person) == ("matter", "noted", base.staff["supervisor"])
    assert (matter.due_at, clocks(matter), told(matter)) == (None, [], [])
    assert matters(*several[:2]) == {matter.pk}
    assert matters(*several[2:]) == {None}
    entry = Entry.objects.get(proceeding=matter)
    assert (entry.action, entry.post_role) == ("matter.opened", "system")
    assert entry.payload == {"first": several[1].number, "second": several[0].number}
    assert facts(matter) == [("noted", False)]
    assert differences() == []
    # A third and a fourth leave no line in its ledger, and need not lock it.
    linked(base, early, several[2], several[0])
    linked(base, early, several[1], several[3])
    assert (matters(*several), actions(matter)) == ({matter.pk}, ["matter.opened"])
    assert {Order.objects.get(pk=order.pk).matter_orders for order in several} == {4}
    assert differences() == []


#: The three joins of four orders in a row, each either way round; the other four are the same row from its other end.
WAYS = [way for way in itertools.product((False, True), repeat=3) if not way[0]]
VERBS = {"link": ("order.linked",) * 3, "merge": ("order.merged",) * 3, "both": ("order.merged", "order.linked") * 2}


def joining(cast: Cast, at: datetime, edges: Sequence[tuple[str, int, int]]) -> list[Act]:
    """Four registrations, named -1 to -4, and their joins."""
    agent = cast.actor("agent")
    acts = [Act("order.registered", agent, at, request(), order=-n) for n in (1, 2, 3, 4)]
    return acts + [Act(verb, agent, at, {"other": -other}, order=-one) for verb, one, other in edges]


def one_by_one(acts: Sequence[Act]) -> None:
    known: dict[int | None, int] = {}
    for act in acts:
        payload: dict[str, Any] = dict(act.payload)  # type: ignore[arg-type]
        if "other" in payload:
            payload["other"] = known[payload["other"]]
        done = record(Act(act.verb, act.actor, act.at, payload, order=known.get(act.order)))
        known.setdefault(act.order, done.order)


def is_one_matter() -> None:
    (matter,) = {order.matter_id for order in Order.objects.all()}
    assert {order.matter_orders for order in Order.objects.all()} == {4}
    kept = Proceeding.objects.get(Proceeding.OPEN)
    assert (kept.pk, kept.state) == (matter, "noted")
    for gone in Proceeding.objects.exclude(pk=matter):
        assert (gone.state, gone.node, gone.is_open) == ("absorbed", "ended", False)
        assert Entry.objects.get(proceeding=gone, action="matter.absorbed").payload["into"] in {
            proceeding.pk for proceeding in Proceeding.objects.exclude(pk=gone.pk)
        }


#: A digest covers what chance and the watch have made.
CHANCE = {("Notice", "id"), ("Entry", "request_digest"), ("Entry", "digest"), ("Backdated", "stamp")}
CHANCE |= {("Order", "head_digest"), ("Proceeding", "head_digest")}


@pytest.mark.parametrize("verbs", VERBS)
@pytest.mark.parametrize("way", WAYS)
def test_four_orders_joined_in_any_order_are_one_matter_in_a_batch_as_one_by_one(
    base: Cast,
    early: datetime,
    steady: None,  # noqa: F811
    way: Sequence[bool],
    verbs: str,
) -> None:
    pairs = [(n, n + 1) if not back else (n + 1, n) for n, back in zip((1, 2, 3), way, strict=True)]
    for turn in itertools.permutations(range(3)):
        edges = [(VERBS[verbs][n], *pairs[place]) for n, place in enumerate(turn)]
        acts = joining(base, early, edges)
        with taken_back():
            one_by_one(acts)
            is_one_matter()
            assert differences() == [], edges
            single = tables(without=CHANCE)
        with taken_back():
            record_many(acts)
            is_one_matter()
            assert differences() == [], edges
            batch = tables(without=CHANCE)
        for table in single.keys() - {"Attestation"}:
            for ours, theirs in itertools.zip_longest(batch[table], single[table]):
                assert ours == theirs, (edges, table)


def test_two_matters_that_meet_are_one_and_the_other_says_where_it_went(
    base: Cast, matter: Proceeding, several: list[Order], early: datetime
) -> None:
    second = linked(base, early, several[2], several[3])
    at = later(early, hours=1)
    assert linked(base, at, several[1], several[2]) == second
    assert matters(*several) == {second.pk}
    gone = fresh(matter)
    assert (gone.state, gone.ended_at, gone.due_at) == ("absorbed", at, None)
    assert Entry.objects.get(proceeding=matter, action="matter.absorbed").payload == {"into": second.pk}
    assert facts(matter) == [("noted", False), ("absorbed", True)]
    assert facts(second) == [("noted", False)]
    with pytest.raises(Refused, match="现在是“已并入其他事项”，不能查因立项"):
        do(base, "supervisor", "matter.studied", matter.pk, at, **STUDY, due=later(at, days=9))
    assert differences() == []


def test_the_deadline_of_a_matter_that_went_into_another_falls_away(
    base: Cast, matter: Proceeding, several: list[Order], early: datetime
) -> None:
    due = later(early, days=5)
    do(base, "supervisor", "matter.studied", matter.pk, early, **STUDY, due=due)
    linked(base, early, several[2], several[3])
    linked(base, early, several[0], several[3])
    assert clocks(matter) == [(due, "cancelled", None)]
    sweep(later(due, days=1))
    assert "proceeding.breached" not in actions(matter)
    assert differences() == []


def test_only_the_book_itself_begins_or_ends_one_so(base: Cast, matter: Proceeding, early: datetime) -> None:
    for who in ("supervisor", "leader", "agent"):
        with pytest.raises(Refused, match="您的岗位不能"):
            do(base, who, "matter.opened", None, early, first="1", second="2")
        with pytest.raises(Refused, match="您的岗位不能"):
            do(base, who, "matter.absorbed", matter.pk, early, into=1)


def test_a_refused_join_leaves_no_matter_behind(base: Cast, several: list[Order], early: datetime) -> None:
    one = several[0]
    acts = [
        Act("order.linked", base.actor("agent"), early, {"number": several[1].number}, order=one.pk),
        Act("order.dispatched", base.actor("dispatcher"), early, {"shares": [], "basis": "law"}, order=one.pk),
    ]
    assert all(isinstance(result, Refused) for result in record_many(acts, collect=True))
    assert not Proceeding.objects.exists()
    assert matters(*several) == {None}
    assert differences() == []


def test_a_link_taken_into_a_batch_that_fails_elsewhere_is_whole(
    base: Cast, several: list[Order], early: datetime
) -> None:
    """Only what failed is lost; the matter of the two that joined is there with both."""
    agent = base.actor("agent")
    acts = [
        Act("order.linked", agent, early, {"number": several[1].number}, order=several[0].pk),
        Act("order.linked", agent, early, {"number": "没有"}, order=several[2].pk),
    ]
    assert [type(result).__name__ for result in record_many(acts, collect=True)] == ["Recorded", "Refused"]
    assert matters(*several[:2]) == {Proceeding.objects.get().pk}
    assert matters(*several[2:]) == {None}
    assert differences() == []


# --- how one is carried on -------------------------------------------------------------------
def test_a_matter_is_studied_and_settled(base: Cast, matter: Proceeding, early: datetime) -> None:
    first, second = later(early, days=5), later(early, days=8)
    do(base, "supervisor", "matter.studied", matter.pk, later(early, hours=1), **STUDY, due=first)
    assert (fresh(matter).state, fresh(matter).due_at, clocks(matter)) == ("studied", first, [(first, "", None)])
    assert differences() == []
    do(base, "leader", "matter.studied", matter.pk, later(early, days=1), **STUDY, due=second)
    assert clocks(matter) == [(first, "cancelled", None), (second, "", None)]
    assert differences() == []
    with pytest.raises(Refused, match="您的岗位不能化解销号"):
        do(base, "clerk@town", "matter.settled", matter.pk, later(early, days=2), **DONE)
    do(base, "supervisor", "matter.settled", matter.pk, later(early, days=2), **DONE)
    assert clocks(matter)[-1] == (second, "met", None)
    assert (fresh(matter).state, fresh(matter).is_open) == ("settled", False)
    assert facts(matter) == [("noted", False), ("studied", False), ("settled", True)]
    assert differences() == []


def test_a_matter_that_is_not_settled_in_time_is_raised(base: Cast, matter: Proceeding, early: datetime) -> None:
    do(base, "supervisor", "matter.studied", matter.pk, early, **STUDY, due=later(early, days=5))
    sweep(later(early, days=6))
    assert actions(matter)[-1] == "proceeding.breached"
    late = [who for kind, who in told(matter) if kind == "proceeding.breached"]
    assert sorted(late) == ["base-leader-A", "base-supervisor-A"]
    assert differences() == []


def test_a_matter_leads_from_its_ledger_alone_to_what_it_is(
    base: Cast, matter: Proceeding, several: list[Order], early: datetime
) -> None:
    do(base, "supervisor", "matter.studied", matter.pk, early, **STUDY, due=later(early, days=5))
    linked(base, early, several[2], several[3])
    linked(base, early, several[0], several[3])
    entries = list(Entry.objects.filter(proceeding=matter).order_by("number"))
    bodies = {entry.pk: entry.enclosure.body for entry in entries if hasattr(entry, "enclosure")}
    docket = replay(base.centre.pk, entries, bodies)
    now = fresh(matter)
    for name in ("number", "pack", "kind", "state", "ended_at", "due_at", "parts", "node", "head_number", "facts_part"):
        assert getattr(docket.root, name) == getattr(now, name), name


def test_who_sees_a_matter(base: Cast, other: Cast, matter: Proceeding) -> None:
    """It is the centre's; units see the orders that they handle."""
    seen = {who for who, person in base.staff.items() if Proceeding.objects.visible_to(person).exists()}
    assert {"supervisor", "leader", "analyst"} <= seen
    assert not any("@" in who for who in seen)
    assert not any(Proceeding.objects.visible_to(person).exists() for person in other.staff.values())
