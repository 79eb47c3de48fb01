"""A supervision ticket presses whoever has a matter (B13); an original submission stays open until that is solved
(B19)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import Cast, body, later, shanghai
from tests.desk.test_proceedings import send
from tests.desk.web import Site
from tests.orders.stages import PAYLOADS
from tests.proceedings.oversight import DUE, closed, instructed, linked, of_kind, submitted, watched
from tests.proceedings.stages import (
    abouts,
    actions,
    clocks,
    differences,
    dispatched,
    do,
    fresh,
    numbers,
    opened,
    told,
)
from tests.proceedings.test_rehandling import BAD, again, answered, called

from lianxin.duties import watching
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Order, Sight
from lianxin.proceedings.models import Proceeding

AT = shanghai("2026-11-02 09:00")
SOON = later(AT, days=3)
REASON = "多次反映没有解决，请限期办结。"


def ticket(cast: Cast, *orders: Order, at: datetime = AT, **changes: Any) -> Proceeding:
    said = {"title": "暖气反复不热", "text": "请限期解决并答复诉求人。", "numbers": numbers(orders), "due": SOON}
    return opened(cast, "supervision.opened", at, **said | changes)


def refusal(cast: Cast, who: str, verb: str, root: Proceeding | None, at: datetime, **said: Any) -> dict[str, str]:
    """Why it is refused; nothing has changed then."""
    before = Entry.objects.count()
    with pytest.raises(Refused) as refused:
        do(cast, who, verb, root.pk if root else None, at, **said)
    assert Entry.objects.count() == before
    return refused.value.problems


# --- B13 -------------------------------------------------------------------------------------
def test_b13_a_repeat_is_proposed_issued_to_whoever_has_the_matter_and_settled(base: Cast) -> None:
    watched(base, "B13.repeated")
    first, newcomer = dispatched(base, AT, "town"), dispatched(base, later(AT, hours=1), "bureau")
    alone = dispatched(base, AT, "heat")
    at = later(AT, hours=2)
    assert watching.run(at) == 0, "an order by itself is no repeat"
    linked(base, newcomer, first, at)
    assert watching.run(at) == 1
    (root,) = of_kind("supervision")
    assert (root.state, root.wording.title) == ("proposed", f"反复投诉督办：{newcomer.number}")
    assert abouts(root) == [("subject", "order", first.pk), ("subject", "order", newcomer.pk)]
    assert not root.abouts.filter(to_order=alone).exists()
    do(base, "leader", "supervision.issued", root.pk, at, text="请限期解决。", due=SOON)
    root = fresh(root)
    assert (root.state, root.unit, root.due_at) == ("issued", base.units["town"], SOON), "never on the newcomer's unit"
    assert root.owner_person == base.staff["clerk@town"]
    assert ["to", "大店镇"] in Entry.objects.get(action="supervision.issued").enclosure.body["paper"]
    do(base, "clerk@town", "supervision.received", root.pk, at)
    do(base, "hotline_deputy@town", "supervision.reported", root.pk, at, result="换热站阀门已更换。")
    assert (fresh(root).state, clocks(root)) == ("reported", [(SOON, "met", None)])
    do(base, "supervisor", "supervision.sent_back", root.pk, at, reason="没有写明测温结果。", due=DUE)
    assert fresh(root).state == "received"
    do(base, "clerk@town", "supervision.reported", root.pk, at, result="逐户测温达标。")
    do(base, "supervisor", "supervision.settled", root.pk, later(at, minutes=5), note="属实。")
    assert (fresh(root).state, fresh(root).is_open) == ("settled", False)
    assert differences() == []


def test_b13_one_ticket_while_it_is_open_and_none_that_was_dismissed(base: Cast) -> None:
    watched(base, "B13.repeated")
    first, *more = (dispatched(base, AT) for _ in range(4))
    linked(base, more[0], first, at := later(AT, hours=1))
    watching.run(at)
    linked(base, more[1], first, at := later(at, hours=1))
    assert watching.run(at) == 0, "it is proposed already"
    (root,) = of_kind("supervision")
    assert "reason" in refusal(base, "supervisor", "supervision.dismissed", root, at)
    do(base, "supervisor", "supervision.dismissed", root.pk, at, reason="已由联席会议处理，不另督办。")
    assert watching.run(later(at, minutes=5)) == 0
    linked(base, more[2], first, at := later(at, hours=1))
    assert watching.run(at) == 1, "one more complaint is worse"


def test_b13_what_was_handled_again_twice_is_proposed_too(base: Cast) -> None:
    watched(base, "B13.unsolved")
    order, fine = dispatched(base, AT, "town"), dispatched(base, AT, "town")
    at = again(base, order, again(base, fine, later(AT, hours=1)))
    assert watching.run(at) == 0, "once is no 屡诉未果"
    at = again(base, order, at)
    assert watching.run(at) == 1
    (root,) = of_kind("supervision")
    assert root.wording.title == f"屡诉未果督办：{order.number}"
    assert Entry.objects.get(proceeding=root).payload["found"] == "办理轮次为3"


def test_b13_a_ticket_by_hand_lies_on_who_handles_the_matter(base: Cast) -> None:
    first, newcomer = dispatched(base, AT, "town", "heat"), dispatched(base, later(AT, hours=1), "bureau")
    at = later(AT, hours=2)
    linked(base, newcomer, first, at)
    repeat = base.register(at)
    do(base, "agent", "order.merged", repeat.pk, at, number=first.number)
    # Whichever order of the matter is named, the merged one and the newcomer too.
    for order in (first, newcomer, repeat):
        assert ticket(base, order, at=at).unit == base.units["town"], order.number
    assert ticket(base, newcomer, at=at, unit=base.units["bureau"].pk).unit == base.units["bureau"]
    other = dispatched(base, AT, "heat")
    assert ticket(base, other, at=at).unit == base.units["heat"]
    # Nor on whoever only assists, although he has had it longer than the unit that leads now.
    given = dispatched(base, AT, "town", "heat")
    share = {"share": given.shares.get(role="lead").pk, "unit": base.units["bureau"].pk, "basis": "law"}
    do(base, "dispatcher", "share.reassigned", given.pk, at, **share, reason="属住建局的职责范围。")
    assert ticket(base, given, at=at).unit == base.units["bureau"]
    said = {"title": "暖气反复不热", "text": "请限期解决并答复诉求人。", "due": SOON}
    about = {**said, "numbers": numbers([other])}
    strange = refusal(base, "leader", "supervision.opened", None, at, **about, unit=base.units["town"].pk)
    assert "正在承办" in strange["unit"]
    nobody = {**said, "numbers": numbers([base.register(at)])}
    assert "没有单位承办" in refusal(base, "leader", "supervision.opened", None, at, **nobody)["unit"]
    assert "numbers" in refusal(base, "leader", "supervision.opened", None, at, **said, numbers=[])
    late = {**about, "due": AT}
    assert "due" in refusal(base, "leader", "supervision.opened", None, at, **late)
    assert "due" in refusal(base, "leader", "supervision.opened", None, at, **{**about, "due": None})
    assert differences() == []


def test_b13_the_second_lapse_is_raised_to_the_leader(base: Cast) -> None:
    root = ticket(base, dispatched(base, AT))
    early = refusal(base, "supervisor", "supervision.pressed", root, later(SOON, minutes=-1), reason=REASON, due=DUE)
    assert "还没有到" in early[""]
    sweep(SOON)
    lapse = {who for verb, who in told(root) if verb == "proceeding.breached"}
    assert lapse == {"base-clerk@town-A", "base-supervisor-A"}, "the first lapse is the supervisor's"
    again = later(SOON, days=2)
    for who in ("clerk@town", "principal@town", "analyst"):
        refusal(base, who, "supervision.pressed", root, SOON, reason=REASON, due=again)
    do(base, "supervisor", "supervision.pressed", root.pk, SOON, reason=REASON, due=again)
    root = fresh(root)
    assert (root.state, root.due_at, root.owner_person) == ("pressed", again, base.staff["clerk@town"])
    assert ("supervision.pressed", "base-clerk@town-A") in told(root), "it lies where it lay, and is told all the same"
    assert [end for _, end, _ in clocks(root)] == ["cancelled", ""]
    sweep(again)
    raised = [who for verb, who in told(root) if verb == "proceeding.breached"][2:]
    assert sorted(raised) == ["base-clerk@town-A", "base-leader-A", "base-supervisor-A"]
    do(base, "clerk@town", "supervision.reported", root.pk, later(again, hours=1), result="已经解决。")
    assert fresh(root).state == "reported"
    assert differences() == []


def test_b13_no_empty_report_gets_a_unit_out_of_the_second_deadline(base: Cast) -> None:
    root = ticket(base, dispatched(base, AT))
    do(base, "clerk@town", "supervision.received", root.pk, AT)
    at = later(SOON, hours=1)
    do(base, "leader", "supervision.pressed", root.pk, at, reason=REASON, due=later(at, days=1))
    do(base, "clerk@town", "supervision.reported", root.pk, at, result="正在办理。")
    back = refusal(base, "supervisor", "supervision.sent_back", root, at, reason=REASON, due=later(at, days=1))
    assert "再次督办" in back[""]
    do(base, "supervisor", "supervision.pressed", root.pk, at, reason=REASON, due=later(at, days=1))
    assert fresh(root).state == "pressed"
    sweep(later(at, days=1))
    assert ("proceeding.breached", "base-leader-A") in told(root)
    # Of one that was reported in time nobody needs to be pressed.
    other = ticket(base, dispatched(base, AT))
    do(base, "clerk@town", "supervision.reported", other.pk, AT, result="已经解决。")
    assert "退回重办" in refusal(base, "supervisor", "supervision.pressed", other, at, reason=REASON, due=DUE)[""]


@pytest.mark.parametrize("reported", [False, True])
def test_b13_the_next_demand_lies_on_whoever_has_it_then(base: Cast, reported: bool) -> None:
    """Recalled and dispatched elsewhere: the centre need not wait until the limit of the unit before has run out."""
    order = dispatched(base, AT)
    root, at, words = ticket(base, order), later(AT, hours=1), {"reason": REASON, "due": DUE}
    if reported:
        do(base, "clerk@town", "supervision.reported", root.pk, at, result="不属本单位职责。")
    do(base, "dispatcher", "order.recalled", order.pk, at, reason="派单有误，重新派单。")
    if not reported:
        # Nobody has it: there is nobody else to press.
        assert "还没有到" in refusal(base, "supervisor", "supervision.pressed", root, at, **words)[""]
    shares = [{"unit": base.units["heat"].pk}]
    do(base, "dispatcher", "order.dispatched", order.pk, at, shares=shares, basis="law")
    step = "sent_back" if reported else "pressed"
    do(base, "supervisor", f"supervision.{step}", root.pk, at, **words)
    root = fresh(root)
    assert (root.unit, root.owner_person) == (base.units["heat"], base.staff["clerk@heat"])
    assert (f"supervision.{step}", "base-clerk@heat-A") in told(root)
    assert Proceeding.objects.visible_to(base.staff["clerk@heat"]).get() == root
    assert "没有这件" in refusal(base, "clerk@town", "supervision.reported", root, at, result="已经解决。")[""]
    do(base, "clerk@heat", "supervision.reported", root.pk, at, result="阀门已更换。")
    assert fresh(root).state == "reported"
    assert differences() == []


def test_b13_a_unit_neither_settles_nor_opens_its_own_supervision(base: Cast) -> None:
    order = dispatched(base, AT)
    root = ticket(base, order)
    do(base, "clerk@town", "supervision.reported", root.pk, AT, result="已经解决。")
    for who in ("clerk@town", "principal@town", "hotline_deputy@heat"):
        assert "不能" in refusal(base, who, "supervision.settled", root, AT)[""]
        assert "不能" in refusal(base, who, "supervision.sent_back", root, AT, reason=REASON, due=DUE)[""]
    said = {"title": "暖气反复不热", "text": "请限期解决。", "numbers": numbers([order]), "due": SOON}
    assert "不能" in refusal(base, "principal@town", "supervision.opened", None, AT, **said)[""]
    # Nor does another unit report for it, or see it.
    stranger = ticket(base, order)
    assert "没有这件" in refusal(base, "clerk@heat", "supervision.reported", stranger, AT, result="已经解决。")[""]
    assert not Proceeding.objects.visible_to(base.staff["clerk@heat"]).exists()
    assert Proceeding.objects.visible_to(base.staff["clerk@town"]).count() == 2


# --- B19 -------------------------------------------------------------------------------------
@pytest.fixture
def inspected(base: Cast) -> Cast:
    """With an office of inspection, and another body."""
    body(base, "inspect", "督查室", ("clerk", "principal"))
    body(base, "media", "融媒体中心", ("clerk",))
    return base


def sees(cast: Cast, who: str, order: Order) -> bool:
    return Order.objects.visible_to(cast.staff[who]).filter(pk=order.pk).exists()


def test_b19_a_submission_is_instructed_supervised_and_settled_when_all_is_solved(inspected: Cast) -> None:
    orders = [dispatched(inspected, AT), dispatched(inspected, AT)]
    root = submitted(inspected, AT, *orders)
    assert (root.state, root.owner_person) == ("submitted", inspected.staff["leader"])
    assert {entry.order_id for entry in Entry.objects.filter(action="order.quoted")} == {o.pk for o in orders}
    assert not any(sees(inspected, "clerk@inspect", order) for order in orders)
    at = later(AT, hours=1)
    instructed(inspected, root, at)
    root = fresh(root)
    assert (root.state, root.unit) == ("supervised", inspected.units["inspect"])
    assert root.owner_person == inspected.staff["clerk@inspect"]
    assert all(sees(inspected, "clerk@inspect", order) for order in orders)
    assert not any(sees(inspected, "clerk@media", order) for order in orders)
    assert Proceeding.objects.visible_to(inspected.staff["principal@inspect"]).get() == root
    do(inspected, "clerk@inspect", "original_submission.noted", root.pk, at, result="已约谈两家单位。")
    assert fresh(root).state == "supervised"
    for order in orders:
        at = closed(inspected, order, at)
    do(inspected, "clerk@inspect", "original_submission.reported", root.pk, at, result="管网已移交。")
    assert (fresh(root).state, clocks(root)[0][1]) == ("reported", "met")
    do(inspected, "clerk@inspect", "original_submission.settled", root.pk, later(at, minutes=1), note="已经解决。")
    assert fresh(root).state == "settled"
    assert not any(sees(inspected, "clerk@inspect", order) for order in orders)
    # What is opened again afterwards is another submission's.
    do(inspected, "supervisor", "order.reopened", orders[0].pk, later(at, minutes=5), reason="又不热了，重新办理。")
    assert fresh(root).state == "settled"
    assert differences() == []


def test_b19_it_stays_open_while_an_order_is_open_or_unsolved(inspected: Cast) -> None:
    solved, still, explained = (dispatched(inspected, AT) for _ in range(3))
    root = submitted(inspected, AT, solved, still, explained)
    instructed(inspected, root, AT)
    at = closed(inspected, explained, closed(inspected, solved, AT), "explained")
    do(inspected, "clerk@inspect", "original_submission.reported", root.pk, at, result="已经督办。")
    for who in ("clerk@inspect", "supervisor", "leader"):
        problem = refusal(inspected, who, "original_submission.settled", root, at)[""]
        assert f"还有没有办结的工单：{still.number}，" in problem
    do(inspected, "supervisor", "original_submission.continued", root.pk, at, reason="还有一件没有办结。", due=DUE)
    assert fresh(root).state == "supervised"
    at = closed(inspected, still, at)
    problem = refusal(inspected, "clerk@inspect", "original_submission.settled", root, at)[""]
    assert explained.number in problem
    assert "已解决" in problem
    assert still.number not in problem
    do(inspected, "supervisor", "order.reopened", explained.pk, at, reason="诉求人不认可解释，重新办理。")
    unit = {"shares": [{"unit": inspected.units["town"].pk}], "basis": "law"}
    do(inspected, "dispatcher", "order.dispatched", explained.pk, at, **unit)
    assert explained.number in refusal(inspected, "leader", "original_submission.settled", root, at)[""]
    at = closed(inspected, explained, later(at, minutes=5))
    do(inspected, "leader", "original_submission.settled", root.pk, at)
    assert fresh(root).state == "settled"
    assert Sight.objects.filter(until=None).count() == 0
    assert differences() == []


def test_b19_a_repeat_counts_by_the_order_into_which_it_was_merged(inspected: Cast) -> None:
    main, repeat, invalid = dispatched(inspected, AT), inspected.register(AT), dispatched(inspected, AT)
    do(inspected, "agent", "order.merged", repeat.pk, AT, number=main.number)
    root = submitted(inspected, AT, repeat)
    instructed(inspected, root, AT)
    assert repeat.number in refusal(inspected, "clerk@inspect", "original_submission.settled", root, AT)[""]
    at = closed(inspected, main, AT)
    do(inspected, "clerk@inspect", "original_submission.settled", root.pk, at)
    assert fresh(root).state == "settled"
    # What was withdrawn is no solution.
    other = submitted(inspected, at, invalid)
    instructed(inspected, other, at)
    said = PAYLOADS["order.withdrawn"](inspected, invalid)
    do(inspected, "callback", "order.withdrawn", invalid.pk, at, **said)
    assert invalid.number in refusal(inspected, "leader", "original_submission.settled", other, at)[""]


def test_b19_what_cannot_be_solved_any_more_the_leader_ends_with_a_reason(inspected: Cast) -> None:
    gone, still = dispatched(inspected, AT), dispatched(inspected, AT)
    root, words = submitted(inspected, AT, gone, still), {"reason": "诉求人已撤回诉求，另一件已解决。"}
    instructed(inspected, root, AT)
    said = PAYLOADS["order.withdrawn"](inspected, gone)
    do(inspected, "callback", "order.withdrawn", gone.pk, AT, **said)
    assert still.number in refusal(inspected, "leader", "original_submission.stopped", root, AT, **words)[""]
    at = closed(inspected, still, AT)
    assert "终止督办" in refusal(inspected, "leader", "original_submission.settled", root, at)[""]
    for who in ("supervisor", "clerk@inspect"):
        assert "不能" in refusal(inspected, who, "original_submission.stopped", root, at, **words)[""]
    assert "reason" in refusal(inspected, "leader", "original_submission.stopped", root, at, reason="")
    do(inspected, "leader", "original_submission.stopped", root.pk, at, **words)
    assert (fresh(root).state, fresh(root).is_open, clocks(root)[0][1]) == ("stopped", False, "met")
    assert not any(sees(inspected, "clerk@inspect", order) for order in (gone, still))
    assert ("original_submission.stopped", "base-clerk@inspect-A") in told(root)
    # What is solved is settled, and nobody calls it ended.
    solved = submitted(inspected, at, still)
    instructed(inspected, solved, at)
    assert "请用“办结”" in refusal(inspected, "leader", "original_submission.stopped", solved, at, **words)[""]
    assert differences() == []


@pytest.mark.django_db
def test_b19_where_the_centre_closes_by_audit_the_caller_says_whether_it_is_solved(cast: Cast) -> None:
    body(cast, "inspect", "督查室", ("clerk", "principal"))
    order = dispatched(cast, AT)
    root = submitted(cast, AT, order)
    instructed(cast, root, AT)
    at = answered(cast, order, AT)
    assert Order.objects.get(pk=order.pk).result_code == "audited"
    assert order.number in refusal(cast, "leader", "original_submission.settled", root, at)[""]
    at = called(cast, order, at, "district", **BAD)
    assert order.number in refusal(cast, "leader", "original_submission.settled", root, at)[""]
    at = called(cast, order, at, "district")
    do(cast, "leader", "original_submission.settled", root.pk, at)
    assert fresh(root).state == "settled"


def test_b19_only_a_body_supervises_and_only_the_leader_says_so(inspected: Cast) -> None:
    order = dispatched(inspected, AT)
    said = {"title": "管网移交", "ground": "inaction", "text": "长期无人维修。", "numbers": numbers([order])}
    for who in ("leader", "clerk@town", "clerk@inspect"):
        assert "不能" in refusal(inspected, who, "original_submission.submitted", None, AT, **said)[""]
    for missing in ("title", "ground", "text", "numbers"):
        wrong = said | {missing: [] if missing == "numbers" else None}
        assert missing in refusal(inspected, "supervisor", "original_submission.submitted", None, AT, **wrong)
    root = submitted(inspected, AT, order)
    words = {"instruction": "请牵头督办。", "unit": inspected.units["inspect"].pk, "due": DUE}
    for who in ("supervisor", "clerk@inspect"):
        assert "不能" in refusal(inspected, who, "original_submission.instructed", root, AT, **words)[""]
    for unit in ("town", "centre"):
        wrong = words | {"unit": inspected.units[unit].pk}
        assert (
            "监督联络机构" in refusal(inspected, "leader", "original_submission.instructed", root, AT, **wrong)["unit"]
        )
    instructed(inspected, root, AT)
    # Neither the unit that handles it nor another body has a say in it.
    for who in ("clerk@town", "clerk@media"):
        for verb, more in (
            ("noted", {"result": "已经督办。"}),
            ("reported", {"result": "已经督办。"}),
            ("settled", {}),
        ):
            assert "没有这件" in refusal(inspected, who, f"original_submission.{verb}", root, AT, **more)[""]
    refused = submitted(inspected, AT, order)
    do(inspected, "leader", "original_submission.refused", refused.pk, AT, reason="由联席会议研究即可。")
    assert not fresh(refused).is_open


def test_b19_what_others_have_opened_and_another_submission_needs_is_not_taken_back(inspected: Cast) -> None:
    by_hand, twice = dispatched(inspected, AT), dispatched(inspected, AT)
    unit = inspected.units["inspect"].pk
    do(inspected, "leader", "order.shown", by_hand.pk, AT, reason="supervises", units=[unit])
    one, two = submitted(inspected, AT, by_hand, twice), submitted(inspected, AT, twice)
    for root in (one, two):
        instructed(inspected, root, later(AT, minutes=5))
    assert Sight.objects.filter(until=None).count() == 2, "once is enough"
    at = later(AT, minutes=10)
    for order in (by_hand, twice):
        at = closed(inspected, order, at)
    do(inspected, "leader", "original_submission.settled", one.pk, at)
    assert sees(inspected, "clerk@inspect", by_hand)
    assert sees(inspected, "clerk@inspect", twice)
    do(inspected, "leader", "original_submission.settled", two.pk, later(at, minutes=1))
    assert sees(inspected, "clerk@inspect", by_hand)
    assert not sees(inspected, "clerk@inspect", twice)
    assert actions(twice)[-1] == "order.hidden"
    assert differences() == []


def test_b19_on_the_desk_the_body_reports_and_is_told_why_it_may_not_settle(inspected: Cast) -> None:
    site = Site(inspected)
    order = dispatched(inspected, later(timezone.now(), hours=-2))
    typed = {"title": "管网移交", "ground": "overlap", "text": "两家单位互相推脱。", "numbers": [order.number]}
    answer = send(site, "supervisor", "/proceedings/new/original_submission.submitted/", **typed)
    assert answer.status_code == 302, answer.content.decode()
    (root,) = of_kind("original_submission")
    url = f"/proceedings/{root.number}/"
    due = f"{later(timezone.now(), days=7):%Y-%m-%d %H:%M}"
    said = {"instruction": "请督查室督办。", "unit": "督查室", "due": due}
    assert send(site, "leader", f"{url}original_submission.instructed/", **said).status_code == 302
    assert order.number in site.get("clerk@inspect", url).content.decode()
    wrong = send(site, "clerk@inspect", f"{url}original_submission.settled/", note="办结")
    assert wrong.status_code == 409
    assert f"还有没有办结的工单：{order.number}" in wrong.content.decode()
