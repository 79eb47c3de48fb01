"""A medium follows and publishes (B20); what the public says goes to leaders and units, who read and answer (B21)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, later, shanghai
from tests.desk.test_proceedings import send
from tests.desk.web import Site
from tests.orders.stages import TOLD
from tests.proceedings.oversight import of_kind, submitted
from tests.proceedings.stages import actions, clocks, differences, dispatched, do, fresh, numbers, opened, told
from tests.rulebooks import stored

from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Entry, Notice
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding
from lianxin.rules.context import EVENTS, event_title

AT = shanghai("2026-11-02 09:00")
SOON = later(AT, days=1)


def refusal(cast: Cast, who: str, verb: str, root: Proceeding | None, at: datetime, **said: Any) -> dict[str, str]:
    """Why it is refused; nothing has changed then."""
    before = Entry.objects.count()
    with pytest.raises(Refused) as refused:
        do(cast, who, verb, root.pk if root else None, at, **said)
    assert Entry.objects.count() == before
    return refused.value.problems


# --- B20 -------------------------------------------------------------------------------------
CASE = {"medium": "区融媒体中心", "title": "管网移交跟进报道", "text": "全程跟进管网移交的落实情况。"}


def published(at: datetime, **changes: Any) -> dict[str, Any]:
    return {"published_at": at, "headline": "暖气为何三年不热", "link": "《今日周村》第2版"} | changes


def case(cast: Cast, *orders: Order, **changes: Any) -> Proceeding:
    return opened(cast, "media_case.opened", AT, **CASE, numbers=numbers(orders), **changes)


def test_b20_a_case_is_followed_published_on_each_of_its_orders_and_mended(base: Cast) -> None:
    orders, beside = [dispatched(base, AT), base.register(AT)], dispatched(base, AT)
    do(base, "agent", "order.answered", orders[1].pk, AT, told=TOLD)
    root = case(base, *orders)
    do(base, "supervisor", "media_case.followed", root.pk, AT, progress="记者到现场采访，阀门仍未更换。")
    assert not Entry.objects.filter(action="order.exposed").exists(), "followed is not exposed"
    at = later(AT, hours=5)
    do(base, "leader", "media_case.published", root.pk, at, **published(later(at, hours=-1)))
    assert fresh(root).state == "published"
    for order in orders:  # the one that was answered too
        entry = Entry.objects.get(order=order, action="order.exposed")
        assert entry.derived["events"] == ["exposed"]
        assert entry.payload == {"case": root.pk, "number": root.number}
    assert "order.exposed" not in actions(beside)
    page = Site(base).get("clerk@town", f"/orders/{orders[0].number}/").content.decode()
    assert f"媒体曝光（媒体跟进 {root.number}）" in page
    assert Notice.objects.filter(order=orders[0], kind="order.exposed", staff=base.staff["clerk@town"]).exists()
    do(base, "supervisor", "media_case.followed", root.pk, at, progress="单位已经进场施工。")
    do(base, "supervisor", "media_case.published", root.pk, at, **published(at, headline="暖气开始维修"))
    assert Entry.objects.filter(order=orders[0], action="order.exposed").count() == 2
    do(base, "supervisor", "media_case.mended", root.pk, later(at, hours=1), result="阀门已更换，逐户测温达标。")
    assert (fresh(root).state, fresh(root).is_open) == ("mended", False)
    assert differences() == []


def test_b20_without_publication_nothing_is_exposed(base: Cast) -> None:
    order = dispatched(base, AT)
    root = case(base, order)
    wrong = refusal(base, "leader", "media_case.published", root, AT, **published(later(AT, hours=1)))
    assert "不能晚于现在" in wrong["published_at"]
    for missing in ("published_at", "headline"):
        assert missing in refusal(base, "leader", "media_case.published", root, AT, **published(AT) | {missing: None})
    assert "不能" in refusal(base, "leader", "media_case.mended", root, AT, result="已经整改到位。")[""]
    assert "reason" in refusal(base, "leader", "media_case.ended", root, AT)
    do(base, "leader", "media_case.ended", root.pk, AT, reason="单位已经主动解决。")
    assert not fresh(root).is_open
    assert "order.exposed" not in actions(order)


def test_b20_a_case_belongs_to_a_submission_about_the_same_orders(base: Cast) -> None:
    order, other = dispatched(base, AT), dispatched(base, AT)
    submission = submitted(base, AT, order)
    about = {**CASE, "numbers": numbers([other])}
    wrong = refusal(base, "leader", "media_case.opened", None, AT, **about, submission="Z20200101-0001")
    assert "没有编号为 Z20200101-0001" in wrong["submission"]
    wrong = refusal(base, "leader", "media_case.opened", None, AT, **about, submission=submission.number)
    assert "不涉及" in wrong["submission"]
    letter = case(base, order)
    wrong = refusal(base, "leader", "media_case.opened", None, AT, **about, submission=letter.number)
    assert "没有编号" in wrong["submission"], "another kind is none"
    root = case(base, order, submission=submission.number)
    assert Entry.objects.get(proceeding=root, number=1).payload["submission"] == submission.number
    assert "numbers" in refusal(base, "leader", "media_case.opened", None, AT, **{**about, "numbers": []})


def test_b20_nobody_exposes_an_order_by_hand(base: Cast) -> None:
    order = dispatched(base, AT)
    root = case(base, order)
    said = {"case": root.pk, "number": root.number}
    for who in ("supervisor", "leader", "clerk@town"):
        with pytest.raises(Refused, match="您的岗位不能媒体曝光"):
            do(base, who, "order.exposed", order.pk, AT, **said)
        if who == "clerk@town":
            assert "不能" in refusal(base, who, "media_case.published", root, AT, **published(AT))[""]


def test_b20_a_pack_lays_duties_on_what_was_exposed(base: Cast) -> None:
    """Its event is one like any other: of the order, and of each running share."""
    assert (EVENTS["exposed"], event_title("exposed")) == ("媒体曝光", "媒体曝光")
    duty = {"id": "x:exposed", "title": "主要负责人过问", "origin": "测试", "kind": "own", "from": ["exposed"]}
    clock = {"id": "x:own", "title": "曝光整改", "origin": "测试", "kind": "own_exposed", "on": "share"}
    clock |= {"from": "exposed", "until": "reply", "allow": "1 workday"}
    stored(base, "exposing", task=[{**duty, "post": "principal", "allow": "4 hours"}], clock=[clock])
    order = dispatched(base, AT, "town", "bureau")
    do(base, "leader", "media_case.published", case(base, order).pk, AT, **published(AT))
    assert sorted(order.tasks.filter(kind="own").values_list("unit__code", flat=True)) == ["bureau", "town"]
    assert Clock.objects.filter(order=order, kind="own_exposed", ended_at=None).count() == 2
    assert differences() == []


# --- B21 -------------------------------------------------------------------------------------
def alert(cast: Cast, *units: str, people: tuple[str, ...] = (), at: datetime = AT, **changes: Any) -> Proceeding:
    said: dict[str, Any] = {
        "level": "larger",
        "title": "供暖不热引发集中关注",
        "text": "本地论坛出现多条供暖不热的帖子。",
        "units": [cast.units[unit].pk for unit in units],
        "people": [cast.staff[who].pk for who in people],
        "due": later(at, days=1),
    }
    return opened(cast, "opinion_alert.sent", at, by="analyst", **said | changes)


def test_b21_an_alert_is_read_answered_and_settled(base: Cast) -> None:
    order = dispatched(base, AT)
    root = alert(base, "town", "bureau", people=("leader", "principal@heat"), numbers=numbers([order]))
    assert (root.state, root.level, root.owner_person) == ("sent", "larger", base.staff["supervisor"])
    assert {who for _, who in told(root)} >= {
        "base-leader-A",
        "base-principal@heat-A",
        "base-clerk@town-A",
        "base-clerk@bureau-A",
    }
    at = later(AT, minutes=20)
    for who in ("leader", "principal@heat", "clerk@town", "principal@town"):
        do(base, who, "opinion_alert.read", root.pk, at)
    do(base, "clerk@town", "opinion_alert.answered", root.pk, at, measures="组织人员上门检修，并在论坛回应。")
    assert (fresh(root).state, clocks(root)) == ("sent", [(SOON, "", None)]), "the bureau has not answered"
    do(base, "principal@town", "opinion_alert.answered", root.pk, at, measures="补充：已安排夜间值守。")
    assert fresh(root).state == "sent", "twice of one unit is one unit"
    do(base, "clerk@bureau", "opinion_alert.answered", root.pk, later(at, minutes=5), measures="协调热源厂提高供温。")
    assert (fresh(root).state, clocks(root)) == ("answered", [(SOON, "met", None)])
    assert actions(root)[-1] == "opinion_alert.complete"
    assert ("opinion_alert.complete", "base-supervisor-A") in told(root)
    do(base, "clerk@town", "opinion_alert.answered", root.pk, later(at, minutes=9), measures="检修已经完成。")
    assert sweep(SOON) == 0 or not clocks(root)[0][2], "nothing lapses that was answered"
    do(base, "supervisor", "opinion_alert.settled", root.pk, later(AT, hours=3))
    assert not fresh(root).is_open
    assert differences() == []


def test_b21_only_whoever_it_was_sent_to_reads_and_answers_it_once(base: Cast) -> None:
    root = alert(base, "town", people=("principal@heat",))
    for who in ("supervisor", "leader", "agent", "analyst"):
        assert "没有报送" in refusal(base, who, "opinion_alert.read", root, AT)[""], "the centre sees it, that is all"
    for who in ("clerk@bureau", "clerk@heat", "clerk@village"):
        assert "没有这件" in refusal(base, who, "opinion_alert.read", root, AT)[""]
    do(base, "clerk@town", "opinion_alert.read", root.pk, AT)
    assert "已经阅知" in refusal(base, "clerk@town", "opinion_alert.read", root, later(AT, hours=1))[""]
    do(base, "principal@town", "opinion_alert.read", root.pk, AT)
    do(base, "principal@heat", "opinion_alert.read", root.pk, AT)
    # A person who was called does not answer for a unit that was not.
    said = {"measures": "我们已经安排检修。"}
    assert "没有报送您的单位" in refusal(base, "principal@heat", "opinion_alert.answered", root, AT, **said)[""]
    assert "没有这件" in refusal(base, "clerk@bureau", "opinion_alert.answered", root, AT, **said)[""]
    assert "不能" in refusal(base, "supervisor", "opinion_alert.answered", root, AT, **said)[""]
    assert "不能" in refusal(base, "principal@town", "opinion_alert.complete", root, AT)[""]
    nobody = {"level": "general", "title": "供暖关注", "text": "论坛出现帖子。", "due": SOON}
    assert "units" in refusal(base, "supervisor", "opinion_alert.sent", None, AT, **nobody)
    town = {"units": [base.units["town"].pk]}
    assert "不能" in refusal(base, "clerk@town", "opinion_alert.sent", None, AT, **nobody, **town)[""]


def test_b21_it_is_settled_without_an_answer_only_for_a_reason(base: Cast) -> None:
    root = alert(base, "town", "bureau", "heat")
    do(base, "clerk@bureau", "opinion_alert.answered", root.pk, AT, measures="协调热源厂提高供温。")
    said = refusal(base, "supervisor", "opinion_alert.settled", root, AT)["note"]
    assert "大店镇、热力公司" in said
    assert "住建局" not in said
    assert "不能" in refusal(base, "clerk@town", "opinion_alert.settled", root, AT, note="已经平息。")[""]
    sweep(SOON)
    assert {who for verb, who in told(root) if verb == "proceeding.breached"} == {
        "base-supervisor-A",
        "base-leader-A",
    }
    do(base, "supervisor", "opinion_alert.settled", root.pk, SOON, note="帖子已由发布者删除，舆情平息。")
    assert fresh(root).state == "settled"
    assert "现在是“已办结”" in refusal(base, "clerk@town", "opinion_alert.read", root, SOON)[""]
    # Where no unit was asked nothing is left to wait for.
    other = alert(base, people=("leader",))
    do(base, "supervisor", "opinion_alert.settled", other.pk, AT)


def test_b21_its_page_says_who_has_not_read_it(base: Cast, django_assert_num_queries: Any) -> None:
    site, at = Site(base), later(timezone.now(), hours=-4)
    due = f"{later(timezone.now(), days=1):%Y-%m-%d %H:%M}"
    typed = {"level": "major", "title": "供暖关注", "text": "论坛出现多条帖子。", "due": due}
    typed |= {"units": ["大店镇", "住建局"], "people": ["热线中心leaderA"]}
    answer = send(site, "analyst", "/proceedings/new/opinion_alert.sent/", **typed)
    assert answer.status_code == 302, answer.content.decode()
    url = f"/proceedings/{of_kind('opinion_alert')[0].number}/"
    assert "3 家（人）未阅知，2 家未应对" in site.get("supervisor", url).content.decode()
    assert send(site, "clerk@town", f"{url}opinion_alert.read/").status_code == 302
    assert send(site, "clerk@town", f"{url}opinion_alert.answered/", measures="上门检修。").status_code == 302
    page = site.get("supervisor", url).content.decode()
    assert "2 家（人）未阅知，1 家未应对" in page
    block = page[page.index("阅知和应对") :]
    rows = [" ".join(row.split()) for row in block[: block.index("</table>")].split("<tr>")[2:]]
    assert [("未阅知" in row, "未填写" in row) for row in rows] == [(False, False), (True, True), (True, False)]
    assert "大店镇clerkA" in rows[0]
    assert "发出后 1 分" in rows[0]
    assert rows[1].count("lx-chip-ink") == 2
    # However many they are, the page costs the same.
    root = alert(base, "town", at=at, due=later(timezone.now(), days=1))
    others = alert(
        base,
        "town",
        "bureau",
        "heat",
        people=("leader", "principal@heat", "clerk@village"),
        at=at,
        due=later(timezone.now(), days=1),
    )
    do(base, "clerk@town", "opinion_alert.read", root.pk, at)
    for who in ("clerk@town", "principal@town", "clerk@bureau", "principal@heat", "leader"):
        do(base, who, "opinion_alert.read", others.pk, later(at, hours=2, minutes=5))
    site.get("supervisor", url)
    with CaptureQueriesContext(connection) as few:
        site.get("supervisor", f"/proceedings/{root.number}/")
    with django_assert_num_queries(len(few)):
        page = site.get("supervisor", f"/proceedings/{others.number}/").content.decode()
    assert "发出后 2 小时 5 分，另有 1 人" in page
