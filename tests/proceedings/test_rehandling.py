"""The ledger of what is handled again (D24): one number from its opening to its striking off, and again if it fails."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.test_proceedings import send
from tests.desk.web import Site
from tests.orders.stages import PAYLOADS
from tests.proceedings.stages import abouts, actions, clocks, differences, dispatched, do, facts, fresh, told
from tests.rulebooks import stored, tables

from lianxin.duties import watching
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry, Reader, Stay
from lianxin.ledger.replay import replay
from lianxin.orders.models import Order
from lianxin.proceedings import kinds
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import About, Proceeding
from lianxin.proceedings.system import Nothing
from lianxin.rules.lifecycle.states import posts

AT = shanghai("2026-11-02 09:00")
WHO = posts("supervisor")
DUE = "2026-12-20T18:00+08:00"
SAID = {"cause": "换热站阀门老化，上次只作临时处置。", "measures": "更换阀门，逐户测温。", "due": DUE}
GOOD, BAD = (
    {"process_grade": grade, "result_grade": grade, "solved": grade == "satisfied"}
    for grade in ("satisfied", "dissatisfied")
)


@pytest.fixture
def junan(db: None) -> Cast:
    return make_cast()


def rows() -> list[Proceeding]:
    return list(Proceeding.objects.filter(kind="rehandling").order_by("pk"))


def the_row() -> Proceeding:
    (row,) = rows()
    return row


def answered(cast: Cast, order: Order, at: datetime, unit: str = "town") -> datetime:
    """The unit handles what it has, and the centre passes it."""
    share = {"of_unit": cast.units[unit].pk}
    whole = ("clerk", "share.signed"), ("clerk", "share.contacted"), ("clerk", "share.replied")
    cast.sign_off(order, at, marked=False)
    for who, verb in (*whole, ("hotline_deputy", "share.unit_audited")):
        at = later(at, minutes=5)
        do(cast, f"{who}@{unit}", verb, order.pk, at, **PAYLOADS[verb](cast, order) | share)
    at = later(at, minutes=5)
    cast.look_into(order, at, marked=False)
    do(cast, "auditor", "share.passed", order.pk, at, **PAYLOADS["share.passed"](cast, order) | share)
    return later(at, minutes=5)


def called(cast: Cast, order: Order, at: datetime, layer: str = "city", **said: Any) -> datetime:
    do(cast, "callback", "callback.recorded", order.pk, at, layer=layer, **said or GOOD)
    return later(at, minutes=5)


def again(cast: Cast, order: Order, at: datetime, **said: Any) -> datetime:
    """Handled, found wanting, and handled again."""
    at = called(cast, order, answered(cast, order, at), **BAD)
    do(cast, "callback", "order.rehandled", order.pk, at, reason="诉求人反映仍未解决。", **said)
    return later(at, minutes=5)


def assigned(cast: Cast, row: Proceeding, at: datetime) -> datetime:
    people = [cast.staff["clerk@town"].pk]
    do(cast, "hotline_deputy@town", "rehandling.assigned", row.pk, at, **SAID, people=people)
    return later(at, minutes=5)


def looked_anew() -> None:
    """The job begins from the beginning, as after a restore: it sees all entries again."""
    Reader.objects.all().delete()


@pytest.fixture
def order(junan: Cast) -> Order:
    return dispatched(junan, AT)


# --- its life --------------------------------------------------------------------------------
def test_d24_a_row_opens_with_the_second_round_and_is_struck_off_by_the_centre(junan: Cast, order: Order) -> None:
    at = again(junan, order, AT)
    assert watching.run(at) == 1
    row = the_row()
    assert (row.state, row.unit, row.owner_person) == (
        "opened",
        junan.units["town"],
        junan.staff["hotline_deputy@town"],
    )
    assert row.wording.title == f"重办工单：{order.number}"
    assert abouts(row) == [("subject", "order", order.pk)]
    assert told(row) == [("rehandling.opened", "junan-hotline_deputy@town-A")]
    for missing in ("cause", "measures", "due"):
        with pytest.raises(Refused) as refused:
            do(junan, "hotline_deputy@town", "rehandling.assigned", row.pk, at, **SAID | {missing: None}, people=[1])
        assert missing in refused.value.problems
    stranger = {**SAID, "people": [junan.staff["clerk@heat"].pk]}
    with pytest.raises(Refused, match="整改责任人须是承办单位"):
        do(junan, "hotline_deputy@town", "rehandling.assigned", row.pk, at, **stranger)
    at = assigned(junan, row, at)
    assert (fresh(row).state, len(clocks(row))) == ("assigned", 1)
    do(junan, "hotline_deputy@town", "rehandling.asked", row.pk, at, result="阀门已更换，逐户测温达标。")
    assert (fresh(row).state, clocks(row)[0][1]) == ("asked", "met")
    do(junan, "supervisor", "rehandling.refused", row.pk, later(at, minutes=1), reason="没有逐户测温的记录。", due=DUE)
    assert (fresh(row).state, [end for _, end, _ in clocks(row)]) == ("assigned", ["met", ""])
    at = later(at, minutes=5)
    do(junan, "principal@town", "rehandling.asked", row.pk, at, result="测温记录已附。")
    do(junan, "leader", "rehandling.approved", row.pk, later(at, minutes=1), reason="整改到位，同意销号。")
    now = fresh(row)
    assert (now.state, now.is_open, now.number) == ("struck", False, row.number)
    assert differences() == []


def test_d24_a_first_round_has_no_row(junan: Cast, order: Order) -> None:
    at = answered(junan, order, AT)
    assert watching.run(called(junan, order, at, **BAD)) == 0
    assert rows() == []


def test_d24_a_pack_without_the_rule_keeps_no_ledger(db: None) -> None:
    base = make_cast("base", "base")
    order = dispatched(base, AT)
    at = answered(base, order, AT)
    at = called(base, order, at, "district", **BAD)
    do(base, "callback", "order.rehandled", order.pk, at, reason="诉求人反映仍未解决。")
    watching.run(at)
    assert rows() == []


def test_d24_nobody_opens_or_takes_up_a_row_by_hand(junan: Cast, order: Order) -> None:
    watching.run(at := again(junan, order, AT))
    said = {"rule": "D24", "found": "无", "order": order.pk, "numbers": [order.number], "heard": at}
    for who in ("supervisor", "leader", "hotline_deputy@town"):
        for verb in ("rehandling.satisfied", "rehandling.relapsed"):
            with pytest.raises(Refused, match="您的岗位不能"):
                do(junan, who, verb, the_row().pk, at, **said)
        with pytest.raises(Refused, match="您的岗位不能"):
            do(junan, who, "rehandling.opened", None, at, **said, title="重办", orders=[order.pk])


def test_d24_nobody_of_the_unit_strikes_it_off(junan: Cast, order: Order) -> None:
    watching.run(at := again(junan, order, AT))
    row, at = the_row(), later(at, minutes=5)
    with pytest.raises(Refused, match="现在是“待交办”"):
        do(junan, "leader", "rehandling.approved", row.pk, at, reason="整改到位，同意销号。")
    at = assigned(junan, row, at)
    with pytest.raises(Refused):
        do(junan, "clerk@town", "rehandling.asked", row.pk, at, result="已经整改完毕。")
    do(junan, "hotline_deputy@town", "rehandling.asked", row.pk, at, result="已经整改完毕。")
    for who in ("hotline_deputy@town", "principal@town", "clerk@town", "principal@heat"):
        with pytest.raises(Refused):
            do(junan, who, "rehandling.approved", row.pk, at, reason="我们认为已经整改到位。")
    # The principal's own call-back to his caller is no verification either.
    at = answered(junan, order, at)
    led = {"result_grade": "very_satisfied", "solved": True, "words": "诉求人表示非常满意。"}
    do(junan, "principal@town", "callback.led", order.pk, at, **led)
    watching.run(at)
    assert fresh(row).state == "asked"


# --- struck off by itself --------------------------------------------------------------------
@pytest.mark.parametrize("layer", ["city", "district"])
def test_d24_a_satisfied_caller_strikes_it_off(junan: Cast, order: Order, layer: str) -> None:
    watching.run(at := again(junan, order, AT))
    at = assigned(junan, the_row(), at)
    at = called(junan, order, answered(junan, order, at), layer)
    assert watching.run(at) == 1
    row = the_row()
    assert (row.state, row.is_open, clocks(row)[0][1]) == ("struck", False, "met")
    assert watching.run(later(at, minutes=1)) == 0
    assert differences() == []


def test_d24_no_other_call_back_strikes_it_off(junan: Cast, order: Order) -> None:
    """Dissatisfied, of a layer that is asked for nothing, without a grade, or while it is still being handled."""
    at = called(junan, order, answered(junan, order, AT), "district")
    at = called(junan, order, at, **BAD)
    do(junan, "callback", "order.rehandled", order.pk, at, reason="市级回访不满意，退回重办。")
    watching.run(later(at, minutes=1))
    at = called(junan, order, later(at, minutes=5))
    watching.run(at)
    assert the_row().state == "opened", "not handled yet"
    at = answered(junan, order, at)
    at = called(junan, order, at, "unit")
    at = called(junan, order, at, **BAD)
    at = called(junan, order, at, "district", process_grade="satisfied", solved=None)
    watching.run(at)
    assert the_row().state == "opened", "the good grade of the round before counts for nothing"
    watching.run(called(junan, order, at, "district"))
    assert the_row().state == "struck"


def test_d24_which_call_back_strikes_off_is_the_packs(db: None) -> None:
    """A pack that opens rows only, and one for which the city's word is none: they stay until the centre agrees."""
    cast, junan = make_cast("base", "base"), tables("junan-2021")["watch"]
    stored(cast, "opens", watch=[row for row in junan if row["step"] != "satisfied"])
    order = dispatched(cast, AT)
    at = called(cast, order, answered(cast, order, AT), "district", **BAD)
    do(cast, "callback", "order.rehandled", order.pk, at, reason="诉求人反映仍未解决。")
    at = called(cast, order, answered(cast, order, later(at, minutes=1)), "district")
    watching.run(at)
    assert the_row().state == "opened"


# --- relapse ---------------------------------------------------------------------------------
def struck(cast: Cast, order: Order, at: datetime) -> datetime:
    at = called(cast, order, answered(cast, order, at))
    watching.run(at)
    assert the_row().state == "struck"
    return at


def test_d24_a_relapse_is_open_again_under_the_same_number(junan: Cast, order: Order) -> None:
    watching.run(at := again(junan, order, AT))
    first = the_row()
    at = struck(junan, order, assigned(junan, first, at))
    at = called(junan, order, at, **BAD)
    do(junan, "callback", "order.rehandled", order.pk, at, reason="又不热了。", unit=junan.units["heat"].pk)
    assert watching.run(later(at, minutes=1)) == 1
    row = the_row()
    assert (row.pk, row.number, row.state, row.ended_at) == (first.pk, first.number, "relapsed", None)
    assert (row.unit, row.owner_person) == (junan.units["heat"], junan.staff["hotline_deputy@heat"])
    assert Entry.objects.get(action="rehandling.relapsed").payload["again"] == 1
    assert facts(row) == [("opened", False), ("assigned", False), ("struck", True), ("relapsed", False)]
    stays = list(Stay.objects.filter(proceeding=row).order_by("pk").values_list("node", "left_at"))
    assert stays[-1] == ("unit", None)
    assert differences() == []
    # The clock of the new due date is one of its own; struck off once more, and a second relapse is counted.
    at = later(at, minutes=5)
    people = [junan.staff["clerk@heat"].pk]
    do(junan, "hotline_deputy@heat", "rehandling.assigned", row.pk, at, **SAID, people=people)
    assert [end for _, end, _ in clocks(row)] == ["met", ""]
    at = called(junan, order, answered(junan, order, at, "heat"))
    assert watching.run(at) == 1
    assert [end for _, end, _ in clocks(row)] == ["met", "met"]
    at = called(junan, order, at, **BAD)
    do(junan, "callback", "order.rehandled", order.pk, at, reason="第三次不热。")
    watching.run(later(at, minutes=1))
    found = Entry.objects.filter(action="rehandling.relapsed").order_by("number")
    assert [entry.payload["again"] for entry in found] == [1, 2]
    assert len(rows()) == 1
    assert differences() == []


def test_d24_a_dispatch_within_the_round_is_no_relapse(junan: Cast, order: Order) -> None:
    """Struck off by the centre while the unit still has it, then given to another: it is the same re-handling."""
    watching.run(at := again(junan, order, AT))
    at = assigned(junan, row := the_row(), at)
    do(junan, "hotline_deputy@town", "rehandling.asked", row.pk, at, result="已经整改完毕。")
    do(junan, "supervisor", "rehandling.approved", row.pk, later(at, minutes=1), reason="整改到位，同意销号。")
    at, share = later(at, minutes=5), order.shares.latest("pk")
    said = {"share": share.pk, "unit": junan.units["heat"].pk, "basis": "duty_list", "reason": "属另一单位职责范围"}
    do(junan, "dispatcher", "share.reassigned", order.pk, at, **said)
    assert watching.run(at) == 0
    assert fresh(row).state == "struck"


def reassigned(cast: Cast, order: Order, at: datetime, unit: str = "heat") -> None:
    said = {"share": order.shares.latest("pk").pk, "unit": cast.units[unit].pk, "basis": "duty_list"}
    do(cast, "dispatcher", "share.reassigned", order.pk, at, **said, reason="属另一单位职责范围")


@pytest.mark.parametrize("assigns", [False, True])
def test_d24_a_row_goes_with_its_order_to_another_unit(junan: Cast, order: Order, assigns: bool) -> None:
    """Whatever had come of it: the unit that is rid of the order has nothing to do with the row, the new one has."""
    watching.run(at := again(junan, order, AT))
    row = the_row()
    if assigns:
        at = assigned(junan, row, at)
        do(junan, "hotline_deputy@town", "rehandling.asked", row.pk, at, result="已经整改完毕。")
    reassigned(junan, order, at := later(at, minutes=5))
    assert not Proceeding.objects.visible_to(junan.staff["hotline_deputy@heat"]).exists()
    assert watching.run(at) == 1
    row = fresh(row)
    assert (row.state, row.unit) == ("opened", junan.units["heat"])
    assert row.owner_person == junan.staff["hotline_deputy@heat"]
    assert told(row)[-1] == ("rehandling.moved", "junan-hotline_deputy@heat-A")
    assert Proceeding.objects.visible_to(junan.staff["hotline_deputy@heat"]).get() == row
    assert not Proceeding.objects.visible_to(junan.staff["hotline_deputy@town"]).exists()
    said = SAID | {"people": [junan.staff["clerk@heat"].pk]}
    do(junan, "hotline_deputy@heat", "rehandling.assigned", row.pk, later(at, minutes=1), **said)
    assert [end for _, end, _ in clocks(row)] == ([*["met"] * assigns, ""])
    # An assist more is no other unit.
    helps = {"unit": junan.units["bureau"].pk, "role": "assist", "basis": "duty_list"}
    do(junan, "dispatcher", "share.added", order.pk, at := later(at, minutes=5), **helps)
    looked_anew()
    assert watching.run(at) == 0
    assert (fresh(row).state, fresh(row).unit) == ("assigned", junan.units["heat"])
    assert differences() == []


def test_d24_before_the_job_has_heard_nobody_assigns_it_to_who_is_rid_of_it(junan: Cast, order: Order) -> None:
    watching.run(at := again(junan, order, AT))
    row, old, new = the_row(), [junan.staff["clerk@town"].pk], [junan.staff["clerk@heat"].pk]
    reassigned(junan, order, at)
    with pytest.raises(Refused, match="已改由其他单位承办"):
        do(junan, "hotline_deputy@town", "rehandling.assigned", row.pk, at, **SAID, people=old)
    with pytest.raises(Refused, match="整改责任人须是承办单位"):
        do(junan, "supervisor", "rehandling.assigned", row.pk, at, **SAID, people=old)
    do(junan, "supervisor", "rehandling.assigned", row.pk, at, **SAID, people=new)
    assert (fresh(row).state, fresh(row).unit) == ("assigned", junan.units["heat"])
    reassigned(junan, order, at := later(at, minutes=5), "town")
    do(junan, "supervisor", "rehandling.amended", row.pk, at, **SAID, people=old)
    assert (fresh(row).state, fresh(row).unit) == ("assigned", junan.units["town"])
    assert differences() == []


def test_d24_two_orders_of_a_matter_are_one_row_and_both_callers_must_be_satisfied(junan: Cast, order: Order) -> None:
    second = dispatched(junan, AT)
    do(junan, "callback", "order.linked", second.pk, later(AT, minutes=1), number=order.number)
    at = again(junan, order, AT)
    watching.run(at)
    at = again(junan, second, at)
    watching.run(at)
    row = the_row()
    assert {pk for _, _, pk in abouts(row)} == {order.pk, second.pk}
    at = called(junan, order, answered(junan, order, at))
    watching.run(at)
    assert fresh(row).state == "opened", "the other caller has not been asked"
    watching.run(called(junan, second, answered(junan, second, at)))
    assert fresh(row).state == "struck"
    assert differences() == []


def test_d24_an_order_that_joins_the_matter_later_comes_to_the_same_row(junan: Cast, order: Order) -> None:
    watching.run(at := again(junan, order, AT))
    at = struck(junan, order, at)
    second = dispatched(junan, at)
    do(junan, "callback", "order.linked", second.pk, later(at, minutes=1), number=order.number)
    watching.run(again(junan, second, at))
    row = the_row()
    assert (row.state, {pk for _, _, pk in abouts(row)}) == ("relapsed", {order.pk, second.pk})
    assert About.objects.filter(proceeding=row).count() == 2
    assert differences() == []


# --- the job ---------------------------------------------------------------------------------
def test_d24_the_job_may_look_twice_and_from_the_beginning(junan: Cast, order: Order) -> None:
    watching.run(at := again(junan, order, AT))
    at = struck(junan, order, at)
    at = called(junan, order, at, **BAD)
    do(junan, "callback", "order.rehandled", order.pk, at, reason="又不热了。")
    at = later(at, minutes=5)
    watching.run(at)
    assert actions(the_row()) == ["rehandling.opened", "rehandling.satisfied", "rehandling.relapsed"]
    for turn in range(3):
        looked_anew()
        assert watching.run(later(at, minutes=turn)) == 0
    assert len(rows()) == 1
    assert differences() == []


def test_d24_a_late_look_comes_to_the_same(junan: Cast, order: Order) -> None:
    """All of it in one look: what the order was after each event counts, not what it is now."""
    at = again(junan, order, AT)
    at = again(junan, order, at)  # dissatisfied once more: the row has never been struck off
    at = called(junan, order, answered(junan, order, at))
    at = called(junan, order, at, **BAD)
    do(junan, "callback", "order.rehandled", order.pk, at, reason="又不热了。")
    at = called(junan, order, answered(junan, order, at))
    looked_anew()
    watching.run(AT)
    assert actions(the_row()) == [
        "rehandling.opened",
        "rehandling.satisfied",
        "rehandling.relapsed",
        "rehandling.satisfied",
    ]
    assert the_row().state == "struck"
    assert differences() == []


def test_d24_history_that_was_brought_in_opens_no_row(junan: Cast) -> None:
    order = junan.register(AT)
    junan.dispatch(order, AT, "town")
    for verb in ("share.signed", "share.contacted", "share.replied", "share.unit_audited"):
        junan.do(
            "hotline_deputy@town" if verb.endswith("audited") else "clerk@town",
            verb,
            order.pk,
            AT,
            **PAYLOADS[verb](junan, order),
        )
    junan.do("auditor", "share.passed", order.pk, AT, **PAYLOADS["share.passed"](junan, order))
    junan.do("callback", "callback.recorded", order.pk, AT, layer="city", **BAD)
    junan.do("callback", "order.rehandled", order.pk, AT, reason="诉求人反映仍未解决。")
    watching.run(later(AT, hours=1))
    assert rows() == []


def test_d24_a_row_leads_from_its_ledger_alone_to_what_it_is(junan: Cast, order: Order) -> None:
    watching.run(at := again(junan, order, AT))
    at = struck(junan, order, assigned(junan, the_row(), at))
    at = called(junan, order, at, **BAD)
    do(junan, "callback", "order.rehandled", order.pk, at, reason="又不热了。")
    watching.run(later(at, minutes=1))
    row = the_row()
    entries = list(Entry.objects.filter(proceeding=row).order_by("number"))
    bodies = {entry.pk: entry.enclosure.body for entry in entries if hasattr(entry, "enclosure")}
    root = replay(junan.centre.pk, entries, bodies).root
    for name in ("state", "ended_at", "ended_recorded_at", "due_at", "parts", "node", "unit_id", "facts_part"):
        assert getattr(root, name) == getattr(row, name), name


def test_who_sees_a_row(junan: Cast, other: Cast, order: Order) -> None:
    watching.run(again(junan, order, AT))
    seen = {who for who, person in junan.staff.items() if Proceeding.objects.visible_to(person).exists()}
    assert {"supervisor", "leader", "clerk@town", "hotline_deputy@town", "principal@town"} <= seen
    assert not any(who.split(":")[0].endswith(("@heat", "@bureau")) for who in seen)
    assert not any(Proceeding.objects.visible_to(person).exists() for person in other.staff.values())


# --- what a kind may say ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Step("back", "恢复", Nothing, WHO, ("over",), "open"), "over has ended and is left"),
        (Step("back", "恢复", Nothing, WHO, ("open",), "open", reopens=True), "back reopens"),
        (Step("back", "恢复", Nothing, WHO, ("over",), "over", reopens=True), "back reopens"),
        (Step("back", "恢复", Nothing, WHO, ("over",), reopens=True), "back reopens"),
        (Step("back", "恢复", Nothing, WHO, ("over",), "open", reopens=True), ""),
    ],
)
def test_only_a_step_that_says_so_leaves_an_end(step: Step, told: str) -> None:
    steps = (
        Step("begun", "开始", Nothing, WHO, to="open"),
        Step("done", "结束", Nothing, WHO, ("open",), "over"),
        step,
    )
    kind = Kind("dreamt", "样例", {"open": State("办理中", "supervisor"), "over": State("已结束")}, steps)
    assert [fault for fault in kinds._faults(kind) if told in fault] == ([*kinds._faults(kind)] if told else [])
    assert bool(list(kinds._faults(kind))) == bool(told)


# --- on the desk -----------------------------------------------------------------------------
def test_d24_the_ledger_is_the_list_of_its_kind(junan: Cast, order: Order, django_assert_max_num_queries: Any) -> None:
    """Number, order, cause, measures, person, due and state, as a page, by the order's number, and as a sheet."""
    watching.run(at := again(junan, order, AT))
    site, row = Site(junan), the_row()
    url = f"/proceedings/{row.number}/rehandling.assigned/"
    assert row.number in site.get("hotline_deputy@town", "/?queue=proceedings").content.decode()
    typed = {"cause": SAID["cause"], "measures": SAID["measures"], "due": "2026-12-20 18:00"}
    answer = send(site, "hotline_deputy@town", url, **typed, people=["大店镇clerkA"])
    assert answer.status_code == 302, answer.content.decode()
    for who in ("supervisor", "hotline_deputy@town"):
        page = site.get(who, f"/proceedings/?kind=rehandling&q={order.number}").content.decode()
        for text in (row.number, order.number, SAID["cause"], SAID["measures"], "大店镇clerkA", "整改中"):
            assert text in page, (who, text)
    assert row.number not in site.get("hotline_deputy@heat", "/proceedings/?kind=rehandling").content.decode()
    assert SAID["cause"] not in site.get("supervisor", "/proceedings/").content.decode()
    sheet = site.get("supervisor", "/proceedings/sheet.xlsx?kind=rehandling")
    head, first = openpyxl.load_workbook(io.BytesIO(sheet.content)).active.values
    cells = dict(zip(head, first, strict=True))
    assert (cells["编号"], cells["工单号"], cells["状态"]) == (row.number, order.number, "整改中")
    assert (cells["重办原因"], cells["整改措施"]) == (SAID["cause"], SAID["measures"])
    assert (cells["整改责任人"], cells["时限"][:5]) == ("大店镇clerkA", "12-20")
    with CaptureQueriesContext(connection) as few:
        site.get("supervisor", "/proceedings/?kind=rehandling")
    for _ in range(2):
        at = again(junan, dispatched(junan, at), at)
    watching.run(at)
    assert len(rows()) == 3
    with django_assert_max_num_queries(len(few)):
        site.get("supervisor", "/proceedings/?kind=rehandling")
