"""record_many is the same door: one by one or in one batch, the same acts leave the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.cast import Cast, later, request, shanghai
from tests.orders.stages import GRADES, HAPPY, PAYLOADS, REASON, REPLY, TOLD, tables

from lianxin.directory import ciphers
from lianxin.ledger import batch, chain
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import Recorded, record, record_many
from lianxin.ledger.models import Clock, Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.rules import lifecycle

#: The straight way; an order of a walk begins with a part of it, or walks would hardly ever reach a call-back.
EXPRESS = [
    ("dispatcher", "order.dispatched"),
    ("clerk@town", "share.signed"),
    ("clerk@town", "extension.filed"),
    ("clerk@town", "share.replied"),
    ("hotline_deputy@town", "share.unit_audited"),
    ("auditor", "share.passed"),
    ("callback", "callback.recorded"),
    ("callback", "order.closed"),
]
#: Verbs that bring an order on its way: taken half of the time.
ONWARD = {
    "order.dispatched",
    "share.signed",
    "share.replied",
    "share.unit_audited",
    "share.passed",
    "share.opined",
    "return.decided",
    "extension.decided",
    "callback.recorded",
    "order.closed",
    "order.rehandled",
}


@dataclass
class Walk:
    """Acts that were done one by one, with the ids of the orders they registered."""

    cast: Cast
    at: datetime
    marked: bool
    acts: list[Act] = field(default_factory=list)
    orders: list[int] = field(default_factory=list)

    def step(self, data: st.DataObject) -> None:
        """One more act that the table allows; what the verb's own check refuses is left out."""
        if not self.orders or (len(self.orders) < 4 and data.draw(st.integers(0, 7)) == 0):
            self._try(self._act("agent", "order.registered", None, request()))
            for who, verb in EXPRESS[: data.draw(st.integers(0, len(EXPRESS)))]:
                order = Order.objects.get(pk=self.orders[-1])
                self._try(self._act(who, verb, order.pk, PAYLOADS[verb](self.cast, order)))
            return
        order = Order.objects.get(pk=data.draw(st.sampled_from(self.orders)))
        choices = list(self._choices(order))
        onward = [choice for choice in choices if choice[1] in ONWARD]
        if onward and data.draw(st.booleans()):
            choices = onward
        who, verb, payload, at = data.draw(st.sampled_from(choices))
        self.at = max(self.at, at)
        key = f"key-{len(self.acts)}" if data.draw(st.booleans()) else None
        self._try(replace(self._act(who, verb, order.pk, payload), key=key))

    def _act(self, who: str, verb: str, order: int | None, payload: dict[str, Any]) -> Act:
        self.at = later(self.at, minutes=7)
        recorded_at = self.at if self.marked else None
        return Act(verb, self.cast.actor(who), self.at, payload, order=order, recorded_at=recorded_at)

    def _try(self, act: Act) -> None:
        try:
            recorded = record(act)
        except Refused:
            return
        self.acts.append(act)
        if act.order is None:
            self.orders.append(recorded.order)

    def _choices(self, order: Order) -> Iterator[tuple[str, str, dict[str, Any], datetime]]:
        shares = list(Share.objects.filter(order=order).order_by("pk"))
        for verb in sorted(HAPPY):
            row = lifecycle.find(verb)
            if order.state not in row.states:
                continue
            for share in [s for s in shares if s.is_running and s.state in row.shares] if row.shares else [None]:
                role = next(r for r in ("clerk", "hotline_deputy", "supervisor", *sorted(row.posts)) if r in row.posts)
                who = f"{role}@{share.unit.code}" if share and role in lifecycle.UNIT else role
                if role in lifecycle.UNIT and share is None:
                    who = "agent"
                about = {"share": share.pk} if share else {}
                for payload in self._payloads(verb, order):
                    payload = {k: v for k, v in payload.items() if k != "of_unit"}
                    yield who, verb, payload | about, self._when(verb, payload)

    def _payloads(self, verb: str, order: Order) -> Iterator[dict[str, Any]]:
        units = {name: unit.pk for name, unit in self.cast.units.items()}
        if verb in ("order.merged", "order.linked"):
            yield from ({"other": pk} for pk in self.orders if pk != order.pk)
        elif verb in ("order.joined", "order.parted") or verb.endswith("told"):
            return  # the other order's side of a merge, a link, a mark or a campaign: it comes with one
        elif verb.startswith("clock."):
            running = Clock.objects.filter(order=order, ended_at=None).order_by("pk").values_list("pk", flat=True)
            yield from ({"clocks": [pk]} for pk in running)
        else:
            yield PAYLOADS[verb](self.cast, order)
        if verb == "order.dispatched":
            dual = [{"unit": units["town"], "role": "dual"}, {"unit": units["heat"], "role": "dual"}]
            yield {"shares": dual, "basis": "law"}
            more = [{"unit": units["heat"]}, {"unit": units["bureau"], "role": "assist"}]
            yield {"shares": more, "basis": "city_order"}
        if verb == "return.decided":
            yield {"approved": False, "reason": REASON}
        if verb == "callback.recorded":
            yield {**GRADES, "layer": "city", "result_grade": "dissatisfied", "solved": False}

    def _when(self, verb: str, payload: dict[str, Any]) -> datetime:
        if not verb.startswith("clock."):
            return self.at
        clock = Clock.objects.get(pk=payload["clocks"][0])
        return (clock.warn_at or clock.due) if verb == "clock.warned" else clock.due

    def batch(self) -> list[Act]:
        """The same acts for one batch: the orders named by refs."""
        refs = {pk: -n for n, pk in enumerate(self.orders, 1)}
        numbers = iter(refs.values())
        return [self._renamed(act, refs, numbers) for act in self.acts]

    def _renamed(self, act: Act, refs: dict[int, int], numbers: Iterator[int]) -> Act:
        payload = dict(act.payload)  # type: ignore[call-overload]
        if "other" in payload:
            payload["other"] = refs[payload["other"]]
        order = next(numbers) if act.order is None else refs[act.order]
        return replace(act, order=order, payload=payload)


@contextmanager
def taken_back() -> Iterator[None]:
    """What happens inside is undone, and so are the numbers that were allotted."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT setval('lianxin_order_id', 1000000, false)")
                cursor.execute("SELECT setval('lianxin_proceeding_id', 68719476736, false)")
            yield
            raise _Undo
    except _Undo:
        pass


class _Undo(Exception):
    pass


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Salts, nonces and the server's watch stand still, so that even digests can be compared."""
    monkeypatch.setattr(chain.secrets, "token_bytes", bytes)
    monkeypatch.setattr(ciphers.secrets, "token_bytes", bytes)
    now = timezone.now()
    monkeypatch.setattr(batch.timezone, "now", lambda: now)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(data=st.data(), marked=st.booleans(), steps=st.integers(5, 35))
def test_a_batch_leaves_the_same_rows(base: Cast, steady: None, data: st.DataObject, marked: bool, steps: int) -> None:
    # Long ago, so that the deadlines it jumps to are past for the wall clock too.
    walk = Walk(base, shanghai("2026-03-02 09:00"), marked)
    # A request names an order of its own batch by a number that only the batch knows.
    # A batch is attested as one.
    ids = {
        ("Notice", "id"),
        ("Entry", "request_digest"),
        ("Entry", "digest"),
        ("Order", "head_digest"),
        ("Proceeding", "head_digest"),
    }
    ids |= {("Backdated", "stamp"), ("Proceeding", "head_digest")}
    with taken_back():
        for _ in range(steps):
            walk.step(data)
        one_by_one = tables(without=ids)
        del one_by_one["Attestation"]
        assert list(verify()) == []
    with taken_back():
        results = record_many(walk.batch())
        assert len(results) == len(walk.acts)
        in_one = tables(without=ids)
        assert list(verify()) == []
    for table, rows in one_by_one.items():
        assert [row.get("id") for row in in_one[table]] == [row.get("id") for row in rows], table
        for ours, theirs in zip(in_one[table], rows, strict=True):
            assert {k: (v, theirs[k]) for k, v in ours.items() if v != theirs[k]} == {}, table


@pytest.mark.parametrize("spelling", ["2027-03-01T00:00+08:00", "2027-02-28T16:00Z", "2027-02-28T11:00-05:00"])
def test_an_instant_is_written_alike_however_it_was_spelled(base: Cast, nine: datetime, spelling: str) -> None:
    """Found by the walk above: the ledger of a main order said its repeat's limit in whatever zone its sender was."""

    def act(order: int, who: str, verb: str, payload: dict[str, Any]) -> Act:
        return Act(verb, base.actor(who), nine, payload, order=order)

    limit = {"upstream_due": spelling, "reason": REASON}
    acts = [
        act(-1, "agent", "order.registered", request()),
        act(-2, "agent", "order.registered", request()),
        act(-2, "supervisor", "order.limit_set", limit),
        act(-2, "dispatcher", "order.merged", {"other": -1}),
    ]
    record_many(acts)
    told = [entry.payload for entry in Entry.objects.filter(action__in=["order.joined", "order.limit_set"])]
    assert [payload["upstream_due"] for payload in told] == ["2027-02-28T16:00:00Z"] * 2


def whole_life(cast: Cast, ref: int, at: datetime) -> list[Act]:
    """Acts from registration to the unit's reply, on order `ref`."""
    town = cast.units["town"].pk
    steps = [
        ("agent", "order.registered", request()),
        ("dispatcher", "order.dispatched", {"shares": [{"unit": town}], "basis": "law"}),
        ("clerk@town", "share.signed", {}),
        ("clerk@town", "share.replied", dict(REPLY)),
    ]
    return [Act(verb, cast.actor(who), at, payload, order=ref, recorded_at=at) for who, verb, payload in steps]


def test_a_refused_act_loses_its_own_order_only(base: Cast, nine: datetime) -> None:
    good, bad, last = (whole_life(base, ref, nine) for ref in (-1, -2, -3))
    bad[2] = replace(bad[2], verb="share.passed", actor=base.actor("auditor"))
    mixed = [act for acts in zip(good, bad, last, strict=True) for act in acts]
    results = record_many(mixed, collect=True)
    # Also the acts of the bad order that had been done before are answered as lost.
    assert [isinstance(r, Recorded) for r in results] == [True, False, True] * 4
    assert [o.state for o in Order.objects.order_by("pk")] == ["dispatched", "dispatched"]
    assert Entry.objects.count() == 8
    assert list(verify()) == []


def test_without_collect_nothing_of_the_batch_is_done(base: Cast, nine: datetime) -> None:
    before = tables()
    bad = Act("order.closed", base.actor("callback"), nine, {"told": TOLD}, order=-1, recorded_at=nine)
    with pytest.raises(Refused):
        record_many([*whole_life(base, -1, nine), bad])
    assert tables() == before


@pytest.mark.parametrize("payload", [{}, {"told": 5}, {"nonsense": 1}])
def test_also_a_malformed_payload_loses_its_order(base: Cast, nine: datetime, payload: dict[str, Any]) -> None:
    order = base.register(nine)
    acts = [
        Act("order.supplemented", base.actor("agent"), nine, {"text": "补充一句"}, order=order.pk, recorded_at=nine),
        Act("order.answered", base.actor("agent"), nine, payload, order=order.pk, recorded_at=nine),
        Act("order.supplemented", base.actor("agent"), nine, {"text": "再补一句"}, order=order.pk, recorded_at=nine),
    ]
    assert all(isinstance(r, Refused) for r in record_many(acts, collect=True))
    assert Entry.objects.filter(order=order).count() == 1
    assert list(verify()) == []


def test_what_was_merged_into_a_lost_order_is_lost_with_it(base: Cast, nine: datetime) -> None:
    agent = base.actor("agent")

    def act(verb: str, ref: int, payload: dict[str, Any]) -> Act:
        return Act(verb, agent, nine, payload, order=ref, recorded_at=nine)

    acts = [
        act("order.registered", -1, request()),
        act("order.registered", -2, request()),
        act("order.merged", -2, {"other": -1}),
        act("order.registered", -3, request()),
        act("order.answered", -1, {}),
    ]
    kinds = [type(r).__name__ for r in record_many(acts, collect=True)]
    assert kinds == ["Refused", "Refused", "Refused", "Recorded", "Refused"]
    assert Order.objects.count() == 1


def test_a_double_upstream_number_loses_only_its_own_row(base: Cast, nine: datetime) -> None:
    base.register(nine, upstream_number="A1")
    acts = [
        Act("order.registered", base.actor("agent"), nine, request(upstream_number=number), recorded_at=nine)
        for number in ("A0", "A1", "A2", "A2")
    ]
    results = record_many(acts, collect=True)
    assert [isinstance(r, Recorded) for r in results] == [True, False, True, False]
    lost = results[3]
    assert isinstance(lost, Refused)
    assert "已经登记过" in lost.problems["upstream_number"]


def test_a_ref_is_used_once(base: Cast, nine: datetime) -> None:
    with pytest.raises(Refused, match="没有这件工单"):
        record_many([*whole_life(base, -1, nine), *whole_life(base, -1, nine)])


def test_a_batch_costs_a_constant_number_of_statements(
    base: Cast, nine: datetime, django_assert_max_num_queries: Any
) -> None:
    def batch(orders: int) -> list[Act]:
        return [act for n in range(1, orders + 1) for act in whole_life(base, -n, nine)]

    record_many(batch(1))
    for orders in (30, 90):
        with django_assert_max_num_queries(30):
            record_many(batch(orders))
