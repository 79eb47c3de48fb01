"""What a proceeding has opened to whoever watches over its orders is shown while it is carried on, and no longer."""

from __future__ import annotations

from datetime import datetime
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, body, later, make_cast, shanghai
from tests.desk.web import Site
from tests.proceedings.inspecting import begin, check, closed, conclude, draw, observe, said_of, teams
from tests.proceedings.oversight import DUE
from tests.proceedings.stages import actions, differences, do, numbers

from lianxin.ledger.acts import Act
from lianxin.ledger.door import record_many
from lianxin.ledger.models import Entry
from lianxin.orders import erasure
from lianxin.orders.models import Order, Sight
from lianxin.proceedings import kinds
from lianxin.proceedings.models import Proceeding

pytestmark = pytest.mark.django_db
AT = shanghai("2026-11-23 09:00")
SOON = later(AT, minutes=30)
OPENING = {"level": "roster", "title": "督查事项", "text": "夜间值班和出警情况。"}
WHY = {"reason": "抽中的地点当日封路，到不了现场。"}


@pytest.fixture
def jinan() -> Cast:
    cast = teams(make_cast("jinan", "jinan-cg"))
    body(cast, "inspect", "监察室", ("clerk", "principal"))
    return cast


def sees(cast: Cast, order: Order, who: str = "clerk@team") -> bool:
    return Order.objects.visible_to(cast.staff[who]).filter(pk=order.pk).exists()


def inspected(cast: Cast, order: Order, at: datetime = AT, **changes: Any) -> int:
    """An open inspection that needs one record, about this order."""
    return begin(cast, at, numbers=[order.number], **changes)


def ended(cast: Cast, root: int, at: datetime, by: str = "clerk@team") -> None:
    do(cast, by, "inspection.withdrawn", root, at, reason="立项的单位有误。")


@pytest.mark.parametrize("how", ["concluded", "withdrawn"])
def test_c29_what_an_inspection_opened_is_shown_until_it_ends_however(jinan: Cast, how: str) -> None:
    order = closed(jinan, later(AT, hours=-2))[0]
    root = inspected(jinan, order)
    observe(jinan, root, SOON)
    assert sees(jinan, order), "a record is no end"
    if how == "concluded":
        conclude(jinan, root, later(SOON, minutes=1))
    else:
        ended(jinan, root, later(SOON, minutes=1))
    number = Proceeding.objects.get(pk=root).number
    assert not sees(jinan, order)
    site = Site(jinan)
    assert site.get("clerk@team", f"/orders/{order.number}/").status_code == 404
    # What was found stays, with the number that whoever inspected wrote there himself.
    page = site.get("clerk@team", f"/proceedings/{number}/")
    assert page.status_code == 200
    assert order.number in page.content.decode()
    assert f'/orders/{order.number}/"' not in page.content.decode()
    # The order's own ledger says so, and why.
    assert Entry.objects.get(order=order, action="order.hidden").post_role == "system"
    told = site.get("supervisor", f"/orders/{order.number}/").content.decode()
    assert f"督查 {number} 已结束" in told
    assert differences() == []


def test_c29_one_of_two_inspections_that_ends_hides_nothing_that_the_other_needs(jinan: Cast) -> None:
    order, lone = closed(jinan, later(AT, hours=-2), 2)
    one = begin(jinan, AT, numbers=numbers([order, lone]))
    two = inspected(jinan, order, later(AT, minutes=1))
    assert Sight.objects.filter(order=order, until=None).count() == 1
    ended(jinan, one, SOON)
    assert sees(jinan, order)
    assert not sees(jinan, lone)
    ended(jinan, two, later(SOON, minutes=1))
    assert not sees(jinan, order)
    # To look at it again takes an inspection again, which stands on record, and ends in its turn.
    again = inspected(jinan, order, later(SOON, minutes=2))
    assert sees(jinan, order)
    ended(jinan, again, later(SOON, minutes=3))
    assert not sees(jinan, order)
    assert [name for name in actions(order) if name in ("order.shown", "order.hidden")] == [
        "order.shown",
        "order.hidden",
    ] * 2
    assert differences() == []


def test_c29_two_that_end_in_one_batch_leave_nothing_open(jinan: Cast) -> None:
    order = closed(jinan, later(AT, hours=-2))[0]
    roots = [inspected(jinan, order), inspected(jinan, order, later(AT, minutes=1))]
    said = {"reason": "立项的单位有误。"}
    record_many([Act("inspection.withdrawn", jinan.actor("clerk@team"), SOON, said, order=pk) for pk in roots])
    assert not sees(jinan, order)
    # One that ends while another begins: it stays open for that.
    last = inspected(jinan, order, later(SOON, minutes=1))
    opening = OPENING | {"inspected": jinan.units["town"].pk, "numbers": [order.number]}
    by, at = jinan.actor("clerk@team"), later(SOON, minutes=2)
    for acts in ([Act("inspection.opened", by, at, opening), Act("inspection.withdrawn", by, at, said, order=last)],):
        record_many(acts)
    assert sees(jinan, order)
    assert differences() == []


def test_c29_where_the_other_act_of_a_batch_is_refused_nothing_rests_on_it(jinan: Cast) -> None:
    order = closed(jinan, later(AT, hours=-2))[0]
    root = inspected(jinan, order)
    by, said = jinan.actor("clerk@team"), {"reason": "立项的单位有误。"}
    opening = OPENING | {"inspected": jinan.units["town"].pk, "numbers": [order.number]}
    wrong = {"record": "spot", "observed_at": SOON, "place": "市南路值班室", "account": "正常"}
    acts = [
        Act("inspection.opened", by, SOON, opening, order=-1),
        Act("inspection.withdrawn", by, SOON, said, order=root),
        Act("inspection.observed", by, SOON, wrong, order=-1),
    ]
    record_many(acts, collect=True)
    # The second was opened in vain: either the first goes on and shows it, or it is hidden.
    assert Proceeding.objects.get(pk=root).is_open == sees(jinan, order)
    assert Proceeding.objects.filter(kind="inspection").count() == 1


@pytest.mark.django_db(transaction=True)
def test_c29_two_that_end_at_one_moment_on_two_machines_leave_nothing_open(jinan: Cast) -> None:
    order = closed(jinan, later(AT, hours=-2))[0]
    one, two = inspected(jinan, order), inspected(jinan, order, later(AT, minutes=1))
    first_is_done, second_waits = Event(), Event()

    def second() -> None:
        try:
            first_is_done.wait(10)
            second_waits.set()
            ended(jinan, two, SOON)
        finally:
            connection.close()

    other = Thread(target=second)
    other.start()
    with transaction.atomic():
        ended(jinan, one, SOON)
        first_is_done.set()
        second_waits.wait(10)
        other.join(1)  # which holds on until what the first has done is there to be seen
    other.join(10)
    assert not Proceeding.objects.filter(pk__in=[one, two], ended_at=None).exists()
    assert not sees(jinan, order)


def test_c29_what_somebody_opened_himself_and_what_another_unit_sees_stays(jinan: Cast) -> None:
    order, other = closed(jinan, later(AT, hours=-2), 2)
    team = jinan.units["team"].pk
    do(jinan, "leader", "order.shown", order.pk, later(AT, minutes=-5), reason="supervises", units=[team])
    do(jinan, "leader", "order.shown", other.pk, AT, reason="supervises", people=[jinan.staff["clerk@team"].pk])
    root = begin(jinan, AT, numbers=numbers([order, other]))
    centre = inspected(jinan, order, by="supervisor")
    ended(jinan, root, SOON)
    assert sees(jinan, order), "which was shown before"
    assert sees(jinan, other), "to him in person"
    assert not sees(jinan, other, "principal@team")
    ended(jinan, centre, SOON, by="supervisor")
    assert sees(jinan, order)


def test_c29_a_submission_to_the_same_unit_keeps_it_open_and_the_other_way_round(jinan: Cast) -> None:
    order = closed(jinan, later(AT, hours=-2))[0]

    def submitted(at: datetime) -> int:
        said = {"title": "管网移交", "ground": "overlap", "text": "两家单位互相推脱。", "numbers": [order.number]}
        pk = do(jinan, "supervisor", "original_submission.submitted", None, at, **said).order
        told = {"instruction": "请督查大队牵头督办。", "unit": jinan.units["team"].pk, "due": DUE}
        do(jinan, "leader", "original_submission.instructed", pk, later(at, minutes=1), **told)
        return pk

    first, root = submitted(AT), inspected(jinan, order, later(AT, minutes=5))
    do(jinan, "leader", "original_submission.settled", first, SOON)
    assert sees(jinan, order), "the inspection goes on"
    second = submitted(later(SOON, minutes=1))
    ended(jinan, root, later(SOON, minutes=5))
    assert sees(jinan, order), "the submission goes on"
    do(jinan, "leader", "original_submission.settled", second, later(SOON, minutes=6))
    assert not sees(jinan, order)


def test_c53_what_counts_no_more_after_a_redraw_is_shown_no_more(jinan: Cast) -> None:
    orders = {order.number: order for order in closed(jinan, later(AT, hours=-2), 9)}
    root = draw(jinan, AT)
    first = said_of(root, "recheck.drawn")["drawn"]
    kept = inspected(jinan, orders[first[0]], later(AT, minutes=1))
    do(jinan, "principal@team", "recheck.redrawn", root.pk, SOON, **WHY)
    second = said_of(root, "recheck.redrawn")["drawn"]
    shown = {number for number, order in orders.items() if sees(jinan, order)}
    assert shown == {*second, first[0]}, "and what an inspection needs"
    ended(jinan, kept, later(SOON, minutes=1))
    assert {number for number, order in orders.items() if sees(jinan, order)} == {*second}
    for n, number in enumerate(second):
        check(jinan, root, number, later(SOON, minutes=20 * (n + 1)))
    summary = {"summary": "三件逐一到现场，都处理到位。"}
    do(jinan, "clerk@team", "recheck.concluded", root.pk, later(SOON, hours=2), **summary)
    assert not any(sees(jinan, order) for order in orders.values())
    page = Site(jinan).get("clerk@team", f"/proceedings/{root.number}/").content.decode()
    for number in (*first, *second):
        assert number in page
    assert differences() == []


def test_c53_an_inspection_that_ends_leaves_what_the_draw_that_counts_needs_and_nothing_of_another(jinan: Cast) -> None:
    orders = {order.number: order for order in closed(jinan, later(AT, hours=-2), 9)}
    root = draw(jinan, AT)
    do(jinan, "principal@team", "recheck.redrawn", root.pk, later(AT, minutes=5), **WHY)
    first, second = (said_of(root, f"recheck.{name}")["drawn"] for name in ("drawn", "redrawn"))
    over = [number for number in first if number not in second]
    mine = begin(jinan, AT, numbers=[*second, *over])
    ended(jinan, mine, SOON)
    assert {number for number, order in orders.items() if sees(jinan, order)} == {*second}


def test_c31_the_department_sees_it_until_the_referral_has_ended(jinan: Cast) -> None:
    orders = closed(jinan, later(AT, hours=-2), 2)
    said = {
        "title": "工作人员打人",
        "ground": "misconduct",
        "text": "诉求人称在办事大厅被打。",
        "accused": jinan.units["heat"].pk,
        "unit": jinan.units["inspect"].pk,
        "due": later(AT, days=5),
    }
    founded, unfounded = (
        do(jinan, "leader", "referral.at_once", None, AT, **said, numbers=[order.number]).order for order in orders
    )
    do(jinan, "clerk@inspect", "referral.unfounded", unfounded, SOON, result="查无实据，监控没有拍到。")
    do(jinan, "clerk@inspect", "referral.established", founded, SOON, result="查实，有监控为证。")
    assert [sees(jinan, order, "clerk@inspect") for order in orders] == [True, False]
    do(jinan, "leader", "referral.decided", founded, later(SOON, minutes=5), grounds="对当事人给予警告。")
    assert not any(sees(jinan, order, "clerk@inspect") for order in orders)


def test_what_was_erased_meanwhile_hinders_no_end(jinan: Cast) -> None:
    order = closed(jinan, later(AT, hours=-2))[0]
    root = inspected(jinan, order)
    erasure.erase(Order.objects.get(pk=order.pk), timezone.now())
    ended(jinan, root, SOON)
    assert not Proceeding.objects.get(pk=root).is_open


def test_it_costs_a_statement_an_order_and_nothing_where_nothing_changes(jinan: Cast) -> None:
    orders = closed(jinan, later(AT, hours=-2), 6)
    few, many = inspected(jinan, orders[0]), begin(jinan, AT, numbers=numbers(orders[1:]))

    def asked(act: Any, *args: Any) -> int:
        with CaptureQueriesContext(connection) as found:
            act(*args)
        return len(found)

    one = asked(ended, jinan, few, SOON)
    assert asked(ended, jinan, many, later(SOON, minutes=1)) == one + 4, "of each order what is shown of it, once"
    plain = begin(jinan, SOON)
    with CaptureQueriesContext(connection) as found:
        observe(jinan, plain, later(SOON, hours=1))
    assert "orders_sight" not in str([query["sql"] for query in found])


def test_whoever_watches_ends_by_each_end_of_the_kind() -> None:
    """It hangs on the kind, never on a step that somebody might forget."""
    watching = [kind.code for kind in kinds.every() if kind.follows is not kinds.find("letter").follows]
    assert watching == ["inspection", "original_submission", "recheck", "referral"]
