"""Who answers for what was done wrongly, and who hears of it (C31, C37, C51, C52, C59, C61, C64).

Each row of the Jinan documents where it bites, where it must not, and where somebody tries to get round it.  C64 has
its many ways round in tests/orders/test_recusal.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.acceptance.zhoucun import REASON, REPLY, fresh, has, refused, task
from tests.cast import Cast, body, later, make_cast, request, shanghai
from tests.orders.test_recusal import name
from tests.rulebooks import Shelf, Tables

from lianxin.duties import watching
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Notice
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Sight
from lianxin.proceedings.models import About, Proceeding

pytestmark = pytest.mark.django_db
AT = shanghai("2026-11-02 09:00")


@pytest.fixture
def jinan(db: None) -> Cast:
    """The cast of a centre under the rule book of Jinan, with a supervision department and a discipline body."""
    cast = make_cast("jinan", "jinan-cg")
    body(cast, "inspect", "监察室", ("clerk", "principal"))
    body(cast, "discipline", "派驻纪检组", ("clerk", "principal"))
    return cast


@pytest.fixture
def plain(db: None) -> Cast:
    """Under the general rule book, which says nothing of it."""
    return make_cast("plain", "base")


def act(cast: Cast, who: str, verb: str, root: int | None, at: datetime, **said: Any) -> int:
    """As it happens, on the wall's clock: watches follow no history."""
    return record(Act(verb, cast.actor(who), at, said, order=root)).order


def no(cast: Cast, who: str, verb: str, root: int | None, at: datetime, **said: Any) -> dict[str, str]:
    before = Entry.objects.count()
    with pytest.raises(Refused) as caught:
        act(cast, who, verb, root, at, **said)
    assert Entry.objects.count() == before
    return caught.value.problems


def sent(cast: Cast, at: datetime, unit: str = "heat", *, label: str = "") -> Order:
    """An order that the unit has signed for."""
    pk = act(cast, "agent", "order.registered", None, at, **request())
    shares = [{"unit": cast.units[unit].pk, "role": "lead"}]
    act(cast, "dispatcher", "order.dispatched", pk, at, shares=shares, basis="duty_list")
    act(cast, f"clerk@{unit}", "share.signed", pk, at)
    if label:
        act(cast, "supervisor", "order.labelled", pk, at, label=label, reason=REASON)
    return Order.objects.get(pk=pk)


def of(kind: str) -> list[Proceeding]:
    return list(Proceeding.objects.filter(kind=kind).order_by("pk"))


def cases(rule: str) -> list[Proceeding]:
    said = Entry.objects.filter(number=1, payload__rule=rule).values("proceeding")
    return list(Proceeding.objects.filter(kind="accountability", pk__in=said).order_by("pk"))


# --- C37: reported upward at once ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "kinds"),
    [
        ("big_problem", {"report_problem": "leader"}),
        ("big_event", {"report_event": "leader", "watch_event": "supervisor"}),
    ],
)
def test_c37_each_tag_goes_to_its_own_recipients_within_minutes(
    jinan: Cast, nine: datetime, label: str, kinds: dict[str, str]
) -> None:
    order = jinan.register(nine)
    at = later(nine, minutes=20)
    jinan.do("dispatcher", "order.labelled", order.pk, at, label=label, reason=REASON)
    laid = {t.kind: t.post_role for t in order.tasks.filter(done_at=None) if t.rule.startswith("C37")}
    assert laid == kinds
    for kind in kinds:
        due = Clock.objects.get(order=order, kind=kind).due
        assert due - at <= timedelta(minutes=10), kind
    jinan.do("leader", "task.done", order.pk, at, task=task(order, next(iter(kinds))).pk, elements=["请速派人到场。"])


def test_c37_must_not_bite_without_a_tag_and_no_unit_takes_one_off(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    assert not any(t.rule.startswith("C37") for t in order.tasks.all())
    jinan.do("supervisor", "order.labelled", order.pk, nine, label="big_problem", reason=REASON)
    for who in ("dispatcher", "supervisor"):
        assert refused(jinan, who, "order.unlabelled", order, nine, label="big_problem", reason=REASON)
    assert has(order, "report_problem")


def test_c37_criticism_is_reported_only_when_he_who_is_criticised_is_named_and_never_to_him(
    jinan: Cast, nine: datetime
) -> None:
    order = jinan.register(nine)
    tag = {"label": "criticism", "reason": REASON}
    assert "登记被投诉对象" in refused(jinan, "dispatcher", "order.labelled", order, nine, **tag)["label"]
    for post in ("leader",):
        jinan.posts[post].holder_b = None
        jinan.posts[post].save()
    name(jinan, order, nine, "leader")
    jinan.do("dispatcher", "order.labelled", order.pk, nine, **tag)
    found = task(order, "report_criticism")
    assert (found.post_role, found.holder_id) == ("supervisor", jinan.staff["supervisor"].pk)
    assert not Order.objects.visible_to(jinan.staff["leader"]).filter(pk=order.pk).exists()
    assert not Notice.objects.filter(order=order, staff=jinan.staff["leader"]).exists()
    other = jinan.register(nine)
    name(jinan, other, nine, "clerk@heat")
    jinan.do("dispatcher", "order.labelled", other.pk, nine, **tag)
    assert task(other, "report_criticism").holder_id == jinan.staff["leader"].pk
    assert list(verify()) == []


# --- C51: pressed three times ----------------------------------------------------------------------


def urge(cast: Cast, order: Order, at: datetime, by: str = "centre") -> None:
    act(cast, "supervisor", "order.urged", order.pk, at, by=by, text="请尽快办理。")


def answered(cast: Cast, order: Order, at: datetime) -> None:
    act(cast, "clerk@heat", "share.replied", order.pk, at, **REPLY)
    act(cast, "hotline_deputy@heat", "share.unit_audited", order.pk, at, approved=True)


def back(cast: Cast, order: Order, at: datetime) -> None:
    act(cast, "auditor", "share.sent_back", order.pk, at, defect="incomplete", reason=REASON)


def test_c51_urged_and_sent_back_three_times_is_a_case_by_itself(jinan: Cast) -> None:
    order = sent(jinan, AT, label="key")
    urge(jinan, order, AT)
    answered(jinan, order, AT)
    back(jinan, order, AT)
    watching.run(AT)
    assert fresh(order).pressed
    assert not cases("C51"), "twice, and a reply in between resets nothing"
    urge(jinan, order, later(AT, minutes=5))
    watching.run(later(AT, minutes=6))
    (case,) = cases("C51")
    assert [about.to_order_id for about in About.objects.filter(proceeding=case, role="subject")] == [order.pk]
    assert watching.run(later(AT, minutes=7)) == 0
    assert list(verify()) == []


def test_c51_must_not_bite_by_others_urges_nor_without_key_supervision(jinan: Cast) -> None:
    order, plain = sent(jinan, AT, label="key"), sent(jinan, AT)
    for _ in range(3):
        urge(jinan, order, AT, "caller")
        urge(jinan, order, AT, "upper")
        urge(jinan, plain, AT)
    watching.run(AT)
    assert not cases("C51")
    # Set under key supervision afterwards, what it was pressed before counts.
    act(jinan, "supervisor", "order.labelled", plain.pk, later(AT, minutes=1), label="key", reason=REASON)
    watching.run(later(AT, minutes=2))
    assert len(cases("C51")) == 1


def test_c51_nobody_gets_rid_of_it_by_a_hollow_reply_nor_counts_once_it_is_passed(jinan: Cast) -> None:
    order = sent(jinan, AT, label="key")
    for n in range(3):
        answered(jinan, order, later(AT, minutes=n))
        if n < 2:
            back(jinan, order, later(AT, minutes=n))
    urge(jinan, order, later(AT, minutes=4))
    watching.run(later(AT, minutes=5))
    assert not cases("C51"), "what waits for the audit is not left undone: the centre has it"
    back(jinan, order, later(AT, minutes=6))
    watching.run(later(AT, minutes=7))
    assert len(cases("C51")) == 1
    other = sent(jinan, AT, label="key")
    for _ in range(2):
        urge(jinan, other, AT)
    answered(jinan, other, AT)
    act(jinan, "auditor", "share.passed", other.pk, AT)
    assert fresh(other).pressed == {}


# --- C52, C61: what people are called to account for ---------------------------------------------


def confirming(cast: Cast, level: str) -> dict[str, Any]:
    return {"level": level, "unit": cast.units["heat"].pk, "people": [], "grounds": "经查属实，情况如下。"}


def opened(cast: Cast, order: Order, at: datetime) -> Proceeding:
    said = {"title": "泄露诉求人信息", "text": "承办人员向被投诉人透露了诉求人。", "numbers": [order.number]}
    return Proceeding.objects.get(pk=act(cast, "supervisor", "accountability.opened", None, at, **said))


@pytest.mark.parametrize("level", ["unmoved", "inflamed", "gain", "leaked"])
def test_c52_each_of_the_four_is_a_case_of_its_own(jinan: Cast, level: str) -> None:
    root = opened(jinan, sent(jinan, AT), AT)
    act(jinan, "supervisor", "accountability.confirmed", root.pk, AT, **confirming(jinan, level))
    assert Proceeding.objects.get(pk=root.pk).level == level


def test_c52_which_there_are_is_the_packs(jinan: Cast, plain: Cast) -> None:
    root = opened(jinan, sent(jinan, AT), AT)
    why = no(jinan, "supervisor", "accountability.confirmed", root.pk, AT, **confirming(jinan, "promise"))
    assert "失密泄密" in why["level"]
    assert "公开承诺" not in why["level"]
    under_base = opened(plain, sent(plain, AT), AT)
    why = no(plain, "supervisor", "accountability.confirmed", under_base.pk, AT, **confirming(plain, "gain"))
    assert "应办未办" in why["level"]
    act(plain, "supervisor", "accountability.confirmed", under_base.pk, AT, **confirming(plain, "promise"))
    page = Client()
    page.force_login(jinan.staff["supervisor"])
    form = page.get(f"/proceedings/{root.number}/accountability.confirmed/").content.decode()
    assert "以权谋私" in form
    assert "公开承诺落实不力" not in form


def test_c61_each_found_is_a_case_and_stands_late_until_somebody_confirms_it(jinan: Cast) -> None:
    order, other = sent(jinan, AT), sent(jinan, AT)
    for n in range(2):
        answered(jinan, order, later(AT, minutes=n))
        back(jinan, order, later(AT, minutes=n))
    answered(jinan, other, AT)
    back(jinan, other, AT)
    watching.run(later(AT, minutes=5))
    (case,) = cases("C61.perfunctory")
    assert case.due_at is not None
    assert case.state == "proposed"
    sweep(later(AT, days=8))
    late = Clock.objects.get(proceeding=case, kind="due")
    assert late.breached_at is not None
    assert late.ended_at is None, "what nobody looks at stands late"
    told = Notice.objects.filter(proceeding=case, kind="proceeding.breached")
    assert {jinan.staff["supervisor"].pk, jinan.staff["leader"].pk} <= set(told.values_list("staff", flat=True))
    act(jinan, "supervisor", "accountability.confirmed", case.pk, later(AT, days=8), **confirming(jinan, "perfunctory"))
    assert Clock.objects.get(proceeding=case, kind="due").ended_at is not None
    counted = Proceeding.objects.filter(kind="accountability", level="perfunctory").count()
    assert counted == 1


def test_c61_what_lapses_is_found_and_what_is_dismissed_says_why(jinan: Cast) -> None:
    sent(jinan, AT)
    sweep(later(AT, days=10))
    watching.run(later(AT, days=10))
    (case,) = cases("C61.delayed")
    assert no(jinan, "supervisor", "accountability.dismissed", case.pk, later(AT, days=10), reason="否")
    act(jinan, "supervisor", "accountability.dismissed", case.pk, later(AT, days=10), reason="单位已经说明情况，属实。")
    assert Clock.objects.get(proceeding=case, kind="due").ended_at is not None


# --- C59: three steps ------------------------------------------------------------------------------


def ladder(cast: Cast, at: datetime = AT) -> Proceeding:
    said = {"title": "督察发现不作为", "text": "现场无人处理，责令改正。", "unit": cast.units["heat"].pk}
    return Proceeding.objects.get(pk=act(cast, "supervisor", "inspection_ladder.ordered", None, at, **said))


TOLD = {"text": "责令改正后仍未到场处理，现予通报。"}


def test_c59_each_step_after_the_one_before_has_failed(jinan: Cast) -> None:
    root = ladder(jinan)
    lapsed = later(AT, days=8)
    act(jinan, "supervisor", "inspection_ladder.published", root.pk, lapsed, **TOLD)
    told = About.objects.filter(proceeding=root, role="called").values_list("to_unit__code", flat=True)
    assert {"town", "bureau", "heat", "village", "inspect"} <= set(told), "the whole system"
    assert Proceeding.objects.visible_to(jinan.staff["clerk@town"]).filter(pk=root.pk).exists()
    act(jinan, "clerk@heat", "inspection_ladder.reported_again", root.pk, later(lapsed, hours=1), result="正在研究。")
    handed = {"proposal": "建议对责任人员立案审查。", "units": [jinan.units["discipline"].pk]}
    act(jinan, "leader", "inspection_ladder.handed", root.pk, later(lapsed, hours=2), **handed)
    assert Proceeding.objects.visible_to(jinan.staff["clerk@discipline"]).filter(pk=root.pk).exists()
    page = Client()
    page.force_login(jinan.staff["leader"])
    last = Entry.objects.filter(proceeding=root, action="inspection_ladder.handed").get()
    paper = page.get(f"/proceedings/{root.number}/papers/{last.number}/").content.decode()
    assert "建议对责任人员立案审查。" in paper
    assert "派驻纪检组" in paper
    assert "+00:00" not in page.get(f"/proceedings/{root.number}/").content.decode(), "times as people write them"
    assert list(verify()) == []


def test_c59_what_stays_at_a_step_is_no_stay_of_an_order(jinan: Cast) -> None:
    """Where no order was simulated, the figures of the week took them for one, and were not there."""
    root = ladder(jinan)
    act(jinan, "clerk@heat", "inspection_ladder.reported", root.pk, later(AT, hours=1), result="已到场处理完毕。")
    page = Client()
    page.force_login(jinan.staff["leader"])
    assert page.get("/figures/?week=2026-W45").status_code == 200


def test_c59_put_right_it_ends_and_nobody_else_hears_of_it(jinan: Cast) -> None:
    root = ladder(jinan)
    act(jinan, "clerk@heat", "inspection_ladder.reported", root.pk, AT, result="已到场处理完毕。")
    act(jinan, "supervisor", "inspection_ladder.corrected", root.pk, AT, finding="复查合格。")
    assert Proceeding.objects.get(pk=root.pk).state == "corrected"
    assert not Proceeding.objects.visible_to(jinan.staff["clerk@town"]).exists()


def test_c59_no_step_is_left_out_nor_taken_before_its_time(jinan: Cast) -> None:
    root = ladder(jinan)
    handed = {"proposal": "建议立案审查。", "units": [jinan.units["discipline"].pk]}
    assert "现在是" in str(no(jinan, "leader", "inspection_ladder.handed", root.pk, later(AT, days=9), **handed))
    assert "时限还没有到" in str(
        no(jinan, "supervisor", "inspection_ladder.published", root.pk, later(AT, days=1), **TOLD)
    )
    act(jinan, "supervisor", "inspection_ladder.published", root.pk, later(AT, days=8), **TOLD)
    soon = later(AT, days=8, hours=1)
    assert "时限还没有到" in str(no(jinan, "leader", "inspection_ladder.handed", root.pk, soon, **handed))
    at = later(AT, days=20)
    wrong = handed | {"units": [jinan.units["town"].pk]}
    assert "不能是承办单位" in str(no(jinan, "leader", "inspection_ladder.handed", root.pk, at, **wrong))
    assert no(jinan, "leader", "inspection_ladder.handed", root.pk, at, units=handed["units"]), "a proposal in writing"
    # Whoever serves in the unit finds nothing in order from a second post.
    jinan.posts["supervisor"].holder_a = jinan.staff["clerk@heat"]
    jinan.posts["supervisor"].save()
    act(jinan, "hotline_deputy@heat", "inspection_ladder.reported_again", root.pk, at, result="已经改正。")
    own = no(jinan, "supervisor", "inspection_ladder.corrected", root.pk, at, finding="改正到位。")
    assert "被督察单位的人员" in str(own)


def _shorter(book: Tables) -> None:
    book["proceedings"] |= {"corrected_within": "1 workday", "published_within": "2 workdays"}
    book["proceedings"] |= {"confirmed_within": "1 workday", "triggers": ["gain"]}


def test_c59_c61_the_limits_are_the_packs(plain: Cast, books: Shelf) -> None:
    books.adopt(plain, _shorter)
    root = ladder(plain)
    assert root.due_at == shanghai("2026-11-04 00:00")
    published = shanghai("2026-11-04 09:00")
    act(plain, "supervisor", "inspection_ladder.published", root.pk, published, **TOLD)
    assert Proceeding.objects.get(pk=root.pk).due_at == shanghai("2026-11-07 00:00")
    case = opened(plain, sent(plain, AT), AT)
    assert case.due_at == shanghai("2026-11-04 00:00")
    why = no(plain, "supervisor", "accountability.confirmed", case.pk, AT, **confirming(plain, "leaked"))
    assert "以权谋私" in why["level"]
    act(plain, "supervisor", "accountability.confirmed", case.pk, AT, **confirming(plain, "gain"))


def test_c61_must_not_bite_where_the_pack_sets_no_limit(plain: Cast) -> None:
    assert opened(plain, sent(plain, AT), AT).due_at is None


# --- C31: to the supervision department ------------------------------------------------------------


def supervised(cast: Cast, order: Order, at: datetime = AT) -> Proceeding:
    said = {"title": "督办暖气不热", "text": "请限期办结并报告。", "numbers": [order.number], "due": later(at, days=3)}
    return Proceeding.objects.get(pk=act(cast, "supervisor", "supervision.opened", None, at, **said))


def after(cast: Cast, root: Proceeding, at: datetime) -> dict[str, Any]:
    said = {"supervision": root.number, "title": "经督办仍未履行", "text": "督办逾期，单位没有报告。"}
    return said | {"unit": cast.units["inspect"].pk, "due": later(at, days=20)}


def test_c31_after_a_supervision_without_effect(jinan: Cast) -> None:
    order = sent(jinan, AT)
    root, at = supervised(jinan, order), later(AT, days=4)
    pk = act(jinan, "supervisor", "referral.after", None, at, **after(jinan, root, at))
    referral = Proceeding.objects.get(pk=pk)
    assert (referral.unit_id, referral.owner_unit_id) == (jinan.units["inspect"].pk, jinan.units["inspect"].pk)
    assert Sight.objects.filter(order=order, to_unit=jinan.units["inspect"], until=None).exists()
    assert not Proceeding.objects.visible_to(jinan.staff["clerk@heat"]).filter(pk=pk).exists()
    act(jinan, "clerk@inspect", "referral.established", pk, at, result="经查属实，系无故拖延。")
    act(jinan, "leader", "referral.decided", pk, at, grounds="对责任人员诫勉谈话。")
    assert list(verify()) == []


def test_c31_before_the_supervision_has_failed_it_is_refused(jinan: Cast) -> None:
    order = sent(jinan, AT)
    root = supervised(jinan, order)
    said = after(jinan, root, AT)
    assert "时限还没有到" in no(jinan, "supervisor", "referral.after", None, later(AT, days=1), **said)["supervision"]
    act(jinan, "clerk@heat", "supervision.reported", root.pk, later(AT, days=1), result="已经办结。")
    assert no(jinan, "supervisor", "referral.after", None, later(AT, days=5), **said)["supervision"]
    wrong = said | {"supervision": "Z20260101-0001"}
    assert "没有这一编号" in no(jinan, "supervisor", "referral.after", None, later(AT, days=5), **wrong)["supervision"]


def at_once(cast: Cast, order: Order, **changes: Any) -> dict[str, Any]:
    said = {"title": "投诉粗暴执法", "numbers": [order.number], "ground": "misconduct", "due": later(AT, days=20)}
    said |= {"text": "执法人员打人，影响很大。", "accused": cast.units["heat"].pk, "unit": cast.units["inspect"].pk}
    return said | changes


def test_c31_a_grave_complaint_goes_there_at_once(jinan: Cast) -> None:
    order = sent(jinan, AT, "town")
    pk = act(jinan, "leader", "referral.at_once", None, AT, **at_once(jinan, order))
    act(jinan, "clerk@inspect", "referral.unfounded", pk, AT, result="查无实据，监控显示没有动手。")
    assert Proceeding.objects.get(pk=pk).state == "unfounded"


def test_c31_the_unit_complained_of_neither_investigates_nor_sees_it(jinan: Cast) -> None:
    order = sent(jinan, AT, "town")
    own = at_once(jinan, order, unit=jinan.units["heat"].pk)
    assert "自行调查" in no(jinan, "leader", "referral.at_once", None, AT, **own)["unit"]
    other = at_once(jinan, order, unit=jinan.units["town"].pk)
    assert "监督联络机构" in no(jinan, "leader", "referral.at_once", None, AT, **other)["unit"]
    pk = act(jinan, "leader", "referral.at_once", None, AT, **at_once(jinan, order))
    assert not Proceeding.objects.visible_to(jinan.staff["principal@heat"]).exists()
    # From a second post at the department he who serves in the unit finds nothing.
    jinan.posts["clerk@inspect"].holder_a = jinan.staff["clerk@heat"]
    jinan.posts["clerk@inspect"].save()
    jinan.posts["clerk@inspect"].refresh_from_db()
    found = no(jinan, "clerk@inspect", "referral.unfounded", pk, AT, result="查无实据。")
    assert "被督察单位的人员" in str(found)


# --- C64 -----------------------------------------------------------------------------------------


def test_c64_a_complaint_is_watched_over_by_another_and_does_not_end_before(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    name(jinan, order, nine, "clerk@heat")
    jinan.dispatch(order, nine, "town")
    jinan.do("clerk@town", "share.signed", order.pk, nine)
    jinan.do("clerk@town", "share.replied", order.pk, nine, **REPLY)
    jinan.do("hotline_deputy@town", "share.unit_audited", order.pk, nine, approved=True)
    assert "督察督办" in str(refused(jinan, "auditor", "share.passed", order, nine))
    found = task(order, "watch_complaint")
    jinan.do("supervisor", "task.done", order.pk, nine, task=found.pk, elements=["已走访诉求人，情况属实。"])
    jinan.do("auditor", "share.passed", order.pk, nine)
    assert timezone.now() > nine
