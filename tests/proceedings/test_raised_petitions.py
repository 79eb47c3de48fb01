"""What a unit asks of the upper platform's order goes up to that platform, and its answer takes effect by itself."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later
from tests.desk.web import Site
from tests.orders.stages import PAYLOADS
from tests.proceedings.stages import actions, clocks, differences, dispatched, do, fresh, told
from tests.proceedings.upstairs import ANSWER, FILED, answered, asked, given, raised
from tests.rulebooks import stored, tables

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import Recorded, record_many
from lianxin.ledger.models import Clock, Notice, Task
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding


@pytest.fixture
def start(nine: datetime) -> datetime:
    """Days before the present, so that there is room to act in."""
    return later(nine, days=-2)


def now(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def waits(order: Order, kind: str) -> bool:
    return Task.objects.filter(order=order, kind=kind, done_at=None).exists()


# --- up, and back down ---------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["exclude", "review", "return", "extension"])
def test_a_refusal_returns_to_the_unit_by_itself(cast: Cast, start: datetime, kind: str) -> None:
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), kind)
    root = raised(cast, order, later(start, minutes=20), kind)
    due = Clock.objects.get(order=order, kind="handle", task=None).due
    assert (root.state, root.unit_id, root.level) == ("raised", cast.units["town"].pk, kind)
    answered(cast, root, later(start, hours=1), "denied")
    assert (fresh(root).state, waits(order, kind)) == ("denied", False)
    found = now(order)
    assert (found.state, found.owner_unit, found.excluded, found.judged) == (
        "dispatched",
        cast.units["town"],
        False,
        "",
    )
    # The handling went on all the while, and nobody gained time.
    assert Clock.objects.get(order=order, kind="handle", task=None).due == due
    assert order.shares.get().is_running
    page = Site(cast).get("clerk@town", f"/orders/{order.number}/").content.decode()
    assert f"上级平台不同意（上报件 {root.number}）：{ANSWER}" in page
    decided = {"return": "return.decided", "extension": "extension.decided"}.get(kind, "petition.decided")
    assert Notice.objects.filter(order=order, kind=decided, staff=cast.staff["clerk@town"]).exists()
    assert differences() == []


def test_an_exclusion_takes_effect_with_the_answer(cast: Cast, start: datetime) -> None:
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), "exclude")
    root = raised(cast, order, later(start, minutes=20), "exclude")
    assert not now(order).excluded
    answered(cast, root, later(start, hours=1), "granted")
    assert (now(order).excluded, now(order).judged, fresh(root).state) == (True, "", "granted")
    assert differences() == []


def test_a_review_that_is_granted_stands_on_the_order(cast: Cast, start: datetime) -> None:
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), "review")
    answered(cast, raised(cast, order, later(start, minutes=20), "review"), later(start, hours=1), "granted")
    assert (now(order).judged, now(order).excluded) == ("untrue_grade", False)


def test_an_order_that_goes_back_ends_here(cast: Cast, start: datetime) -> None:
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), "return")
    root = raised(cast, order, later(start, minutes=20), "return")
    answered(cast, root, later(start, hours=1), "granted")
    assert (now(order).state, order.shares.get().state) == ("withdrawn", "withdrawn")
    assert differences() == []


def test_an_extension_beyond_the_upper_limit_is_what_that_platform_gives(cast: Cast, start: datetime) -> None:
    limit = later(start, days=7)
    order = given(cast, start, upstream_due=limit)
    asked(cast, order, later(start, minutes=10), "extension", workdays=5)
    share = order.shares.get().pk
    # Ticking that it agreed is no answer of that platform.
    said = {"share": share, "approved": True, "workdays": 5, "upstream_agreed": True}
    with pytest.raises(Refused, match="请上报上级平台"):
        do(cast, "dispatcher", "extension.decided", order.pk, later(start, minutes=15), **said)
    root = raised(cast, order, later(start, minutes=20), "extension")
    answered(cast, root, later(start, hours=1), "granted", workdays=2)
    clock = Clock.objects.get(order=order, kind="handle", task=None)
    assert clock.due > limit
    assert now(order).upstream_due == clock.due
    assert order.shares.get().extensions == 1
    assert differences() == []


def test_within_the_upper_limit_the_centre_gives_time_itself(cast: Cast, start: datetime) -> None:
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), "extension")
    said = {"share": order.shares.get().pk, "approved": True, "workdays": 3}
    do(cast, "dispatcher", "extension.decided", order.pk, later(start, minutes=15), **said)
    assert order.shares.get().extensions == 1


def test_a_merge_goes_into_the_order_that_the_unit_named(cast: Cast, start: datetime) -> None:
    main, order = given(cast, start), given(cast, start)
    asked(cast, order, later(start, minutes=10), "merge", into=main.number)
    root = raised(cast, order, later(start, minutes=20), "merge")
    answered(cast, root, later(start, hours=1), "granted")
    found = now(order)
    assert (found.state, found.merged_into_id) == ("merged", main.pk)
    assert order.shares.get().state == "withdrawn"
    assert "order.joined" in actions(main)
    assert differences() == []


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({}, "into", "请填写应并入的工单号"),
        ({"into": "20260101-9999"}, "into", "没有这张在办的工单"),
    ],
)
def test_a_merge_names_an_order_that_the_unit_has(
    cast: Cast, start: datetime, said: dict[str, str], field: str, sentence: str
) -> None:
    order = given(cast, start)
    with pytest.raises(Refused) as refused:
        asked(cast, order, later(start, minutes=10), "merge", **said)
    assert sentence in refused.value.problems[field]


def test_a_merge_names_no_order_of_others_nor_itself_and_nothing_else_names_one(cast: Cast, start: datetime) -> None:
    order, foreign = given(cast, start), dispatched(cast, start, "heat")
    for into in (order.number, foreign.number):
        with pytest.raises(Refused, match="没有这张在办的工单"):
            asked(cast, order, later(start, minutes=10), "merge", into=into)
    with pytest.raises(Refused, match="只有申请并单才填写工单号"):
        asked(cast, order, later(start, minutes=10), "exclude", into=foreign.number)


def test_what_the_centre_decides_by_itself_of_its_own_orders(cast: Cast, start: datetime) -> None:
    """No platform above: nothing is raised, the centre grants, with the same effect."""
    main, order = given(cast, start, upstream=False), given(cast, start, upstream=False)
    asked(cast, order, later(start, minutes=10), "merge", into=main.number)
    with pytest.raises(Refused, match="不是上级平台转来的"):
        raised(cast, order, later(start, minutes=20), "merge")
    task = Task.objects.get(order=order, kind="merge", done_at=None)
    said = {"task": task.pk, "approved": True, "reason": "同一故障，一并办理。"}
    do(cast, "dispatcher", "petition.decided", order.pk, later(start, minutes=30), **said)
    assert (now(order).state, now(order).merged_into_id) == ("merged", main.pk)
    assert differences() == []


# --- round it ------------------------------------------------------------------------------------
def test_nobody_grants_what_the_upper_platform_must_agree_to(cast: Cast, start: datetime) -> None:
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), "exclude")
    task = Task.objects.get(order=order, kind="exclude", done_at=None)
    said = {"task": task.pk, "approved": True, "reason": "本级同意剔除。"}
    with pytest.raises(Refused, match="须上级平台同意"):
        do(cast, "supervisor", "petition.decided", order.pk, later(start, minutes=15), **said)
    # To refuse it needs nobody above.
    do(cast, "supervisor", "petition.decided", order.pk, later(start, minutes=16), **said | {"approved": False})
    assert (now(order).excluded, waits(order, "exclude")) == (False, False)


def test_what_waits_upstairs_is_not_decided_behind_its_back(cast: Cast, start: datetime) -> None:
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), "return")
    root = raised(cast, order, later(start, minutes=20), "return")
    said = {"share": order.shares.get().pk, "approved": False, "reason": "按职责由你单位办理。"}
    with pytest.raises(Refused, match=f"已上报上级平台（上报件 {root.number}）"):
        do(cast, "dispatcher", "return.decided", order.pk, later(start, minutes=30), **said)
    with pytest.raises(Refused, match="已在上报件"):
        raised(cast, order, later(start, minutes=31), "return")
    do(cast, "dispatcher", "raised_petition.dropped", root.pk, later(start, minutes=32), reason="改由本级协调。")
    do(cast, "dispatcher", "return.decided", order.pk, later(start, minutes=33), **said)
    assert (fresh(root).state, waits(order, "return")) == ("dropped", False)


def test_nothing_is_raised_that_no_unit_asked_for(cast: Cast, start: datetime) -> None:
    order = given(cast, start)
    for kind, sentence in (
        ("exclude", "须先由承办单位提出"),
        ("promise", "没有报中心审定的承诺件"),
        ("dream", "可以上报的"),
    ):
        with pytest.raises(Refused, match=sentence) as refused:
            raised(cast, order, later(start, minutes=10), kind)
        assert {*refused.value.problems} == {"level"}
    for who in ("clerk@town", "agent", "auditor", "callback", "principal@town"):
        asked_by = {"numbers": [order.number], "level": "exclude"}
        with pytest.raises(Refused):
            do(cast, who, "raised_petition.opened", None, later(start, minutes=11), **asked_by)


def test_times_are_times_and_a_number_is_used_once(cast: Cast, start: datetime) -> None:
    first, second = given(cast, start), given(cast, start)
    for order in (first, second):
        asked(cast, order, later(start, minutes=10), "exclude")
    at = later(start, minutes=20)
    root, other = (raised(cast, order, at, "exclude", up=False) for order in (first, second))
    for when, sentence in ((later(at, hours=1), "不能晚于现在"), (later(start, days=-9), "不能早于来件时间")):
        with pytest.raises(Refused, match=sentence):
            do(cast, "dispatcher", "raised_petition.raised", root.pk, at, upstream_petition="SQ-1", raised_at=when)
    with pytest.raises(Refused):
        answered(cast, root, at, "granted")  # it is not there yet
    do(cast, "dispatcher", "raised_petition.raised", root.pk, at, upstream_petition="SQ-1", raised_at=at)
    with pytest.raises(Refused, match=f"已用于上报件 {root.number}"):
        do(cast, "dispatcher", "raised_petition.raised", other.pk, at, upstream_petition="SQ-1", raised_at=at)
    said = {"answer": ANSWER, "answered_at": later(start, minutes=15)}
    with pytest.raises(Refused, match="不能早于上报时间"):
        do(cast, "dispatcher", "raised_petition.granted", root.pk, later(at, hours=1), **said)
    with pytest.raises(Refused, match="只有延期才填写天数"):
        answered(cast, root, later(at, hours=1), "granted", workdays=3)


def test_an_answer_to_what_has_fallen_away_is_kept_all_the_same(cast: Cast, start: datetime) -> None:
    """The caller withdrew meanwhile: the platform's answer is put down and changes nothing."""
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), "exclude")
    root = raised(cast, order, later(start, minutes=20), "exclude")
    do(cast, "agent", "order.withdrawn", order.pk, later(start, minutes=30), reason="诉求人撤回。", told="已撤。")
    answered(cast, root, later(start, hours=1), "granted")
    assert (fresh(root).state, now(order).excluded, now(order).state) == ("granted", False, "withdrawn")
    assert differences() == []


def test_an_answer_that_can_have_no_effect_any_more_is_put_down_all_the_same(cast: Cast, start: datetime) -> None:
    """The order into which another should go has ended: the unit is told, and goes on."""
    main, order = given(cast, start), given(cast, start)
    asked(cast, order, later(start, minutes=10), "merge", into=main.number)
    root = raised(cast, order, later(start, minutes=20), "merge")
    do(cast, "agent", "order.withdrawn", main.pk, later(start, minutes=30), reason="诉求人撤回。", told="已撤。")
    answered(cast, root, later(start, hours=1), "granted")
    assert (fresh(root).state, now(order).state, waits(order, "merge")) == ("granted", "dispatched", False)
    page = Site(cast).get("clerk@town", f"/orders/{order.number}/").content.decode()
    assert f"但工单 {main.number} 已不能并入" in page
    # More time for what was answered meanwhile.
    late = given(cast, start)
    asked(cast, late, later(start, minutes=10), "extension")
    root = raised(cast, late, later(start, minutes=20), "extension")
    for n, (who, verb) in enumerate(
        (("clerk", "share.contacted"), ("clerk", "share.replied"), ("hotline_deputy", "share.unit_audited"))
    ):
        do(cast, f"{who}@town", verb, late.pk, later(start, minutes=25 + n), **PAYLOADS[verb](cast, late))
    answered(cast, root, later(start, hours=1), "granted")
    assert (fresh(root).state, late.shares.get().extensions) == ("granted", 0)
    assert differences() == []


def test_two_units_of_one_order_are_two_files(cast: Cast, start: datetime) -> None:
    """Each unit's petition goes up by itself, and what is upstairs for one bars nothing of the other's."""
    order = given(cast, start)
    bureau = {"unit": cast.units["bureau"].pk, "role": "dual", "basis": "law"}
    do(cast, "dispatcher", "share.added", order.pk, later(start, minutes=1), **bureau)
    do(cast, "clerk@bureau", "share.signed", order.pk, later(start, minutes=2))
    asked(cast, order, later(start, minutes=10), "extension")
    share = order.shares.get(unit=cast.units["bureau"]).pk
    said = FILED["extension"] | {"share": share}
    do(cast, "clerk@bureau", "extension.filed", order.pk, later(start, minutes=11), **said)
    first = raised(cast, order, later(start, minutes=20), "extension")
    second = raised(cast, order, later(start, minutes=21), "extension")
    assert (first.unit, second.unit) == (cast.units["town"], cast.units["bureau"])
    with pytest.raises(Refused, match="已在上报件"):
        raised(cast, order, later(start, minutes=22), "extension")
    answered(cast, second, later(start, hours=1), "denied")
    assert Task.objects.get(order=order, kind="extension", done_at=None).share.unit == cast.units["town"]
    answered(cast, first, later(start, hours=2), "granted")
    assert sorted(order.shares.values_list("unit__code", "extensions")) == [("bureau", 0), ("town", 1)]
    assert differences() == []


def test_the_longest_answer_fits_and_a_merge_that_turned_round_is_told(cast: Cast, start: datetime) -> None:
    main, order = given(cast, start), dispatched(cast, start, upstream_number="SJ-TURNED")
    do(cast, "clerk@town", "share.signed", order.pk, start)
    asked(cast, order, later(start, minutes=10), "merge", into=main.number)
    root = raised(cast, order, later(start, minutes=20), "merge")
    do(cast, "dispatcher", "order.recalled", main.pk, later(start, minutes=21), reason="应并入后一件。")
    do(cast, "dispatcher", "order.merged", main.pk, later(start, minutes=22), number=order.number)
    said = {"answer": "同" * 3001, "answered_at": later(start, hours=1)}
    with pytest.raises(Refused) as refused:
        do(cast, "dispatcher", "raised_petition.granted", root.pk, later(start, hours=1), **said)
    assert {*refused.value.problems} == {"answer"}  # beside the field, not from what follows
    said["answer"] = "同" * 3000
    do(cast, "dispatcher", "raised_petition.granted", root.pk, later(start, hours=1), **said)
    assert (now(order).state, waits(order, "merge"), fresh(root).state) == ("dispatched", False, "granted")
    assert differences() == []


def test_the_upper_platform_gives_more_than_the_centre_might(cast: Cast, start: datetime) -> None:
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), "extension")
    said = {"share": order.shares.get().pk, "approved": True, "workdays": 30}
    with pytest.raises(Refused, match="一次最多延长"):
        do(cast, "dispatcher", "extension.decided", order.pk, later(start, minutes=15), **said)
    root = raised(cast, order, later(start, minutes=20), "extension")
    answered(cast, root, later(start, hours=1), "granted", workdays=30)
    assert order.shares.get().extensions == 1
    assert differences() == []


# --- its own limit, its list ---------------------------------------------------------------------
def test_the_upper_platform_has_a_limit_of_its_own_and_the_list_tells(cast: Cast, start: datetime) -> None:
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), "exclude")
    root = raised(cast, order, later(start, minutes=20), "exclude")
    (due, end, _), *more = clocks(root)
    assert not more
    assert end == ""
    site = Site(cast)
    page = site.get("dispatcher", "/?queue=upstairs").content.decode()
    assert root.number in page
    listed = site.get("supervisor", "/proceedings/?kind=raised_petition").content.decode()
    assert "剔除" in listed
    assert root.number in listed
    # Its unit sees where it stands; another unit knows nothing of it.
    assert "待上级答复" in site.get("clerk@town", f"/proceedings/{root.number}/").content.decode()
    assert site.get("clerk@heat", f"/proceedings/{root.number}/").status_code == 404
    answered(cast, root, later(start, hours=1), "denied")
    assert clocks(root)[0][1] == "met"
    assert root.number not in site.get("dispatcher", "/?queue=upstairs").content.decode()
    assert due > later(start, days=2)


def test_raising_is_the_packs(cast: Cast, start: datetime) -> None:
    """Its fields decide: which petitions, whether the centre may grant them itself, how long it is waited for."""
    book = tables("junan-2021")
    kinds = [row for row in book["petition_kind"] if row["code"] == "exclude"]
    rules = [row for row in book["task"] if row["kind"] == "exclude"]
    row = {"id": "S98", "title": "剔除", "origin": "测试", "petition": "exclude", "allow": "1 workday"}

    def waiting(name: str, **rows: Any) -> Order:
        fit = [rule | {"id": f"S9{n}"} for n, rule in enumerate(rules)]
        stored(cast, name, petition_kind=[kinds[0] | {"id": "S97"}], task=fit, **rows)
        order = given(cast, start)
        asked(cast, order, later(start, minutes=10), "exclude")
        return order

    def grant(order: Order) -> None:
        task = Task.objects.get(order=order, kind="exclude", done_at=None)
        said = {"task": task.pk, "approved": True, "reason": "本级同意剔除。"}
        do(cast, "supervisor", "petition.decided", order.pk, later(start, minutes=30), **said)

    without = waiting("without")
    with pytest.raises(Refused, match="可以上报的：无"):
        raised(cast, without, later(start, minutes=20), "exclude")
    grant(without)
    grant(waiting("may", raising=[row]))
    must = waiting("must", raising=[row | {"must": True}])
    with pytest.raises(Refused, match="须上级平台同意"):
        grant(must)
    at = later(start, minutes=20)
    short = raised(cast, must, at, "exclude")
    long = raised(cast, waiting("long", raising=[row | {"allow": "4 workdays"}]), at, "exclude")
    assert clocks(short)[0][0] < clocks(long)[0][0]


def test_a_promise_past_the_upper_limit_waits_for_that_platform(cast: Cast, start: datetime) -> None:
    limit = later(start, days=7)
    order = given(cast, start, upstream_due=limit)
    said = {"title": "管网改造", "text": "须纳入年度改造计划。", "plan": "列入明年计划，先换阀门。"}
    root = do(cast, "clerk@town", "promise.opened", None, start, numbers=[order.number], **said).order
    step = {"step": "更换阀门", "people": [cast.staff["clerk@town"].pk], "finish_by": later(start, days=20)}
    do(cast, "clerk@town", "promise.stepped", root, start, **step)
    do(cast, "clerk@town", "share.contacted", order.pk, start, **PAYLOADS["share.contacted"](cast, order))
    day = {"promised": later(start, days=60), "told": "已告知方案和承诺时间。"}
    do(cast, "clerk@town", "promise.submitted", root, start, **day)
    at = later(start, minutes=30)
    for agreed in (False, True):
        with pytest.raises(Refused, match="请先上报上级平台"):
            do(cast, "supervisor", "promise.approved", root, at, upstream_agreed=agreed)
    file = raised(cast, order, at, "promise")
    assert file.unit == cast.units["town"]
    page = Site(cast).get("dispatcher", f"/proceedings/{file.number}/").content.decode()
    assert "承诺的时间" in page
    assert f"{later(start, days=60):%Y-%m-%d}" in page
    with pytest.raises(Refused, match="请先上报上级平台"):
        do(cast, "supervisor", "promise.approved", root, later(at, minutes=1))
    answered(cast, file, later(at, minutes=2), "granted")
    do(cast, "supervisor", "promise.approved", root, later(at, minutes=3))
    assert now(order).state == "suspended"
    assert differences() == []


def test_the_order_s_page_leads_to_it(cast: Cast, start: datetime) -> None:
    """Whoever may raise it finds the way beside the petition, filled in; nobody else, and not of the centre's own."""
    order, own = given(cast, start), given(cast, start, upstream=False)
    for each in (order, own):
        asked(cast, each, later(start, minutes=10), "exclude")
    site, link = Site(cast), "上报上级平台</a>"
    page = site.get("supervisor", f"/orders/{order.number}/").content.decode()
    assert link in page
    url = re.search(r'href="(/proceedings/new/raised_petition\.opened/[^"]+)"', page)
    assert url
    form = site.get("supervisor", url[1].replace("&amp;", "&")).content.decode()
    assert re.search(r'value="exclude"[^>]*(checked|selected)', form)
    assert order.number in form
    for who in ("clerk@town", "auditor", "agent"):
        assert link not in site.get(who, f"/orders/{order.number}/").content.decode()
    assert link not in site.get("supervisor", f"/orders/{own.number}/").content.decode()


def test_its_notices_go_to_whom_they_concern(cast: Cast, start: datetime) -> None:
    order = given(cast, start)
    asked(cast, order, later(start, minutes=10), "exclude")
    root = raised(cast, order, later(start, minutes=20), "exclude")
    answered(cast, root, later(start, hours=1), "denied")
    assert ("raised_petition.denied", "junan-clerk@town-A") in told(root)


def test_of_two_files_in_one_batch_the_second_is_the_first_s(cast: Cast, start: datetime) -> None:
    """Neither the same petition twice, nor one number of the upper platform for two of them."""
    orders = [given(cast, start), given(cast, start)]
    for order in orders:
        asked(cast, order, later(start, minutes=10), "exclude")
    at = later(start, minutes=20)

    def act(step: str, root: int | None, **said: Any) -> Act:
        return Act(f"raised_petition.{step}", cast.actor("dispatcher"), at, said, order=root)

    twice = [act("opened", None, numbers=[orders[0].number], level="exclude") for _ in range(2)]
    first, refused = record_many(twice, collect=True)
    assert isinstance(first, Recorded)
    assert isinstance(refused, Refused)
    assert "这件申请已在上报件" in refused.problems["numbers"]
    files = [Proceeding.objects.get(pk=first.order), raised(cast, orders[1], at, "exclude", up=False)]
    same = [act("raised", file.pk, upstream_petition="SQ-7", raised_at=at) for file in files]
    done, refused = record_many(same, collect=True)
    assert isinstance(done, Recorded)
    assert isinstance(refused, Refused)
    assert refused.problems == {"upstream_petition": f"这个编号已用于上报件 {files[0].number}"}
    with pytest.raises(Refused, match="这个编号已用于上报件"):
        do(cast, "dispatcher", "raised_petition.raised", files[1].pk, at, upstream_petition="SQ-7", raised_at=at)
    assert differences() == []
