"""Jinan's row of test items (C56): approved before they are made, like any order until they are disclosed."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.utils import timezone
from tests import moment
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.test_proceedings import send
from tests.desk.web import Site
from tests.orders.stages import PAYLOADS
from tests.proceedings.mystery import (
    FOUND,
    PHONE,
    RANG,
    SAID,
    WHY,
    approved,
    asked,
    by_clock,
    named,
    proposed,
    rung,
    state,
)
from tests.proceedings.stages import actions, clocks, differences, dispatched, do, fresh

from lianxin.bulletins import gather, issue
from lianxin.directory import snapshot
from lianxin.directory.models import Channel
from lianxin.figures.count import count
from lianxin.figures.measures import COUNTED
from lianxin.figures.scope import Scope
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Delivery, Entry, Notice
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Order, Share
from lianxin.proceedings.models import Proceeding
from lianxin.rules.worktime import end_of_day
from lianxin.telling import viewers

pytestmark = pytest.mark.django_db
#: Measures of what stands in no table of its own.
ENTRIES_ALONE = {"arrivals", "called_back", "language_checked", "language_met"}


@pytest.fixture
def jinan() -> Cast:
    return make_cast("jinan", "jinan-cg")


def problems(cast: Cast, who: str, verb: str, root: int | None, at: datetime, **said: Any) -> dict[str, str]:
    """What it is refused for; nothing has changed."""
    before = Entry.objects.count()
    with pytest.raises(Refused) as refused:
        do(cast, who, verb, root, at, **said)
    assert Entry.objects.count() == before
    return refused.value.problems


def misnamed(cast: Cast, root: int, order: Order, at: datetime) -> str:
    """Why this order is not taken as the one that was made."""
    said = {"numbers": [order.number], "account": RANG}
    return problems(cast, "supervisor", "test_item.named", root, at, **said)["numbers"]


def measured(cast: Cast, cutoff: datetime, known: datetime | None = None) -> dict[str, int]:
    """Every measure of the month, that is above nothing."""
    scope = Scope.of_days(cast.centre.pk, date(2026, 11, 1), date(2026, 11, 30), "city", cutoff)
    scope = Scope(scope.centre, scope.start, scope.end, scope.cutoff, scope.layer, known, scope.counting)
    return {name: number for name, number in count(scope, list(COUNTED))[()].items() if number}


# --- it happens -------------------------------------------------------------------------------
def test_c56_it_counts_as_any_order_until_it_is_disclosed_and_nowhere_afterwards(jinan: Cast, nine: datetime) -> None:
    before = measured(jinan, timezone.now())
    root, order = named(jinan, nine)
    real = dispatched(jinan, later(nine, hours=1))
    assert not order.simulated
    assert "order.disclosed" not in actions(order), "nothing in its ledger says what it is"
    assert actions(order) == actions(real)
    until = measured(jinan, later(timezone.now(), seconds=1))
    assert until["accepted"] == before.get("accepted", 0) + 2
    assert until["handled"] == 2
    do(jinan, "leader", "test_item.disclosed", root, later(nine, days=1), conclusion=FOUND)
    order.refresh_from_db()
    assert order.simulated
    assert order.disclosed_recorded_at is not None
    after = measured(jinan, later(order.disclosed_recorded_at, seconds=1))
    assert {after["accepted"], after["handled"]} == {1}
    # As known before it is what it was, until corrections are counted in.
    cutoff = order.disclosed_recorded_at
    assert measured(jinan, cutoff)["accepted"] == 2
    assert measured(jinan, cutoff, later(cutoff, seconds=1))["accepted"] == 1
    told = Notice.objects.filter(order=order, kind="order.disclosed", staff=jinan.staff["clerk@town"])
    assert told.exists(), "from now on everybody may know"
    assert differences() == []


def test_c56_every_measure_leaves_it_out(jinan: Cast, nine: datetime) -> None:
    """Alone in its centre, whatever happened to it."""
    root, order = named(jinan, nine)
    do(jinan, "clerk@town", "share.signed", order.pk, later(nine, hours=3))
    do(jinan, "clerk@town", "share.contacted", order.pk, later(nine, hours=3), text="已电话联系，约定上门。")
    asked_back = {"reason": "小区已移交物业管理", "return_reason": "not_duty", "legal_basis": "派单目录"}
    do(jinan, "clerk@town", "return.filed", order.pk, later(nine, hours=4), **asked_back)
    counted = measured(jinan, later(timezone.now(), seconds=1))
    assert {"accepted", "handled", "contacts", "stock"} <= set(counted), counted
    do(jinan, "leader", "test_item.disclosed", root, later(nine, days=1), conclusion=FOUND)
    assert measured(jinan, later(timezone.now(), seconds=1)) == {}


def in_entries(cast: Cast, cutoff: datetime) -> dict[str, int]:
    """Those measures of the month, of the layer that the pack counts, that are above nothing."""
    scope, _ = gather.period(snapshot.of(cast.centre.pk), date(2026, 11, 1), date(2026, 11, 30), cutoff)
    return {name: number for name, number in count(scope, sorted(ENTRIES_ALONE))[()].items() if number}


def test_c56_what_its_handlers_did_and_were_found_of_it_stays_as_known_then_and_counts_no_more(
    jinan: Cast, nine: datetime
) -> None:
    """Also what stands in entries alone: arrivals, call-backs, checks of its record."""
    root, order = named(jinan, nine)
    asked_for = {"numbers": [order.number], "agent": jinan.staff["agent"].pk, "period": "2026-W47"}
    asked_for |= {"title": "坐席 2026-W47 第1件", "pool": [order.number], "seed": "a1", "wanted": 1}
    check = Act("language_check.drawn", Actor.system(jinan.centre.pk), later(nine, hours=3), asked_for)
    marks = [{"item": item.code, "met": True} for item in snapshot.of(jinan.centre.pk).pack_now.quality.items]
    do(jinan, "supervisor", "language_check.checked", record(check).order, later(nine, hours=4), marks=marks)
    share = Share.objects.get(order=order)
    do(jinan, "clerk@town", "share.signed", order.pk, later(nine, hours=3))
    do(jinan, "clerk@town", "share.arrived", order.pk, later(nine, hours=4), share=share.pk)
    for who, verb in (
        ("clerk@town", "share.replied"),
        ("hotline_deputy@town", "share.unit_audited"),
        ("auditor", "share.passed"),
        ("callback", "callback.recorded"),
    ):
        do(jinan, who, verb, order.pk, later(nine, hours=5), **PAYLOADS[verb](jinan, order))
    cutoff = later(timezone.now(), seconds=1)
    before = in_entries(jinan, cutoff)
    assert set(before) == ENTRIES_ALONE
    do(jinan, "leader", "test_item.disclosed", root, later(nine, days=1), conclusion=FOUND)
    order.refresh_from_db()
    then = order.disclosed_recorded_at
    assert then is not None
    assert in_entries(jinan, then) == before
    assert in_entries(jinan, later(then, seconds=1)) == {}


def test_c56_what_was_published_with_it_is_corrected(jinan: Cast) -> None:
    at, first, last = shanghai("2026-11-18 09:00"), date(2026, 11, 16), date(2026, 11, 22)
    root = by_clock(jinan, "supervisor", "test_item.proposed", None, at, **SAID(jinan, at))
    by_clock(jinan, "leader", "test_item.approved", root, later(at, minutes=10))
    order = jinan.register(later(at, hours=1), caller={"name": "王建国", "phone": PHONE})
    jinan.register(later(at, hours=1))
    about = {"numbers": [order.number], "account": RANG}
    by_clock(jinan, "supervisor", "test_item.named", root, later(at, hours=2), **about)
    site, path = Site(jinan), "/bulletins/2026-W47/publish/"
    number = Proceeding.objects.get(pk=root).number
    assert number in site.get("leader", path).content.decode(), "before it goes out the leader sees what is outstanding"
    analysts = site.get("analyst", path).content.decode()
    assert number not in analysts
    assert "模拟事项" not in analysts
    now = timezone.now()
    out = issue.publish(jinan.centre, first, last, actor=jinan.actor("leader"), at=now)
    assert issue.corrections(out, issue.weekly(jinan.centre, first, last, known=now)) == []
    assert out.figures.get(key="accepted").shown == "2"
    by_clock(jinan, "leader", "test_item.disclosed", root, shanghai("2026-11-24 09:00"), conclusion=FOUND)
    listed = issue.corrections(out, issue.weekly(jinan.centre, first, last, known=now))
    assert ("2", "1") in [(line.printed, line.now) for line in listed if line.key == "accepted"]
    assert "<h2>更正</h2>" in site.get("analyst", "/bulletins/2026-W47/").content.decode()
    # Nothing of it is outstanding any more; what came out of the cut-off as it was known stays as it was.
    assert issue.corrections(out, issue.weekly(jinan.centre, first, last)) == []


def test_c56_the_leader_is_told_when_it_ought_to_have_been_disclosed(jinan: Cast, nine: datetime) -> None:
    root, _ = named(jinan, nine)
    (_, end, _), (due, running, _) = clocks(fresh(Proceeding(pk=root)))
    assert (end, running) == ("met", "")
    assert due > nine
    sweep(later(due, minutes=1))
    told = Notice.objects.filter(proceeding=root, kind="proceeding.breached").values_list("staff__username", flat=True)
    assert {*told} == {"leader"} or all(jinan.staff["leader"].username == who for who in told), told


# --- it must not bite -------------------------------------------------------------------------
def test_c56_what_is_refused_or_dropped_leads_to_nothing(jinan: Cast, nine: datetime) -> None:
    refused, dropped = proposed(jinan, nine, phone=PHONE), approved(jinan, nine, "13800005567")
    do(jinan, "leader", "test_item.refused", refused, later(nine, minutes=10), reason=WHY)
    do(jinan, "supervisor", "test_item.dropped", dropped, later(nine, minutes=20), reason=WHY)
    for root, phone in ((refused, PHONE), (dropped, "13800005567")):
        order = rung(jinan, later(nine, hours=1), phone)
        said = {"numbers": [order.number], "account": RANG}
        assert problems(jinan, "supervisor", "test_item.named", root, later(nine, hours=2), **said)
        assert problems(jinan, "leader", "test_item.disclosed", root, later(nine, hours=2), conclusion=FOUND)
        assert not Order.objects.get(pk=order.pk).simulated
    assert measured(jinan, later(timezone.now(), seconds=1))["accepted"] == 2


def test_c56_other_rule_books_have_none(nine: datetime) -> None:
    base = make_cast("base", "base")
    said = SAID(base, nine)
    assert "没有设置模拟事项" in problems(base, "supervisor", "test_item.proposed", None, nine, **said)[""]
    assert "test_item." not in Site(base).get("supervisor", "/proceedings/").content.decode()


def test_c56_one_into_which_a_real_request_was_merged_counts_on(jinan: Cast, nine: datetime) -> None:
    """Its units owe that caller the answer: nobody hides a late share behind a test."""
    root, order = named(jinan, nine)
    repeat = do(jinan, "agent", "order.registered", None, later(nine, hours=3), **asked("13700001234")).order
    do(jinan, "dispatcher", "order.merged", repeat, later(nine, hours=4), number=order.number)
    do(jinan, "leader", "test_item.disclosed", root, later(nine, days=1), conclusion=FOUND)
    order.refresh_from_db()
    assert not order.simulated
    assert measured(jinan, later(timezone.now(), seconds=1))["handled"] == 1
    page = Site(jinan).get("clerk@town", f"/orders/{order.number}/").content.decode()
    assert "有真实诉求并入，照常统计" in page
    assert differences() == []


# --- somebody evades it -----------------------------------------------------------------------
def test_c56_nobody_approves_his_own(jinan: Cast, nine: datetime) -> None:
    post = jinan.posts["leader"]
    post.holder_a = jinan.staff["supervisor"]
    post.save()
    root = proposed(jinan, nine)
    then = later(nine, minutes=10)
    assert "不能批准自己" in problems(jinan, "leader", "test_item.approved", root, then)[""]
    assert problems(jinan, "supervisor", "test_item.approved", root, then), "an inspector approves none at all"


def test_c56_no_real_request_is_passed_off_as_one(jinan: Cast, nine: datetime) -> None:
    early = rung(jinan, nine, "13800007788")
    said = SAID(jinan, nine) | {"phone": "138 0000 7788"}
    assert "打过本热线" in problems(jinan, "supervisor", "test_item.proposed", None, nine, **said)["phone"]
    root = approved(jinan, nine, PHONE)
    then = later(nine, hours=2)
    assert "批准以前" in misnamed(jinan, root, early, then)
    # Rung before the approval, entered after it.
    backdated = rung(jinan, later(nine, hours=1), PHONE, received_at=later(nine, minutes=5))
    assert "批准以前" in misnamed(jinan, root, backdated, then)
    # Another's, whose number is then "corrected".
    real = rung(jinan, later(nine, hours=1), "13900009999")
    assert "不是批准时固定的号码" in misnamed(jinan, root, real, then)
    fix = {"caller": {"name": "王建国", "phone": PHONE}, "reason": "号码记错一位"}
    do(jinan, "supervisor", "order.caller_corrected", real.pk, then, **fix)
    assert "不是批准时固定的号码" in misnamed(jinan, root, real, then)
    # Of the number's own orders only the first.
    second = rung(jinan, later(nine, hours=1.5), PHONE)
    assert "只有第一件" in misnamed(jinan, root, second, then)
    anonymous = dispatched(jinan, later(nine, hours=1), caller=None)
    assert "不是批准时固定的号码" in misnamed(jinan, root, anonymous, then)
    assert state(root) == "approved"


def test_c56_it_is_named_before_it_can_be_known_how_it_comes_out_and_once(jinan: Cast, nine: datetime) -> None:
    root = approved(jinan, nine, PHONE)
    order = rung(jinan, later(nine, hours=1), PHONE)
    assert "已经过期" in misnamed(jinan, root, order, later(nine, days=1, hours=1, minutes=1))
    do(jinan, "supervisor", "test_item.named", root, later(nine, hours=2), numbers=[order.number], account=RANG)
    again = later(nine, hours=3)
    assert problems(jinan, "supervisor", "test_item.named", root, again, numbers=[order.number], account=RANG)
    # Once named it is not dropped either: what came out badly, or well, is disclosed.
    assert problems(jinan, "supervisor", "test_item.dropped", root, again, reason=WHY)
    stale = approved(jinan, later(nine, days=-20), "13800005568")
    late = rung(jinan, nine, "13800005568")
    assert "实施期限" in misnamed(jinan, stale, late, later(nine, hours=1))


def test_c56_whoever_knew_does_not_take_it_in_himself(jinan: Cast, nine: datetime) -> None:
    post = jinan.posts["agent"]
    post.holder_a = jinan.staff["supervisor"]
    post.save()
    root = approved(jinan, nine, PHONE)
    order = rung(jinan, later(nine, hours=1), PHONE)
    assert "知情人员" in misnamed(jinan, root, order, later(nine, hours=2))


def test_c56_only_the_leader_discloses_it(jinan: Cast, nine: datetime) -> None:
    root, order = named(jinan, nine)
    then = later(nine, days=1)
    for who in ("clerk@town", "principal@town", "hotline_deputy@town", "agent", "dispatcher", "supervisor", "analyst"):
        assert problems(jinan, who, "test_item.disclosed", root, then, conclusion=FOUND), who
        said = {"item": root, "number": Proceeding.objects.get(pk=root).number}
        assert problems(jinan, who, "order.disclosed", order.pk, then, **said), who
    assert problems(jinan, "leader", "order.disclosed", order.pk, then, item=root, number="Z1")
    assert not Order.objects.get(pk=order.pk).simulated


# --- nobody can tell --------------------------------------------------------------------------
#: Whoever has to do with orders and must not know of it.
UNKNOWING = (
    *("agent", "dispatcher", "callback", "analyst", "admin"),
    *("clerk@town", "principal@town", "clerk@bureau"),
)
PLACES = (
    *("/", "/?queue=proceedings", "/proceedings/", "/proceedings/?view=all", "/proceedings/?view=all&kind=test_item"),
    *(
        "/me/",
        "/figures/",
        "/search/",
        "/proceedings/sheet.xlsx?view=all",
        "/me/bell/",
        "/me/pulse/",
        "/shown/",
        "/staffing/",
        "/bulletins/2026-W47/",
        "/bulletins/2026-W47/orders/?key=accepted",
        "/figures/first/",
        "/figures/flow/",
        "/rounds/",
    ),
)


def plain(answer: Any) -> str:
    """A page without what is another each time it is asked for: tokens and keys."""
    if "spreadsheet" in answer.headers.get("Content-Type", ""):
        return str(cells(answer.content))
    text = answer.content.decode("utf-8", "replace")
    text = re.sub(r'(csrfmiddlewaretoken" value|name="key" value|name="until" value|data-live)="[^"]*"', r"\1", text)
    return re.sub(r"(X-CSRFToken[^,}]*|\b[0-9a-f]{32}\b)", "", text)


def cells(book: bytes) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def seen(site: Site, order: Order) -> dict[tuple[str, str], str]:
    """Every place as each of them sees it, and the order."""
    its = f"/orders/{order.number}/"
    places = (*PLACES, its, f"{its}preview/", f"{its}slip/", f"/proceedings/?view=all&q={order.number}")
    found = {}
    for who in UNKNOWING:
        for place in places:
            # Pages that say as of when they are say the same.
            moment.again()
            found[who, place] = plain(site.get(who, place))
    return found


def test_c56_naming_it_changes_no_byte_of_what_others_can_fetch(jinan: Cast, nine: datetime) -> None:
    site, root = Site(jinan), approved(jinan, nine, PHONE)
    order, beside = rung(jinan, later(nine, hours=1), PHONE), rung(jinan, later(nine, hours=1), "13900009999")
    before = seen(site, order)
    do(jinan, "supervisor", "test_item.named", root, later(nine, hours=2), numbers=[order.number], account=RANG)
    after = seen(site, order)
    assert [place for place in before if before[place] != after[place]] == []
    assert actions(order) == actions(beside)
    number = Proceeding.objects.get(pk=root).number
    for who in ("supervisor", "leader"):
        assert number in site.get(who, f"/orders/{order.number}/").content.decode(), who
    site.at("leader")
    do(jinan, "leader", "test_item.disclosed", root, later(nine, days=1), conclusion=FOUND)
    assert "公开为模拟事项" in site.get("clerk@town", f"/orders/{order.number}/").content.decode()
    assert number not in site.get("clerk@town", "/proceedings/?view=all").content.decode(), "its file stays closed"


def test_c56_nobody_else_learns_of_it_by_its_number_its_words_or_a_notice(jinan: Cast, nine: datetime) -> None:
    site = Site(jinan)
    root, _ = named(jinan, nine)
    found = Proceeding.objects.get(pk=root)
    for who in UNKNOWING:
        assert site.get(who, f"/proceedings/{found.number}/").status_code == 404, who
        assert site.get(who, f"/proceedings/{found.number}/preview/").status_code == 404, who
        for words in (found.number, "楼道堆物"):
            listed = site.get(who, f"/proceedings/?view=all&q={words}").content.decode()
            assert f"/proceedings/{found.number}/" not in listed, who
        assert site.at(who).post("/search/", {"q": found.number}, follow=True).status_code == 200
        assert f"/proceedings/{found.number}/" not in site.get(who, "/search/").content.decode(), who
        assert not Proceeding.objects.visible_to(jinan.staff[who]).filter(pk=root).exists(), who
        text = site.get(who, "/proceedings/?view=all").content.decode()
        assert 'value="test_item"' not in text, who
    told = set(Notice.objects.filter(proceeding=root).values_list("staff", flat=True))
    assert told <= {jinan.staff[who].pk for who in ("supervisor", "leader")}
    group = viewers.of_unit(snapshot.of(jinan.centre.pk), jinan.units["centre"].pk)
    assert group.proceedings({root}) == set(), "what goes to the centre's group is read by everybody there"
    for who in ("supervisor", "leader"):
        page = site.get(who, f"/proceedings/{found.number}/").content.decode()
        assert PHONE not in page
        assert "138 **** 5566" in page


def test_c56_nor_does_whoever_looks_after_messages_that_did_not_arrive(jinan: Cast, nine: datetime) -> None:
    """What its leader was to be told on his own telephone, and was not."""
    item, other = Proceeding.objects.get(pk=proposed(jinan, nine)), dispatched(jinan, nine)
    own = Channel.objects.create(centre=jinan.centre, staff=jinan.staff["leader"], kind="mail", name="领导邮箱")
    for root in ({"proceeding": item}, {"order": other}):
        entry = Entry.objects.filter(**root).latest("number")
        about = {"entry": entry, "channel": own, "kind": entry.action, "made_at": nine, "next_at": nine}
        Delivery.objects.create(**root, **about, state="failed", why="邮箱已满")
    page = Site(jinan).get("admin", "/undelivered/").content.decode()
    assert other.number in page
    assert item.number not in page
    assert "模拟事项" not in page


def test_c56_the_number_stands_in_no_ledger(jinan: Cast, nine: datetime) -> None:
    root = proposed(jinan, nine, phone=PHONE)
    entry = Entry.objects.select_related("enclosure").get(proceeding=root, number=1)
    assert PHONE not in str(entry.payload) + str(entry.enclosure.body)
    bad = SAID(jinan, nine) | {"phone": "不是号码"}
    assert "phone" in problems(jinan, "supervisor", "test_item.proposed", None, nine, **bad)
    past = SAID(jinan, nine) | {"planned": nine}
    assert "planned" in problems(jinan, "supervisor", "test_item.proposed", None, nine, **past)


def test_c56_the_times_are_the_packs(books: Any, nine: datetime) -> None:
    jinan = make_cast("jinan", "jinan-cg")

    def change(book: Any) -> None:
        book["test_items"] = {
            "allowed": True,
            "made_within": "2 hours",
            "named_within": "30 minutes",
            "disclosed_within": "3 days",
        }

    books.adopt(jinan, change, "jinan-cg")
    root = approved(jinan, nine, PHONE)
    order = rung(jinan, later(nine, hours=1), PHONE)
    assert "已经过期" in misnamed(jinan, root, order, later(nine, hours=1, minutes=31))
    said = {"numbers": [order.number], "account": RANG}
    do(jinan, "supervisor", "test_item.named", root, later(nine, hours=1, minutes=29), **said)
    assert clocks(fresh(Proceeding(pk=root)))[-1][0] == end_of_day(nine.date() + timedelta(days=3))
    late = approved(jinan, nine, "13800005568")
    order = rung(jinan, later(nine, hours=2, minutes=11), "13800005568")
    assert "实施期限" in misnamed(jinan, late, order, later(nine, hours=2, minutes=12))


def test_c56_at_the_desk(jinan: Cast) -> None:
    """Proposed, approved, named and disclosed on pages."""
    site = Site(jinan)
    now = timezone.localtime()
    typed = {
        "title": "楼道堆物处理情况",
        "text": "以住户身份来电，反映楼道长期堆放杂物。",
        "tried": "大店镇",
        "planned": later(now, hours=1).strftime("%Y-%m-%dT%H:%M"),
        "phone": PHONE,
    }
    assert send(site, "supervisor", "/proceedings/new/test_item.proposed/", **typed).status_code == 302
    item = Proceeding.objects.get(kind="test_item")
    its = f"/proceedings/{item.number}/"
    assert item.number in site.get("leader", "/?queue=proceedings").content.decode()
    assert send(site, "leader", f"{its}test_item.approved/", note="同意。").status_code == 302
    order = site.order(caller_phone=PHONE, source="city")
    typed = {"numbers": [order.number], "account": RANG}
    answer = send(site, "supervisor", f"{its}test_item.named/", **typed)
    assert answer.status_code == 302, answer.content.decode()
    assert send(site, "leader", f"{its}test_item.disclosed/", conclusion=FOUND).status_code == 302
    assert "模拟事项，不计入统计" in site.get("agent", f"/orders/{order.number}/").content.decode()
    assert differences() == []
