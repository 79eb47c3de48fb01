"""Jinan's rows of bodies, leaders and trainings: C09, C14, C60, C66, at a centre that lives under its pack."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.test_proceedings import send
from tests.desk.web import Site
from tests.orders.stages import REASON, TOLD
from tests.proceedings.affairs import begun
from tests.proceedings.bodies import MEASURES, course, group, held, of_centre, planned, sat
from tests.proceedings.stages import differences, do, fresh
from tests.proceedings.test_unit_affairs import staffed

from lianxin.directory.models import Absence, Post, Unit
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry
from lianxin.ops.serving import all_served
from lianxin.proceedings.models import Proceeding
from lianxin.rules import policy
from lianxin.rules.policy_explain import explain
from lianxin.rules.serving import held as held_rows

pytestmark = pytest.mark.django_db
NONE, GONE = "没有现行的领导机构", "领导机构中的大店镇clerkA已不在岗"


@pytest.fixture
def jinan() -> Cast:
    return make_cast("jinan", "jinan-cg")


@pytest.fixture
def early() -> datetime:
    """A Monday long past, so that what is asked today lies after it."""
    return shanghai("2026-11-02 09:00")


def problems(cast: Cast, who: str, verb: str, root: int | None, at: datetime, **said: Any) -> dict[str, str]:
    """What it is refused for; nothing has changed."""
    before = Entry.objects.count()
    with pytest.raises(Refused) as refused:
        do(cast, who, verb, root, at, **said)
    assert Entry.objects.count() == before
    return refused.value.problems


# --- C60, C66 ---------------------------------------------------------------------------------
def test_c60_the_centre_has_its_group_and_no_composition_is_written_over(jinan: Cast, early: datetime) -> None:
    site = Site(jinan)
    name = jinan.units["centre"].name
    assert "没有现行的领导小组" in staffed(site)[name]
    root = begun(jinan, "supervisor", "leading_group.set_up", early, **of_centre(jinan, early))
    assert "没有现行的" not in staffed(site)[name]
    new = jinan.staff["analyst"].pk
    then = later(early, days=2)
    do(jinan, "leader", "leading_group.renewed", root, then, **of_centre(jinan, then, in_charge=[new]))
    said = Entry.objects.filter(proceeding=root).order_by("number").values_list("payload", flat=True)
    assert [(line["edition"], line["in_charge"]) for line in said] == [(1, [jinan.staff["supervisor"].pk]), (2, [new])]
    assert {line["office"] for line in said} == {jinan.units["centre"].pk}
    number = Proceeding.objects.get(pk=root).number
    page = site.get("supervisor", f"/proceedings/{number}/").content.decode()
    assert page.count(MEASURES) == 2, "the former composition is still read"
    # Under a book that does not ask for it the centre has no line of its own.
    assert make_cast("other", "base").units["centre"].name not in staffed(Site(make_cast("third", "base")))
    assert differences() == []


def test_c60_a_composition_that_begins_before_the_last_or_a_second_group_is_refused(
    jinan: Cast, early: datetime
) -> None:
    root = begun(jinan, "supervisor", "leading_group.set_up", early, **of_centre(jinan, early))
    again, then = of_centre(jinan, early), later(early, days=1)
    assert set(problems(jinan, "leader", "leading_group.renewed", root, then, **again)) == {"since"}
    assert "已有领导小组" in problems(jinan, "leader", "leading_group.set_up", None, then, **again)[""]
    future = of_centre(jinan, later(then, days=1))
    assert set(problems(jinan, "leader", "leading_group.renewed", root, then, **future)) == {"since"}
    # The same person for everything is nobody's business but theirs.
    one = [jinan.staff["leader"].pk]
    do(jinan, "leader", "leading_group.renewed", root, then, **of_centre(jinan, then, people=one, in_charge=one))


def test_c66_a_district_without_a_body_or_without_its_person_is_a_visible_gap(jinan: Cast, early: datetime) -> None:
    site = Site(jinan)
    assert {name: NONE in line for name, line in staffed(site).items() if name != jinan.units["centre"].name} == {
        "大店镇": True,
        "住建局": True,
        "热力公司": True,
    }
    root = begun(jinan, "principal@town", "leading_group.formed", early, **group(jinan, early))
    assert NONE not in staffed(site)["大店镇"]
    assert "大店镇" not in staffed(site, query="?state=short")
    assert NONE not in staffed(site, "principal@town")["大店镇"]
    # Away for a time is in office; away until further notice is not, nor is whoever has left his post.
    clerk = jinan.staff["clerk@town"]
    leave = Absence.objects.create(staff=clerk, start=early, end=later(early, days=60))
    assert GONE not in staffed(site)["大店镇"]
    Absence.objects.filter(pk=leave.pk).update(end=None)
    assert GONE in staffed(site)["大店镇"]
    Absence.objects.filter(pk=leave.pk).delete()
    assert GONE not in staffed(site)["大店镇"]
    Post.objects.filter(pk=jinan.posts["clerk@town"].pk).update(holder_a=jinan.staff["clerk@bureau"])
    assert GONE in staffed(site)["大店镇"]
    assert "大店镇" in staffed(site, query="?state=short")
    # Named anew, the gap is closed.
    then = later(early, days=1)
    anew = group(jinan, then, in_charge=[jinan.staff["clerk@town:b"].pk])
    do(jinan, "hotline_deputy@town", "leading_group.revised", root, then, **anew)
    assert "已不在岗" not in staffed(site)["大店镇"]


def test_c66_nobody_names_whoever_has_left_is_of_elsewhere_or_leads_nothing(jinan: Cast, early: datetime) -> None:
    verb, other = "leading_group.formed", [jinan.staff["clerk@bureau"].pk]

    def named(**changes: Any) -> set[str]:
        return set(problems(jinan, "principal@town", verb, None, early, **group(jinan, early, **changes)))

    assert named(in_charge=other) == {"in_charge"}
    clerk = jinan.staff["clerk@town"].pk
    assert named(chair=[clerk]) == {"chair"}
    assert named(people=[clerk]) == {"people"}, "whoever leads it belongs to it"
    assert named(people=[jinan.staff["principal@town"].pk, *other]) == {"people"}
    assert named(office=jinan.units["bureau"].pk) == {"office"}
    assert named(measures="") == {"measures"}
    Post.objects.filter(pk=jinan.posts["clerk@town"].pk).update(holder_a=None)
    assert named() == {"in_charge"}, "of the unit, but on no post"
    # Whose group it is, is not for the form to say; a section of the own house is a place for its office.
    said = group(jinan, early, in_charge=[jinan.staff["principal@town"].pk], office=jinan.units["village"].pk)
    root = begun(jinan, "principal@town", verb, early, **said | {"unit": jinan.units["bureau"].pk})
    assert Proceeding.objects.get(pk=root).unit == jinan.units["town"]
    then = later(early, days=1)
    assert problems(jinan, "principal@bureau", "leading_group.revised", root, then, **group(jinan, then))
    assert problems(jinan, "supervisor", "leading_group.revised", root, then, **group(jinan, then))
    assert problems(jinan, "clerk@town", "leading_group.revised", root, then, **group(jinan, then))
    # A village answers through its town: it is asked for none.
    assert Unit.objects.get(pk=jinan.units["village"].pk).name not in staffed(Site(jinan))


# --- C09 --------------------------------------------------------------------------------------
def test_c09_a_leader_answers_and_its_figures_are_those_of_its_orders(jinan: Cast, nine: datetime) -> None:
    root = planned(jinan, nine)
    one, two = (jinan.register(later(nine, minutes=n)) for n in (5, 119))
    held(jinan, root, later(nine, hours=2), one.number, two.number)
    entry = Entry.objects.get(proceeding=root, action="leader_session.held")
    assert (entry.payload["calls"], entry.payload["made"]) == (9, 2)
    said = entry.enclosure.body["paper"]
    assert any("接听来电 9 个，形成工单 2 件" in line[1] for line in said)
    site, number = Site(jinan), Proceeding.objects.get(pk=root).number

    def shown() -> str:
        page = site.get("supervisor", f"/proceedings/{number}/").content.decode()
        return page.partition("接听和办理")[2].partition("</dl>")[0]

    assert "9 个" in shown()
    assert "of=ended" not in shown(), "none has ended"
    then, told = later(nine, hours=3), {"result": "两件均已答复。"}
    assert two.number in problems(jinan, "leader", "leader_session.reported", root, then, **told)[""]
    for order in (one, two):
        end = {"code": "R3", "target": "110", "reason": REASON, "told": TOLD}
        jinan.do("agent", "order.redirected", order.pk, later(nine, hours=2), **end)
    assert "of=ended" in shown()
    assert "of=open" not in shown()
    for of, count in (("made", 2), ("ended", 2), ("open", 0)):
        listed = site.get("supervisor", f"/proceedings/{number}/orders/?of={of}").content.decode()
        assert sum(f"/orders/{order.number}/" in listed for order in (one, two)) == count
    assert site.get("supervisor", f"/proceedings/{number}/orders/?of=all").status_code == 404
    do(jinan, "leader", "leader_session.reported", root, then, **told)
    assert Entry.objects.get(proceeding=root, action="leader_session.reported").payload["closed"] == 2
    assert not fresh(Proceeding.objects.get(pk=root)).is_open


def test_c09_an_order_outside_its_hours_or_not_by_telephone_is_none_of_its(jinan: Cast, nine: datetime) -> None:
    root, end = planned(jinan, nine), later(nine, hours=2)
    wrong = [
        jinan.register(later(nine, minutes=-1)),
        jinan.register(later(nine, hours=2, minutes=1)),
        jinan.register(later(nine, minutes=10), channel="web"),
    ]
    good = [jinan.register(at) for at in (nine, end)]
    said = {"calls": 9, "summary": "集中反映供暖。", "due": later(nine, days=9)}
    after = later(nine, hours=3)
    for order in wrong:
        names = [order.number, good[0].number]
        found = problems(jinan, "supervisor", "leader_session.held", root, after, numbers=names, **said)
        assert order.number in found["numbers"]
        assert good[0].number not in found["numbers"]
    few = said | {"calls": 1, "numbers": [order.number for order in good]}
    assert set(problems(jinan, "supervisor", "leader_session.held", root, after, **few)) == {"calls"}
    early = said | {"numbers": []}
    assert "还没有结束" in problems(jinan, "supervisor", "leader_session.held", root, later(nine, hours=1), **early)[""]
    # As many orders as calls, at both ends of its hours.
    held(jinan, root, after, *(order.number for order in good), calls=2)


def test_c09_no_order_is_claimed_by_two_sessions_and_none_is_planned_afterwards(jinan: Cast, nine: datetime) -> None:
    first, second = planned(jinan, nine), planned(jinan, nine, leader="李副市长", office="副市长")
    order, after = jinan.register(later(nine, minutes=5)), later(nine, hours=3)
    held(jinan, first, after, order.number)
    said = {"numbers": [order.number], "calls": 5, "summary": "集中反映供暖。", "due": later(nine, days=9)}
    told = problems(jinan, "supervisor", "leader_session.held", second, after, **said)["numbers"]
    assert order.number in told
    assert Proceeding.objects.get(pk=first).number in told
    held(jinan, second, after, calls=3)
    plan = {"leader": "张市长", "office": "市长", "text": "冬季供暖保障。"}
    for begins, until in ((nine, later(nine, hours=2)), (later(after, hours=2), later(after, hours=1))):
        times = {"begins_at": begins, "until": until}
        assert set(problems(jinan, "supervisor", "leader_session.planned", None, after, **plan, **times)) == {"until"}
    night = {"begins_at": later(after, hours=1), "until": later(after, days=1)}
    assert set(problems(jinan, "supervisor", "leader_session.planned", None, after, **plan, **night)) == {"until"}
    assert problems(jinan, "agent", "leader_session.planned", None, after, **plan, **night)


# --- C14 --------------------------------------------------------------------------------------
def test_c14_all_agents_are_trained_in_batches_and_who_is_not_stays_listed(jinan: Cast, nine: datetime) -> None:
    jinan.post("agent2", "centre", "agent", "二班坐席")
    root, then = course(jinan, nine), later(nine, hours=2)
    sat(jinan, root, then, "agent", "agent2:b")
    last = Entry.objects.filter(proceeding=root).latest("number").payload
    names = [jinan.staff[who].name for who in ("agent:b", "agent2")]
    assert (last["share"], last["missing"]) == ("应训 4 名，已训 2 名", "、".join(names))
    site = Site(jinan)
    listed = site.get("supervisor", "/proceedings/?kind=line_training&view=open").content.decode()
    assert all(text in listed for text in ("12322", last["share"], names[0]))
    left = problems(jinan, "supervisor", "line_training.finished", root, then)[""]
    assert left == f"还有 2 名话务员没有培训：{'、'.join(names)}"
    sat(jinan, root, later(then, days=1), "agent:b", "agent2")
    assert Entry.objects.filter(proceeding=root).latest("number").payload["missing"] == "无"
    # Whoever joins before it is over is to be trained too; whoever is gone for good is not waited for.
    jinan.post("agent3", "centre", "agent", "三班坐席")
    assert "还有 2 名" in problems(jinan, "supervisor", "line_training.finished", root, later(then, days=2))[""]
    for who in ("agent3", "agent3:b"):
        Absence.objects.create(staff=jinan.staff[who], start=nine, end=None)
    do(jinan, "supervisor", "line_training.finished", root, later(then, days=2))
    assert differences() == []


def test_c14_nobody_counts_who_was_not_there_and_nobody_twice(jinan: Cast, nine: datetime) -> None:
    root, then = course(jinan, nine), later(nine, hours=2)

    def refused(*came: str, **changes: Any) -> set[str]:
        before = Entry.objects.count()
        with pytest.raises(Refused) as found:
            sat(jinan, root, then, *came, **changes)
        assert Entry.objects.count() == before
        return set(found.value.problems)

    assert refused("dispatcher") == {"came"}
    assert refused("agent", sat_at=later(then, hours=1)) == {"sat_at"}
    assert refused("agent", sat_at=later(nine, days=-1)) == {"sat_at"}
    Absence.objects.create(staff=jinan.staff["agent:b"], start=nine, end=later(nine, days=1))
    assert refused("agent:b") == {"came"}, "who is on leave was not there"
    sat(jinan, root, then, "agent")
    assert refused("agent") == {"came"}, "nobody makes two of one"
    after = later(nine, days=2)
    said = {"sat_at": after, "came": [jinan.staff["agent:b"].pk], "summary": "讲解并演练。"}
    assert set(problems(jinan, "supervisor", "line_training.sat", root, after, **said)) == {"files"}
    for changes in ({"line": "一二三二二"}, {"begins_at": nine}, {"due": nine}):
        with pytest.raises(Refused):
            course(jinan, nine, **changes)
    with pytest.raises(Refused, match="您的岗位不能"):
        do(jinan, "agent", "line_training.finished", root, then)


def test_c09_c14_c60_c66_the_book_says_that_they_are_held() -> None:
    said = "\n".join(explain(policy.find("jinan-cg"), all_served()))
    for words in ("领导接听：", "联动培训：", "领导小组：组长", "所设专人已不在岗"):
        assert words in said
    assert held_rows(policy.find("jinan-cg"), all_served()) >= {"C09", "C14", "C60", "C66"}


def test_c09_c60_at_the_desk(jinan: Cast) -> None:
    site = Site(jinan)
    url = "/proceedings/new/leading_group.formed/"
    page = site.get("principal@town", url).content.decode()
    assert "专人（具体负责）" in page
    assert "第几版" not in page
    wrong = send(site, "principal@town", url, measures="", since="2026-11-20T09:00")
    assert wrong.status_code == 422
    assert "请填写本项" in wrong.content.decode()
    assert "接听领导" in site.get("supervisor", "/proceedings/new/leader_session.planned/").content.decode()
    assert site.get("clerk@town", "/proceedings/new/leader_session.planned/").status_code == 403
