"""Two units at once, merged lines, sub-centres, sections, patrols and a line of its own (C06, C20–C23, C25, C65).

Each row of the Jinan documents where it bites, where it must not, and where somebody tries to get round it.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from tests.acceptance.zhoucun import REASON, REPLY, fresh, refused, task
from tests.cast import Cast, _post, later, make_cast, request, shanghai
from tests.rulebooks import Shelf

from lianxin.directory.models import Unit
from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Notice, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share

pytestmark = pytest.mark.django_db


@pytest.fixture
def jinan(db: None) -> Cast:
    """The cast of a centre under the rule book of Jinan, with a sub-centre and a section of its own house."""
    cast = make_cast("jinan", "jinan-cg")
    for code, name, kind in (("tourism", "旅游局分中心", "sub_centre"), ("law", "法制科", "section")):
        cast.units[code] = Unit.objects.create(
            centre=cast.centre, parent=cast.units["centre"], code=code, name=name, type=kind, position=20
        )
        for role in ("clerk", "hotline_deputy"):
            _post(cast, f"{role}@{code}", cast.units[code], role)
    return cast


def unit(cast: Cast, name: str, role: str) -> dict[str, object]:
    return {"unit": cast.units[name].pk, "role": role}


def dual(cast: Cast, at: datetime) -> Order:
    """An order that the bureau and the heating company answer for, the bureau named first."""
    order = cast.register(at, source="ip")
    cast.dispatch(order, at, shares=[unit(cast, "bureau", "dual"), unit(cast, "heat", "dual")])
    return order


def passes(cast: Cast, order: Order, name: str, at: datetime, **changes: object) -> None:
    cast.do(f"clerk@{name}", "share.signed", order.pk, at)
    cast.do(f"clerk@{name}", "share.replied", order.pk, at, **REPLY | changes)
    cast.do(f"hotline_deputy@{name}", "share.unit_audited", order.pk, at, approved=True)
    cast.do("auditor", "share.passed", order.pk, at, of_unit=cast.units[name].pk)


def grade(cast: Cast, order: Order, at: datetime) -> None:
    grades = {"layer": "district", "process_grade": "satisfied", "result_grade": "satisfied", "solved": True}
    cast.do("callback", "callback.recorded", order.pk, at, **grades)


# --- C20: two at once ------------------------------------------------------------------------------


def test_c20_each_of_the_two_has_its_own_clocks_and_the_first_named_answers(jinan: Cast, nine: datetime) -> None:
    order = dual(jinan, nine)
    assert fresh(order).owner_unit_id == jinan.units["bureau"].pk
    for kind in ("sign", "contact", "handle"):
        owed = Clock.objects.filter(order=order, kind=kind, ended_at=None).values_list("share__unit__code", flat=True)
        assert sorted(owed) == ["bureau", "heat"], kind
    jinan.do("clerk@bureau", "share.signed", order.pk, nine)
    running = Clock.objects.filter(order=order, kind="sign", ended_at=None)
    assert [clock.share.unit.code for clock in running] == ["heat"]


def test_c20_both_must_answer_before_it_ends(jinan: Cast, nine: datetime) -> None:
    order = dual(jinan, nine)
    passes(jinan, order, "heat", nine)
    assert fresh(order).state == "dispatched"
    told = {"result": "solved", "told": "已告知诉求人热力公司、住建局的办理结果。"}
    refused(jinan, "callback", "order.closed", order, later(nine, hours=1), **told)
    passes(jinan, order, "bureau", later(nine, hours=1))
    assert fresh(order).state == "to_callback"
    assert list(verify()) == []


def test_c20_neither_may_leave_it_to_the_other_by_an_opinion(jinan: Cast, nine: datetime) -> None:
    order = dual(jinan, nine)
    jinan.do("clerk@heat", "share.signed", order.pk, nine)
    refused(jinan, "clerk@heat", "share.opined", order, nine, text="由住建局一并答复，本单位没有意见。")
    for shares in (["bureau"], ["bureau", "heat", "town"]):
        other = jinan.register(nine)
        given = [unit(jinan, name, "dual") for name in shares]
        why = refused(jinan, "dispatcher", "order.dispatched", other, nine, shares=given, basis="law")
        assert "双派为两家" in why["shares"]


def test_c20_each_sees_the_answer_of_the_other(jinan: Cast, nine: datetime) -> None:
    order = dual(jinan, nine)
    passes(jinan, order, "bureau", nine, result="侵权商品已经下架处理。")
    page = Client()
    page.force_login(jinan.staff["clerk@heat"])
    assert "侵权商品已经下架处理。" in page.get(f"/orders/{order.number}/").content.decode()
    page.force_login(jinan.staff["clerk@town"])
    assert page.get(f"/orders/{order.number}/").status_code == 404


# --- C21: told to both -----------------------------------------------------------------------------


def told_of_a_pass(order: Order) -> list[set[int]]:
    """Of each pass in turn, who was told."""
    rows = Notice.objects.filter(order=order, kind="share.passed").order_by("entry_id")
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(row.entry_id, set()).add(row.staff_id)
    return list(found.values())


def live(cast: Cast, who: str, verb: str, order: Order, **payload: object) -> None:
    """On the wall clock: what is told on a marked one is told to nobody."""
    record(Act(verb, cast.actor(who), timezone.now(), payload, order=order.pk))


def live_order(cast: Cast, *roles: tuple[str, str]) -> Order:
    made = record(Act("order.registered", cast.actor("agent"), timezone.now(), request(source="ip"))).order
    order = Order.objects.get(pk=made)
    shares = [unit(cast, name, role) for name, role in roles]
    live(cast, "dispatcher", "order.dispatched", order, shares=shares, basis="law")
    return order


def live_pass(cast: Cast, order: Order, name: str) -> None:
    live(cast, f"clerk@{name}", "share.signed", order)
    live(cast, f"clerk@{name}", "share.replied", order, **REPLY)
    live(cast, f"hotline_deputy@{name}", "share.unit_audited", order, approved=True)
    live(cast, "auditor", "share.passed", order, of_unit=cast.units[name].pk)


def test_c21_the_other_unit_and_in_the_end_the_hotline_are_told_of_each_result(jinan: Cast) -> None:
    order = live_order(jinan, ("bureau", "dual"), ("heat", "dual"))
    live_pass(jinan, order, "bureau")
    live_pass(jinan, order, "heat")
    first, second = told_of_a_pass(order)
    assert {jinan.staff["clerk@heat"].pk, jinan.staff["callback"].pk} <= first, "the hotline too, of each result"
    assert {jinan.staff["clerk@bureau"].pk, jinan.staff["callback"].pk} <= second


def test_c21_must_not_bite_where_one_leads_and_the_other_helps(jinan: Cast) -> None:
    order = live_order(jinan, ("bureau", "lead"), ("heat", "assist"))
    live_pass(jinan, order, "bureau")
    assert jinan.staff["clerk@heat"].pk not in told_of_a_pass(order)[0]


def test_c21_the_hotline_is_not_told_of_a_first_result_where_the_pack_does_not_ask(jinan: Cast, books: Shelf) -> None:
    books.adopt(jinan, lambda book: book["closing"].update(each_told=False), "jinan-cg")
    order = live_order(jinan, ("bureau", "dual"), ("heat", "dual"))
    live_pass(jinan, order, "bureau")
    (first,) = told_of_a_pass(order)
    assert jinan.staff["clerk@heat"].pk in first
    assert jinan.staff["callback"].pk not in first


def test_c21_the_caller_is_told_both_results_or_it_does_not_end(jinan: Cast, nine: datetime) -> None:
    order, at = dual(jinan, nine), later(nine, hours=1)
    passes(jinan, order, "bureau", nine)
    passes(jinan, order, "heat", nine)
    grade(jinan, order, at)
    one = {"result": "solved", "told": "已告知诉求人住建局的办理结果。"}
    assert "热力公司的结果" in refused(jinan, "callback", "order.closed", order, at, **one)["told"]
    jinan.do("callback", "order.closed", order.pk, at, result="solved", told="已告知住建局已下架、热力公司已检修。")
    assert fresh(order).state == "closed"


def test_c21_must_not_bite_where_one_answered_or_the_pack_does_not_ask(
    jinan: Cast, nine: datetime, books: Shelf
) -> None:
    order, at = jinan.register(nine), later(nine, hours=1)
    jinan.dispatch(order, nine, "bureau", "heat")
    passes(jinan, order, "bureau", nine)
    grade(jinan, order, at)
    jinan.do("callback", "order.closed", order.pk, at, result="solved", told="已告知诉求人办理结果。")
    books.adopt(jinan, lambda book: book["closing"].update(each_told=False), "jinan-cg")
    order = dual(jinan, nine)
    passes(jinan, order, "bureau", nine)
    passes(jinan, order, "heat", nine)
    grade(jinan, order, at)
    jinan.do("callback", "order.closed", order.pk, at, result="solved", told="已告知诉求人办理结果。")


# --- C06: lines ------------------------------------------------------------------------------------


def line(book: dict[str, list[dict[str, object]]], code: str) -> dict[str, object]:
    return next(row for row in book["source"] if row["code"] == code)


def test_c06_a_line_keeps_its_number_and_its_orders(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine, source="ip")
    page = Client()
    page.force_login(jinan.staff["dispatcher"])
    assert "知识产权热线（12330）" in page.get(f"/orders/{order.number}/").content.decode()
    assert Order.objects.filter(source="ip").get() == order


def test_c06_a_line_that_was_cancelled_takes_no_more(jinan: Cast, nine: datetime, books: Shelf) -> None:
    last = nine.date()
    books.adopt(jinan, lambda book: line(book, "ip").update(mode="cancelled", until=last), "jinan-cg")
    order = jinan.register(shanghai(f"{last} 23:59"), source="ip")
    with pytest.raises(Refused) as caught:
        jinan.register(later(nine, days=1), source="ip")
    assert "已取消" in caught.value.problems["source"]
    page = Client()
    page.force_login(jinan.staff["agent"])
    form = page.get("/register/").content.decode()
    assert "热线（12330）" not in form, "nobody is offered a line that is closed by now"
    assert '<option value="county" selected>' in form, "what an agent takes himself is the centre's own"
    # What came by it goes on, and nothing else is turned into one of it.
    other = jinan.register(later(nine, days=1))
    at = later(nine, days=2)
    assert "已取消" in refused(jinan, "dispatcher", "order.corrected", other, at, source="ip")["source"]
    jinan.do("dispatcher", "order.corrected", order.pk, at, source="ip", cls="complaint")


def test_c06_the_line_of_a_sub_centre_proposes_that_sub_centre(jinan: Cast, nine: datetime) -> None:
    page = Client()
    page.force_login(jinan.staff["dispatcher"])
    for source, there in (("tourism", True), ("ip", False)):
        order = jinan.register(nine, source=source)
        form = page.get(f"/orders/{order.number}/order.dispatched/").content.decode()
        assert ('value="旅游局分中心"' in form) == there


def accepted(cast: Cast, at: datetime) -> dict[str, int]:
    """What came in on that day, by source."""
    scope = Scope.of_days(cast.centre.pk, at.date(), at.date(), "district", later(at, days=1))
    return {key[0]: found["accepted"] for key, found in count(scope, ["accepted"], by=["source"]).items()}


# --- C22: patrols ----------------------------------------------------------------------------------


def test_c22_what_a_patrol_finds_is_an_order_of_that_source(jinan: Cast, nine: datetime) -> None:
    page = Client()
    page.force_login(jinan.staff["patrol"])
    form = page.get("/register/").content.decode()
    assert '<option value="patrol" selected>巡查</option>' in form
    given = request(source="patrol", channel="patrol", caller=None)
    order = Order.objects.get(pk=jinan.do("patrol", "order.registered", None, nine, **given).order)
    assert (order.source, order.channel) == ("patrol", "patrol")
    assert accepted(jinan, nine) == {"patrol": 1}


def test_c22_nobody_else_finds_and_a_patrol_hides_no_finding(jinan: Cast, nine: datetime) -> None:
    for who, source, why in (("agent", "patrol", "只由巡查员登记"), ("patrol", "ip", "来源是“巡查”")):
        with pytest.raises(Refused) as caught:
            jinan.do(who, "order.registered", None, nine, **request(source=source))
        assert why in caught.value.problems["source"]
    order = jinan.register(nine)
    assert "只由巡查员" in refused(jinan, "dispatcher", "order.corrected", order, nine, source="patrol")["source"]


def test_c22_must_not_bite_where_no_source_is_theirs(cast: Cast, jinan: Cast, nine: datetime, books: Shelf) -> None:
    assert cast.do("patrol", "order.registered", None, nine, **request(source="county")).order
    books.adopt(jinan, lambda book: line(book, "patrol").pop("posts"), "jinan-cg")
    for who, source in (("patrol", "ip"), ("agent", "patrol")):
        assert jinan.do(who, "order.registered", None, nine, **request(source=source)).order


# --- C23: a line of its own ------------------------------------------------------------------------


def test_the_compatriots_line_has_its_queue_and_its_figures(jinan: Cast, nine: datetime) -> None:
    order, other = jinan.register(nine, source="taiwan"), jinan.register(nine)
    page = Client()
    page.force_login(jinan.staff["dispatcher"])
    queue = page.get("/?queue=taiwan").content.decode()
    assert order.number in queue
    assert other.number not in queue
    assert accepted(jinan, nine) == {"taiwan": 1, "city": 1}


def test_an_order_of_the_line_that_is_called_something_else_leaves_its_figures_in_the_book(
    jinan: Cast, nine: datetime
) -> None:
    order = jinan.register(nine, source="taiwan")
    before = later(nine, hours=1)
    jinan.do("dispatcher", "order.corrected", order.pk, later(nine, hours=2), source="county")
    scope = Scope.of_days(jinan.centre.pk, nine.date(), nine.date(), "district", before)
    # As known before the correction it is the line's: the published figure stands.
    assert [key for key, _ in count(scope, ["accepted"], by=["source"]).items()] == [("taiwan",)]


# --- C25: sub-centres ------------------------------------------------------------------------------


def test_c25_a_sub_centre_is_called_at_once(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine, source="tourism")
    jinan.dispatch(order, nine, "tourism")
    found = task(order, "call_sub_centre")
    assert (found.post_role, found.due) == ("dispatcher", later(nine, minutes=10))
    at = later(nine, minutes=4)
    said = ["李科长", "已接听，马上安排人员核实。"]
    jinan.do("dispatcher", "task.done", order.pk, at, task=found.pk, elements=said)
    found.refresh_from_db()
    assert found.outcome == "done"


def test_c25_neither_another_nor_an_empty_word_nor_an_earlier_call_will_do(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine, source="tourism")
    early = {"task": 1, "elements": ["李科长", "已接听，马上安排人员核实。"]}
    refused(jinan, "dispatcher", "task.done", order, nine, **early)
    jinan.dispatch(order, nine, "tourism")
    found, at = task(order, "call_sub_centre"), later(nine, minutes=4)
    said = ["李科长", "已接听，马上安排人员核实。"]
    for who in ("agent", "clerk@tourism"):
        refused(jinan, who, "task.done", order, at, task=found.pk, elements=said)
    refused(jinan, "dispatcher", "task.done", order, at, task=found.pk, elements=["", ""])
    # The sub-centre's own work meets nothing: it was not called.
    jinan.do("clerk@tourism", "share.signed", order.pk, at)
    assert task(order, "call_sub_centre").done_at is None


def test_c25_must_not_bite_where_no_sub_centre_has_it(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "bureau")
    assert not Task.objects.filter(order=order, kind="call_sub_centre").exists()


# --- C65: sections of the house --------------------------------------------------------------------


def test_c65_a_section_assists_with_a_clock_of_its_own(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "bureau", "law", "heat")
    rules = dict(Clock.objects.filter(order=order, kind="handle").values_list("share__unit__code", "rule"))
    assert rules == {"bureau": "S02", "law": "C65.opine", "heat": "S02"}
    jinan.do("clerk@law", "share.signed", order.pk, nine)
    jinan.do("clerk@law", "share.opined", order.pk, nine, text="依照条例第十二条，属违法搭建，应当拆除。")
    assert Clock.objects.get(order=order, rule="C65.opine").ended_at == nine


def test_c65_a_section_never_leads(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    for given in (["lead"], ["dual"]):
        shares = [unit(jinan, "law", role) for role in given]
        shares += [unit(jinan, "bureau", "dual")] if given == ["dual"] else []
        why = refused(jinan, "dispatcher", "order.dispatched", order, nine, shares=shares, basis="law")
        assert "只能协办" in why["shares"]
    jinan.dispatch(order, nine, "bureau", "law")
    share = Share.objects.get(order=order, unit=jinan.units["law"])
    bureau = Share.objects.get(order=order, unit=jinan.units["bureau"])
    for verb, given in (
        ("share.role_changed", {"share": share.pk, "role": "lead", "reason": REASON}),
        ("share.role_changed", {"share": bureau.pk, "role": "assist", "reason": REASON}),
        ("share.reassigned", {"share": bureau.pk, "unit": jinan.units["law"].pk, "basis": "law", "reason": REASON}),
    ):
        assert "只能协办" in " ".join(refused(jinan, "dispatcher", verb, order, nine, **given).values())


def test_c65_must_not_bite_where_an_ordinary_unit_assists(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "bureau", "heat")
    share = Share.objects.get(order=order, unit=jinan.units["heat"])
    jinan.do("dispatcher", "share.role_changed", order.pk, nine, share=share.pk, role="lead", reason=REASON)
