"""What a pack says of dispatch, reply, petitions, closing, call-backs and clocks decides: another value, another life.

Which setting is proved by which test: tests/rules/test_settings_have_tests.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from tests.cast import Cast, later, shanghai
from tests.orders.stages import GRADES, PAYLOADS, REPLY, reach
from tests.rulebooks import Shelf, Tables, shelf

from lianxin.bulletins.gather import period
from lianxin.directory import snapshot
from lianxin.figures.count import count
from lianxin.followup.models import Callback
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock
from lianxin.orders.models import Order
from lianxin.rules.policy import PolicyError
from lianxin.rules.policy_grid_checks import GridChecks


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Shelf]:
    with shelf(tmp_path) as made:
        yield made


def refused(act: Callable[[], Any]) -> dict[str, str]:
    """The sentences of a refusal, by field."""
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.problems


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


# --- dispatch ---------------------------------------------------------------------------------


def test_the_bases_of_dispatch_are_those_of_the_pack(base: Cast, books: Shelf, nine: datetime) -> None:
    order = base.register(nine)
    base.dispatch(order, nine, "heat", basis="duty_list")
    books.adopt(base, lambda book: book["basis"].update(allowed=[{"code": "order", "title": "区长批示"}]))
    order = base.register(nine)
    assert "区长批示" in refused(lambda: base.dispatch(order, nine, "heat", basis="duty_list"))["basis"]
    assert base.dispatch(order, nine, "heat", basis="order")


# --- reply ------------------------------------------------------------------------------------


def test_a_reply_has_the_elements_of_the_pack(base: Cast, books: Shelf, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    short = REPLY | {"result": "好"}
    assert (
        "办理结果，至少 5 个字"
        in refused(lambda: base.do("clerk@town", "share.replied", order.pk, at, **short))["result"]
    )
    one = [{"code": "progress", "title": "进展情况", "min_length": 12}]
    books.adopt(base, lambda book: book["reply"].update(elements=one))
    order, at = reach(base, "signed", nine)
    said = refused(lambda: base.do("clerk@town", "share.replied", order.pk, at, **short))
    assert said == {"progress": "请写明进展情况，至少 12 个字"}
    base.do("clerk@town", "share.replied", order.pk, at, **short | {"progress": "检修完毕，正在逐户回访测温中"})


def test_whether_each_request_is_answered_is_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    silent = REPLY | {"answers": []}
    order, at = reach(base, "signed", nine)
    assert refused(lambda: base.do("clerk@town", "share.replied", order.pk, at, **silent))
    books.adopt(base, lambda book: book["reply"].update(each_request=False))
    order, at = reach(base, "signed", nine)
    assert base.do("clerk@town", "share.replied", order.pk, at, **silent)


def test_whether_the_unit_audits_first_is_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    order, at = reach(base, "draft", nine)
    handle = Clock.objects.get(order=order, kind="handle")
    assert handle.ended_at is None
    assert refused(lambda: base.do("auditor", "share.passed", order.pk, at, **PAYLOADS["share.passed"](base, order)))
    books.adopt(base, lambda book: book["reply"].update(unit_audit=False))
    order, at = reach(base, "draft", nine)
    # The reply went to the centre at once: the unit's time has stopped, and the auditor may pass it.
    assert Clock.objects.get(order=order, kind="handle").ended_at is not None
    base.do("auditor", "share.passed", order.pk, at, **PAYLOADS["share.passed"](base, order))


# --- petitions --------------------------------------------------------------------------------


def test_until_when_a_return_may_be_asked_for_is_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    def ask(order: Order, at: datetime) -> Any:
        return base.do("clerk@town", "return.filed", order.pk, at, **PAYLOADS["return.filed"](base, order))

    order, _ = reach(base, "pending", nine)
    assert ask(order, later(nine, hours=3))
    books.adopt(base, lambda book: book["petition"]["return"].update(within="2 hours"))
    order, _ = reach(base, "pending", nine)
    assert "派单后2小时内" in refused(lambda: ask(order, later(nine, hours=3)))[""]


def test_how_often_a_return_may_be_asked_for_is_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    order, at = reach(base, "pending", nine)
    assert base.do("clerk@town", "return.filed", order.pk, at, **PAYLOADS["return.filed"](base, order))
    books.adopt(base, lambda book: book["petition"]["return"].update(max_times=0))
    order, at = reach(base, "pending", nine)
    said = refused(lambda: base.do("clerk@town", "return.filed", order.pk, at, **PAYLOADS["return.filed"](base, order)))
    assert "最多申请退单 0 次" in said[""]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"at_most": "1 workday"}, "1个工作日"),
        ({"max_times": 0}, "最多延期 0 次"),
        ({"before": "8 workdays before"}, "本件已过期限"),
    ],
)
def test_how_an_extension_may_be_asked_for_is_the_packs(
    base: Cast, books: Shelf, nine: datetime, change: dict[str, Any], said: str
) -> None:
    order, at = reach(base, "signed", nine)
    payload = PAYLOADS["extension.filed"](base, order)
    assert base.do("clerk@town", "extension.filed", order.pk, at, **payload)
    books.adopt(base, lambda book: book["petition"]["extension"].update(change))
    order, at = reach(base, "signed", nine)
    found = refused(lambda: base.do("clerk@town", "extension.filed", order.pk, at, **payload))
    assert said in "".join(found.values())


# --- closing and call-backs -------------------------------------------------------------------


def test_whether_a_pass_closes_is_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    order, _ = reach(base, "to_callback", nine)
    assert order.state == "to_callback"
    books.adopt(base, lambda book: book["closing"].update(mode="audit"))
    order, at = reach(base, "replied", nine)
    base.do("auditor", "share.passed", order.pk, at, **PAYLOADS["share.passed"](base, order))
    assert fresh(order).state == "closed"


def test_how_often_one_tries_is_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    order, at = reach(base, "to_callback", nine)
    said = refused(lambda: base.do("callback", "callback.recorded", order.pk, at, reached=False))
    assert "至少回访 3 次" in said["reached"]
    books.adopt(base, lambda book: book["callback"].update(tries=1))
    order, at = reach(base, "to_callback", nine)
    assert base.do("callback", "callback.recorded", order.pk, at, reached=False)


def test_which_grades_there_are_and_which_are_good_is_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    order, at = reach(base, "to_callback", nine)
    base.do("callback", "callback.recorded", order.pk, at, **GRADES | {"result_grade": "basically_satisfied"})
    assert Callback.objects.get(order=order).result_satisfied is True

    def other(book: Tables) -> None:
        book["callback"]["grades"] = [
            {"code": "satisfied", "title": "好", "satisfied": True},
            {"code": "basically_satisfied", "title": "还行", "satisfied": False},
        ]

    books.adopt(base, other)
    order, at = reach(base, "to_callback", nine)
    unknown = GRADES | {"result_grade": "very_satisfied"}
    said = refused(lambda: base.do("callback", "callback.recorded", order.pk, at, **unknown))
    assert said["result_grade"] == "评价只能是：好、还行"
    base.do("callback", "callback.recorded", order.pk, at, **GRADES | {"result_grade": "basically_satisfied"})
    assert Callback.objects.get(order=order).result_satisfied is False


def test_whose_call_back_is_our_own_is_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    order, at = reach(base, "to_callback", nine)
    base.do("callback", "callback.recorded", order.pk, at, **GRADES, layer="city")
    clock = Clock.objects.get(order=order, kind="callback")
    assert clock.ended_at is None, "the city's does not do ours for us"
    books.adopt(base, lambda book: book["callback"].update(own_layer="city"))
    order, at = reach(base, "to_callback", nine)
    base.do("callback", "callback.recorded", order.pk, at, **GRADES, layer="city")
    assert Clock.objects.get(order=order, kind="callback").ended_at == at


# --- clocks -----------------------------------------------------------------------------------

OWN = {
    "id": "S90",
    "title": "到场",
    "origin": "测试",
    "kind": "own_arrive",
    "on": "share",
    "from": "dispatch",
    "until": "contact",
    "allow": "2 hours",
}
LIMIT = shanghai("2026-11-18 10:30")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, {"due": "11-18 11:00"}),
        ({"allow": "90 minutes"}, {"due": "11-18 10:30"}),
        ({"office": True, "allow": "4 hours"}, {"due": "11-18 14:30"}),
        ({"warn": "30 minutes before"}, {"due": "11-18 11:00", "warn": "11-18 10:30"}),
        ({"end": "upstream_due", "allow": "4 hours"}, {"due": "11-18 10:30", "cause": "upstream"}),
        ({"when": "order.urgency == 'urgent'"}, None),
        ({"when": "order.urgency == 'normal'"}, {"due": "11-18 11:00"}),
        ({"from": "sign"}, {"due": "11-18 11:01"}),
        ({"until": "sign"}, {"due": "11-18 11:00", "ended": "11-18 09:01"}),
        ({"on": "order", "until": "close"}, {"due": "11-18 11:00", "on": "order"}),
        ({"kind": "own_other"}, None),
    ],
)
def test_each_field_of_a_clock_decides(
    base: Cast, books: Shelf, nine: datetime, change: dict[str, Any], found: dict[str, str] | None
) -> None:
    books.adopt(base, lambda book: book["clock"].insert(0, OWN | change))
    order = base.register(nine, source="city", upstream_number="U-1", upstream_due=LIMIT)
    base.dispatch(order, nine, "town")
    base.do("clerk@town", "share.signed", order.pk, later(nine, minutes=1))
    clock = Clock.objects.filter(order=order, kind="own_arrive").first()
    assert (clock is None) is (found is None)
    if clock is None or found is None:
        return
    shown = {"due": clock.due, "warn": clock.warn_at, "ended": clock.ended_at}
    said = {name: f"{shanghai_(at):%m-%d %H:%M}" for name, at in shown.items() if at}
    said |= {"on": "order"} if clock.share_id is None else {}
    said |= {"cause": clock.cause} if clock.cause != "rule" else {}
    assert said == found


def shanghai_(at: datetime) -> datetime:
    return at.astimezone(LIMIT.tzinfo)


@pytest.mark.parametrize(
    ("change", "is_refused"),
    [
        ({"from": ["dispatch", "sign"]}, True),
        ({"from": "contact", "until": "audit"}, True),
        # An order has one such clock however often its event comes again.
        ({"on": "order", "until": "close"}, False),
    ],
)
def test_what_the_check_calls_counting_twice_is_counted_once_where_nobody_has_checked(
    base: Cast, books: Shelf, nine: datetime, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], is_refused: bool
) -> None:
    def adopt() -> None:
        books.adopt(base, lambda book: book["clock"].insert(0, OWN | change))

    if is_refused:
        with pytest.raises(PolicyError, match="又起算一次"):
            adopt()
    monkeypatch.setattr(GridChecks, "faults", lambda self: [])
    adopt()
    order = base.register(nine)
    base.dispatch(order, nine, "town", "bureau")
    base.do("clerk@town", "share.signed", order.pk, later(nine, minutes=1))
    for minute in (2, 3):
        contact = PAYLOADS["share.contacted"](base, order)
        base.do("clerk@town", "share.contacted", order.pk, later(nine, minutes=minute), **contact)
    found = Clock.objects.filter(order=order, kind="own_arrive").exclude(share__unit=base.units["bureau"])
    # What runs keeps its start: no second one of its kind.
    begun = later(nine, minutes=2) if change.get("from") == "contact" else nine
    assert found.get().start == begun


def test_office_hours_are_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    def due(hours: list[str]) -> str:
        def change(book: Tables) -> None:
            book["clock"].insert(0, OWN | {"office": True, "allow": "4 hours"})
            book["office"]["hours"] = hours

        books.adopt(base, change)
        order = base.register(nine)
        base.dispatch(order, nine, "town")
        return f"{shanghai_(Clock.objects.get(order=order, kind='own_arrive').due):%H:%M}"

    assert due(["08:30-12:00", "13:30-17:30"]) == "14:30"
    assert due(["07:00-11:00", "15:00-19:00"]) == "17:00"


# --- people, sources, figures -----------------------------------------------------------------


def test_whether_posts_are_held_by_two_is_the_packs(base: Cast, books: Shelf) -> None:
    post = base.posts["agent"]
    post.holder_b = None
    with pytest.raises(ValidationError, match="请指定B角"):
        post.full_clean()
    books.adopt(base, lambda book: book["posts"].update(in_pairs=False))
    post.full_clean()


def test_what_another_platform_sent_need_not_be_complete(base: Cast, books: Shelf, nine: datetime) -> None:
    def change(upstream: bool) -> Callable[[Tables], None]:
        def made(book: Tables) -> None:
            book["registration"]["required"] = ["content", "notice", "area"]
            book["source"][0]["upstream"] = upstream

        return made

    books.adopt(base, change(False))
    assert "area" in refused(lambda: base.register(nine, source="county"))
    books.adopt(base, change(True))
    assert base.register(nine, source="county")


def test_only_the_classes_and_sources_of_the_pack_are_taken(base: Cast, books: Shelf, nine: datetime) -> None:
    def change(book: Tables) -> None:
        book["class"][0]["code"], book["source"][1]["code"] = "other", "mayor"

    assert base.register(nine, cls="consult", source="city")
    books.adopt(base, change)
    assert refused(lambda: base.register(nine, cls="consult", source="city")).keys() >= {"cls"}
    assert base.register(nine, cls="other", source="mayor")


@pytest.mark.parametrize(
    ("change", "handled", "overdue"),
    [
        ({}, 2, 1),
        ({"on_time": "first_reply"}, 2, 0),
        ({"handled_roles": ["lead"]}, 1, 1),
        ({"not_handled": ["returned", "withdrawn"]}, 3, 1),
    ],
)
def test_what_is_counted_is_the_packs(
    base: Cast, books: Shelf, nine: datetime, change: dict[str, Any], handled: int, overdue: int
) -> None:
    """A lead that was sent back and replied too late, an assist beside it, and a share that the centre took away."""
    books.adopt(base, lambda book: book["figures"].update(change))
    order = base.register(nine)
    base.dispatch(order, nine, "town", "bureau")
    base.do("clerk@town", "share.signed", order.pk, later(nine, minutes=5))
    for days in (0.1, 12):
        at = later(nine, days=days)
        base.do("clerk@town", "share.replied", order.pk, at, **REPLY)
        base.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)
        if days < 1:
            back = PAYLOADS["share.sent_back"](base, order)
            base.do("auditor", "share.sent_back", order.pk, later(at, hours=1), **back)
    base.do("clerk@bureau", "share.signed", order.pk, later(nine, minutes=5))
    base.do("clerk@bureau", "share.opined", order.pk, later(nine, hours=2), **PAYLOADS["share.opined"](base, order))
    taken, at = reach(base, "signed", nine)
    base.do("dispatcher", "order.recalled", taken.pk, at, **PAYLOADS["order.recalled"](base, taken))
    directory = snapshot.of(base.centre.pk)
    scope, _ = period(directory, date(2026, 11, 16), date(2026, 11, 22), later(nine, days=13))
    found = count(scope, ["handled", "overdue"])[()]
    assert (found["handled"], found["overdue"]) == (handled, overdue)


def test_whose_call_backs_are_counted_is_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    order, at = reach(base, "to_callback", nine)
    base.do("callback", "callback.recorded", order.pk, at, **GRADES)

    def graded() -> int:
        scope, _ = period(snapshot.of(base.centre.pk), date(2026, 11, 16), date(2026, 11, 22), later(nine, days=1))
        return int(count(scope, ["result_graded"])[()]["result_graded"])

    assert graded() == 1
    books.adopt(base, lambda book: book["callback"].update(assess_layer="city"))
    assert graded() == 0
