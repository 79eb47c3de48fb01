"""Rows whose loss no test of their own noticed: each with what it demands, where it must not bite, and how somebody
would get round it.

Breaking what a row names (its rule, number, event, effect or right) makes a test of this file fail that is called by
the row.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from tests.cast import Cast, later, make_cast, request, shanghai
from tests.desk.web import Site
from tests.orders.stages import GRADES, PAYLOADS, REASON, REPLY, TOLD, reach
from tests.orders.test_whole_life import walk

from lianxin.bulletins import issue
from lianxin.bulletins.document import Table
from lianxin.directory.models import Absence, Post, Unit
from lianxin.directory.roles import Role
from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Entry, Notice, Stay
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders.models import Appeal, Order

#: A Monday so long ago that whatever is due in its order is past by now, and its week.
MONDAY = shanghai("2021-10-25 09:00")
DAYS = (date(2021, 10, 25), date(2021, 10, 31))


@pytest.fixture
def base(db: None) -> Cast:
    """A centre under the base pack, which calls back before it closes."""
    return make_cast("base", "base")


# --- A13, E07: the first receiver ------------------------------------------------------------
def owner(order: Order) -> tuple[Any, Any]:
    order.refresh_from_db()
    return order.owner_unit, order.owner_person


def test_a13_e07_a_petition_moves_nothing_until_it_is_granted(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "return_filed", nine)
    town, heat = base.units["town"], base.units["heat"]
    handle = Clock.objects.get(order=order, kind="handle")
    assert owner(order) == (town, base.staff["clerk@town"])
    assert handle.running, "its time runs on"
    with pytest.raises(Refused):
        base.do("clerk@heat", "share.signed", order.pk, at)
    refused = {"of_unit": town.pk, "approved": False, "reason": REASON}
    base.do("dispatcher", "return.decided", order.pk, at, **refused)
    assert owner(order) == (town, base.staff["clerk@town"])
    base.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    # And granted, it is at once the next unit's: an approval that names none is refused.
    other, at = reach(base, "return_filed", nine)
    with pytest.raises(Refused):
        base.do("dispatcher", "return.decided", other.pk, at, of_unit=town.pk, approved=True, reason=REASON)
    assert owner(other)[0] == town
    base.do("dispatcher", "return.decided", other.pk, at, **PAYLOADS["return.decided"](base, other))
    assert owner(other) == (heat, base.staff["clerk@heat"])
    assert list(verify()) == []


@pytest.mark.parametrize("stage", ["pending", "signed"])
def test_a13_a_unit_that_is_closed_answers_for_what_it_has(base: Cast, nine: datetime, stage: str) -> None:
    order, at = reach(base, stage, nine)
    town = base.units["town"]
    town.active = False
    town.save()
    assert owner(order) == (town, base.staff["clerk@town"])
    if stage == "pending":
        base.do("clerk@town", "share.signed", order.pk, at)
    base.do("clerk@town", "share.contacted", order.pk, at, text="已电话联系")
    assert owner(order) == (town, base.staff["clerk@town"])
    about = {"of_unit": town.pk, "unit": base.units["heat"].pk, "basis": "duty_list", "reason": REASON}
    base.do("dispatcher", "share.reassigned", order.pk, later(at, minutes=1), **about)
    assert owner(order) == (base.units["heat"], base.staff["clerk@heat"])
    # What comes new does not go to it.
    with pytest.raises(Refused, match="已停用"):
        base.dispatch(base.register(at), at, "town")


def test_a13_on_holidays_and_with_both_away_somebody_answers(base: Cast, nine: datetime) -> None:
    saturday = shanghai("2026-11-21 10:00")
    order = base.register(saturday)
    for who in ("clerk@town", "clerk@town:b"):
        Absence.objects.create(staff=base.staff[who], start=nine, end=later(nine, days=9), reason="培训")
    base.dispatch(order, saturday, "town")
    assert owner(order) == (base.units["town"], base.staff["clerk@town"])


def test_a13_handled_again_it_is_the_first_units(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "called_back", nine)
    base.do("callback", "order.rehandled", order.pk, at, reason=REASON)
    assert owner(order) == (base.units["town"], base.staff["clerk@town"])
    assert order.round == 2
    stays = Stay.objects.filter(order=order).order_by("pk")
    assert [stay.unit.code for stay in stays][-1] == "town"
    ends = [stay.left_at for stay in stays]
    assert ends[-1] is None
    assert ends[:-1] == [stay.entered_at for stay in stays][1:], "never an instant without an owner"


def test_e07_who_leads_answers_wherever_he_stands_in_the_list(base: Cast, nine: datetime) -> None:
    """The assist first, the lead second: the lead contacts, replies and answers; the assist's words end nothing."""
    order, units = base.register(nine), base.units
    shares = [{"unit": units["bureau"].pk, "role": "assist"}, {"unit": units["town"].pk, "role": "lead"}]
    base.do("dispatcher", "order.dispatched", order.pk, nine, shares=shares, basis="law")
    assert owner(order) == (units["town"], base.staff["clerk@town"])
    contact = Clock.objects.get(order=order, kind="contact")
    assert contact.share is not None
    assert contact.share.unit == units["town"]
    for unit in ("town", "bureau"):
        base.do(f"clerk@{unit}", "share.signed", order.pk, nine)
    with pytest.raises(Refused):
        base.do("clerk@town", "share.opined", order.pk, nine, text="由协办单位办理。")
    with pytest.raises(Refused, match="请提交协办意见"):
        base.do("clerk@bureau", "share.replied", order.pk, nine, **REPLY)
    base.do("clerk@bureau", "share.opined", order.pk, later(nine, minutes=1), text="管网由我局协助检修。")
    assert owner(order) == (units["town"], base.staff["clerk@town"])
    assert order.state == "dispatched"
    leaderless, two = base.register(nine), [{"unit": units[name].pk, "role": "assist"} for name in ("town", "bureau")]
    with pytest.raises(Refused, match="主办"):
        base.do("dispatcher", "order.dispatched", leaderless.pk, nine, shares=two, basis="law")
    assert list(verify()) == []


# --- A37: two league tables ------------------------------------------------------------------
@pytest.fixture
def ranked_week(cast: Cast) -> issue.Weekly:
    """The department and the company had more than the town, and the village below it had one."""
    for unit, orders in (("heat", 3), ("bureau", 2), ("town", 1)):
        for _ in range(orders):
            cast.dispatch(cast.register(MONDAY), MONDAY, unit)
    return issue.weekly(cast.centre, *DAYS)


def test_a37_the_bulletin_ranks_towns_among_towns(ranked_week: issue.Weekly) -> None:
    tables = [block for block in ranked_week.bulletin.blocks if isinstance(block, Table)]
    units = [[row[1].text for row in table.rows] for table in tables]
    assert [[table.rows[0][0].text, len(table.rows)] for table in tables] == [["1", 1], ["1", 2]]
    assert units == [["大店镇"], ["热力公司", "住建局"]], "first among its own, though it had least"


def test_a37_nobody_puts_a_town_among_the_departments(cast: Cast) -> None:
    for unit, group in (("town", "department"), ("heat", "town"), ("village", "town")):
        line = cast.units[unit]
        line.ranking_group = group
        with pytest.raises(ValidationError):
            line.full_clean()


# --- B01: the two core figures ---------------------------------------------------------------
def core(site: Site, who: str) -> tuple[str, str]:
    """The first row of the page of figures, and the rest of it."""
    page = site.get(who, "/figures/?week=2021-W43").content.decode()
    first, rest = page.split('<section class="lx-figs', 1)[1].split("</section>", 1)
    return " ".join(re.sub("<[^>]+>", " ", first).split()), rest


def test_b01_what_is_late_or_dissatisfied_lowers_them(base: Cast) -> None:
    site = Site(base)
    for hours, grade in ((5, "satisfied"), (50, "dissatisfied")):
        order = base.register(MONDAY, urgency="urgent")
        base.dispatch(order, MONDAY, "heat")
        done = later(MONDAY, hours=hours)
        base.do("clerk@heat", "share.signed", order.pk, later(MONDAY, minutes=5))
        base.do("clerk@heat", "share.replied", order.pk, done, **REPLY)
        base.do("hotline_deputy@heat", "share.unit_audited", order.pk, done, approved=True)
        base.do("auditor", "share.passed", order.pk, later(done, hours=1))
        grades = GRADES | {"result_grade": grade, "solved": grade == "satisfied"}
        base.do("callback", "callback.recorded", order.pk, later(done, hours=2), **grades)
    for who in ("leader", "supervisor", "clerk@heat"):
        first, rest = core(site, who)
        assert re.findall(r"(限时办结率|群众满意率) ([\d.]+%)", first) == [
            ("限时办结率", "50.00%"),
            ("群众满意率", "50.00%"),
        ]
        assert "受理量" not in first
        assert "限时办结率" not in rest.split('<table class="lx-table">')[0]
    # Of nothing it is no figure: neither full marks nor none.
    first, _ = core(site, "clerk@bureau")
    assert "%" not in first.replace("%）", "")
    assert re.findall(r"(限时办结率|群众满意率) -", first) == ["限时办结率", "群众满意率"]


# --- B05: every node has its limit -----------------------------------------------------------
#: kind of clock -> (the stage that starts it, who is told)
NODES = {
    "dispatch": ("registered", "dispatcher"),
    "sign": ("pending", "clerk@town"),
    "contact": ("pending", "clerk@town"),
    "handle": ("signed", "clerk@town"),
    "resubmit": ("sent_back", "clerk@town"),
    "audit": ("replied", "auditor"),
    "callback": ("to_callback", "callback"),
}
#: and what stops it (a caller is contacted once the unit has signed)
STOPS = {
    "dispatch": ("dispatcher", "order.dispatched"),
    "sign": ("clerk@town", "share.signed"),
    "contact": ("clerk@town", "share.contacted"),
    "handle": ("clerk@town", "share.replied"),
    "resubmit": ("clerk@town", "share.replied"),
    "audit": ("auditor", "share.passed"),
    "callback": ("callback", "callback.recorded"),
}


def at_node(cast: Cast, kind: str) -> Clock:
    """The running clock of that node; the order has been handed over to the sweep."""
    order, at = reach(cast, NODES[kind][0], MONDAY)
    cast.do("system", "order.unmarked", order.pk, at)
    return Clock.objects.get(order=order, kind=kind, ended_at=None)


def rung(clock: Clock) -> list[str]:
    entries = Entry.objects.filter(order=clock.order_id, action__startswith="clock.").order_by("number")
    return [entry.action for entry in entries if clock.pk in entry.payload["clocks"]]


@pytest.mark.parametrize("kind", NODES)
def test_b05_each_node_warns_and_breaches_at_its_limit(base: Cast, kind: str) -> None:
    clock = at_node(base, kind)
    second = timedelta(seconds=1)
    if clock.warn_at is not None:
        sweep(clock.warn_at - second)
        assert rung(clock) == []
        sweep(clock.warn_at)
        assert rung(clock) == ["clock.warned"]
    assert (clock.warn_at is None) == (kind == "dispatch"), "five minutes are too short to warn of"
    before = rung(clock)
    sweep(clock.due - second)
    assert rung(clock) == before
    sweep(clock.due)
    assert rung(clock) == [*before, "clock.breached"]
    clock.refresh_from_db()
    assert clock.breached_at == clock.due
    told = Notice.objects.filter(order=clock.order_id, kind="clock.breached").values_list("staff", flat=True)
    assert base.staff[NODES[kind][1]].pk in told
    assert list(verify()) == []


@pytest.mark.parametrize("kind", STOPS)
def test_b05_what_was_done_in_time_rings_never(base: Cast, kind: str) -> None:
    order, at = reach(base, "signed" if kind == "contact" else NODES[kind][0], MONDAY)
    clock = Clock.objects.get(order=order, kind=kind, ended_at=None)
    who, verb = STOPS[kind]
    base.do(who, verb, order.pk, at, **PAYLOADS[verb](base, order))
    if verb == "share.replied":
        base.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)
    base.do("system", "order.unmarked", order.pk, at)
    sweep(later(clock.due, hours=1))
    clock.refresh_from_db()
    assert (clock.end, clock.breached_at, rung(clock)) == ("met", None, [])


@pytest.mark.parametrize("kind", STOPS)
def test_b05_done_late_it_is_on_record_though_no_sweep_came(base: Cast, kind: str) -> None:
    order, _ = reach(base, "signed" if kind == "contact" else NODES[kind][0], MONDAY)
    clock = Clock.objects.get(order=order, kind=kind, ended_at=None)
    who, verb = STOPS[kind]
    base.do(who, verb, order.pk, clock.due, **PAYLOADS[verb](base, order))
    if verb == "share.replied":
        base.do("hotline_deputy@town", "share.unit_audited", order.pk, clock.due, approved=True)
    clock.refresh_from_db()
    assert (clock.end, clock.breached_at) == ("met", clock.due)


# --- C04: emergencies ------------------------------------------------------------------------
def test_c04_an_emergency_goes_to_110_at_its_minute_and_to_no_unit(cast: Cast, nine: datetime) -> None:
    order, at = cast.register(nine), later(nine, minutes=1)
    emergency = {"target": "110", "reason": "有人被困，情况紧急。", "told": "正在为您转接110，请不要挂机。"}
    with pytest.raises(Refused, match="R3 生命和财产安全紧急求助"):
        cast.do("agent", "order.redirected", order.pk, at, code="R9", **emergency)
    cast.do("agent", "order.redirected", order.pk, at, code="R3", **emergency)
    order.refresh_from_db()
    assert (order.state, order.result_code, order.told_at, order.closed_at) == ("redirected", "redirected:R3", at, at)
    entry = Entry.objects.get(order=order, action="order.redirected")
    assert (entry.at, entry.payload["target"]) == (at, "110")
    assert not Clock.objects.filter(order=order, ended_at=None).exists()
    with pytest.raises(Refused):
        cast.dispatch(order, at, "heat")
    page = Site(cast).get("leader", f"/orders/{order.number}/").content.decode()
    assert "引导至110" in page
    assert "09:01" in page


# --- C35: content and notice -----------------------------------------------------------------
@pytest.mark.parametrize("empty", ["", "   ", "\u200b\u200b\u200b\u200b\u200b\u200b", "\u3000" * 6, "\n\n\n\n\n\n"])
@pytest.mark.parametrize("field", ["text", "told"])
def test_c35_what_only_looks_filled_in_is_empty(cast: Cast, nine: datetime, field: str, empty: str) -> None:
    for source in ("county", "city"):
        with pytest.raises(Refused) as refused:
            cast.do("agent", "order.registered", None, nine, **request(source=source, **{field: empty}))
        assert refused.value.problems[field]
    assert not Order.objects.exists()
    answer = Site(cast).register(**{field: empty})
    assert answer.status_code == 422
    assert not Order.objects.exists()


def test_c35_neither_is_emptied_later_and_both_are_read_on_the_page(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.do("agent", "order.words_corrected", order.pk, nine, text="", title="柳岸花园暖气不热", reason="标题写错了")
    with pytest.raises(Refused) as refused:
        cast.do("agent", "order.words_corrected", order.pk, nine, text="无", reason="标题写错了")
    assert refused.value.problems["text"]
    assert Appeal.objects.get(order=order).text == request()["text"]
    page = Site(cast).get("agent", f"/orders/{order.number}/").content.decode()
    assert request()["text"] in page
    assert f"告知诉求人：{request()['told']}" in page


# --- D15: companies, hospitals, banks, insurers ----------------------------------------------
@pytest.mark.parametrize(
    ("kind", "name"), [("enterprise", "联通公司"), ("hospital", "人民医院"), ("bank", "农商行"), ("bank", "人民保险")]
)
def test_d15_they_handle_to_the_end_and_stand_among_the_departments(cast: Cast, kind: str, name: str) -> None:
    root = cast.units["centre"]
    unit = Unit(centre=cast.centre, parent=root, code="it", name=name, type=kind, ranking_group="department")
    unit.full_clean()
    unit.save()
    cast.units["it"] = unit
    for role in (Role.CLERK, Role.HOTLINE_DEPUTY):
        holder = cast.staff[f"{role}@heat"]
        cast.posts[f"{role}@it"] = Post.objects.create(centre=cast.centre, unit=unit, role=role, holder_a=holder)
    order = cast.register(MONDAY)
    cast.dispatch(order, MONDAY, "it")
    kinds = set(Clock.objects.filter(order=order, share__unit=unit).values_list("kind", flat=True))
    assert kinds >= {"sign", "contact", "handle"}, "the same clocks as everybody"
    walk(cast, order, MONDAY, "it")
    scope = Scope.of_days(cast.centre.pk, *DAYS, "city")
    assert count(scope, ["handled", "closed"], by=["unit_id"]) == {(unit.pk,): {"handled": 1, "closed": 1}}
    tables = [block for block in issue.weekly(cast.centre, *DAYS).bulletin.blocks if isinstance(block, Table)]
    assert [row[1].text for table in tables for row in table.rows if row[2].text == "1"] == [name]
    assert name in {row[1].text for row in tables[1].rows}


def test_d15_a_kind_of_unit_that_is_none_is_refused(cast: Cast) -> None:
    unit = Unit(centre=cast.centre, parent=cast.units["centre"], code="x", name="某单位", type="club")
    with pytest.raises(ValidationError, match="club"):
        unit.full_clean()


# --- D20: six functions, six rights ----------------------------------------------------------
#: 接收、转发、回复、回访、督导、考核: the verb, the stage at which it may be taken, who holds the right
RIGHTS = {
    "接收": ("order.registered", "", "agent"),
    "转发": ("order.dispatched", "registered", "dispatcher"),
    "回复": ("share.passed", "replied", "auditor"),
    "回访": ("callback.recorded", "to_callback", "callback"),
    "督导": ("order.reopened", "closed", "supervisor"),
    "考核": ("order.excluded", "closed", "supervisor"),
}


@pytest.mark.parametrize("function", RIGHTS)
def test_d20_on_the_pages_too_each_function_is_its_posts(base: Cast, nine: datetime, function: str) -> None:
    """The holder is offered it; a colleague of another function neither sees it nor gets through by the address."""
    verb, stage, holder = RIGHTS[function]
    site = Site(base)
    others = {post for _, _, post in RIGHTS.values()} - {holder, "dispatcher"} | {"analyst", "clerk@town"}
    if not stage:
        assert site.get(holder, "/register/").status_code == 200
        for who in others - {"supervisor"}:
            assert site.get(who, "/register/").status_code in (302, 403, 404), who
            assert site.register(who).status_code in (302, 403, 404, 422), who
        assert not Order.objects.exists()
        return
    order, _ = reach(base, stage, nine)
    form = f"/orders/{order.number}/{verb}/"
    assert site.get(holder, form).status_code == 200
    entries = Entry.objects.filter(order=order).count()
    for who in others:
        assert f'href="{form}' not in site.get(who, f"/orders/{order.number}/").content.decode(), who
        answer = site.at(who).post(form, {"reason": REASON, "told": TOLD})
        assert answer.status_code != 200 or "您的岗位不能" in answer.content.decode(), who
        order.refresh_from_db()
    assert Entry.objects.filter(order=order).count() == entries


def test_d20_assessment_is_a_right_too(cast: Cast) -> None:
    """考核: whoever assesses reads the figures of all and the orders behind them; a unit reads its own."""
    cast.dispatch(cast.register(MONDAY), MONDAY, "heat")
    site, heat = Site(cast), cast.units["heat"].pk
    behind = f"/bulletins/2021-W43/orders/?key=handled.unit.{heat}"
    for who in ("analyst", "supervisor", "leader"):
        assert "热力公司" in site.get(who, "/figures/?week=2021-W43").content.decode()
        assert "20211025-0001" in site.get(who, behind).content.decode()
    assert "热力公司" not in site.get("clerk@bureau", "/figures/?week=2021-W43").content.decode()
    assert site.get("clerk@bureau", behind).status_code == 404
