"""Checks of language and record, own figures, a line's contacts, search by line, a patrol's page and what the centre is
told of two results (C32, C23, C06, C22, C21), at a centre that lives under the rule book of Jinan."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from tests.cast import Cast, later, make_cast, request, shanghai
from tests.desk.test_attachments import PNG
from tests.desk.web import Site
from tests.orders.stages import PAYLOADS, reach
from tests.proceedings.handovers import shifts
from tests.proceedings.language import OBJECTION, UPHELD, checks, contacts, drawn, found, marks, roster, taken
from tests.proceedings.stages import differences, do
from tests.rulebooks import Shelf, tables

from lianxin.directory.models import Post, Staff
from lianxin.duties import language_draws
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Attachment, Entry, Notice
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding
from lianxin.rules import draws, periods
from lianxin.rules.policy import PolicyError

pytestmark = pytest.mark.django_db


@pytest.fixture
def jinan(db: None) -> Cast:
    return make_cast("jinan", "jinan-cg")


@pytest.fixture
def now() -> datetime:
    """A Wednesday long past, so that what is asked today lies after it."""
    return shanghai("2026-11-04 10:00")


def said(root: Proceeding) -> dict[str, Any]:
    """What the draw says of itself."""
    return Entry.objects.get(proceeding=root, number=1).payload


def no(cast: Cast, who: str, verb: str, root: Proceeding, at: datetime, **payload: Any) -> dict[str, str]:
    """What it is refused for; nothing is in the ledger of it."""
    before = Entry.objects.count()
    with pytest.raises(Refused) as found_:
        do(cast, who, f"language_check.{verb}", root.pk, at, **payload)
    assert Entry.objects.count() == before
    return found_.value.problems


# --- C32 --------------------------------------------------------------------------------------
def test_c32_records_of_each_agent_are_drawn_by_lot_and_anyone_can_repeat_it(jinan: Cast, now: datetime) -> None:
    jinan.post("agent2", "centre", "agent", "马坐席")
    of_first = taken(jinan, now, 6)
    other = jinan.actor("agent2").staff
    one = jinan.do("agent2", "order.registered", None, later(now, days=-6), **request()).order
    assert language_draws.run(now) == 3, "two of the first agent, the only one of the second"
    roots = list(Proceeding.objects.filter(kind="language_check").order_by("pk"))
    mine = [root for root in roots if said(root)["agent"] != other]
    assert {tuple(said(root)["pool"]) for root in mine} == {tuple(sorted(of_first))}
    seed = said(mine[0])["seed"]
    assert [said(root)["numbers"][0] for root in mine] == list(draws.draw(of_first, seed, 2))
    (theirs,) = [root for root in roots if said(root)["agent"] == other]
    assert said(theirs)["orders"] == [one]
    assert {root.owner_person_id for root in roots} == {jinan.staff["supervisor"].pk}
    assert language_draws.run(later(now, minutes=1)) == 0, "a week is drawn once"
    assert differences() == []


def test_c32_the_agent_sees_his_own_and_nobody_elses_and_may_object(jinan: Cast, now: datetime) -> None:
    jinan.post("agent2", "centre", "agent", "马坐席")
    site = Site(jinan)
    root = drawn(jinan, now)[0]
    page = f"/proceedings/{root.number}/"
    assert site.get("agent", page).status_code == 404, "not while it is not judged yet"
    do(jinan, "supervisor", "language_check.checked", root.pk, now, **found("record"))
    text = site.get("agent", page).content.decode()
    assert "记录完整准确：不符合" in text
    assert "没有记录发生的时间和楼号。" in text
    assert said(root)["seed"] in text
    for who in ("agent2", "dispatcher", "callback", "auditor"):
        assert site.get(who, page).status_code == 404, who
        assert root.number not in site.get(who, "/proceedings/?view=all").content.decode()
    assert Notice.objects.filter(proceeding=root, staff=jinan.staff["agent"]).exists(), "he is told"
    assert not Notice.objects.filter(proceeding=root, staff=jinan.staff["agent2"]).exists()
    do(jinan, "agent", "language_check.objected", root.pk, later(now, days=1), **OBJECTION)
    do(jinan, "leader", "language_check.changed", root.pk, later(now, days=1), marks=marks(), reason="录音属实，改判。")
    root.refresh_from_db()
    assert (root.state, root.outcome) == ("changed", "met")
    assert "改判" in site.get("agent", page).content.decode()
    assert differences() == []


def test_c32_nobody_judges_himself_and_the_checker_does_not_decide_the_objection(jinan: Cast, now: datetime) -> None:
    root = drawn(jinan, now)[0]
    # The agent stands in for the supervisor.
    jinan.posts["supervisor"].holder_a = jinan.staff["agent"]
    jinan.posts["supervisor"].save()
    assert "本人" in no(jinan, "supervisor", "checked", root, now, **found())[""]
    do(jinan, "leader", "language_check.checked", root.pk, now, **found("tone"))
    do(jinan, "agent", "language_check.objected", root.pk, later(now, hours=1), **OBJECTION)
    assert "本人" in no(jinan, "supervisor", "upheld", root, later(now, hours=2), **UPHELD)[""]
    assert "原质检人" in no(jinan, "leader", "upheld", root, later(now, hours=2), **UPHELD)[""]
    changed = {"marks": marks(), "reason": "录音属实，予以改判。"}
    assert "原质检人" in no(jinan, "leader", "changed", root, later(now, hours=2), **changed)[""]
    jinan.post("supervisor2", "centre", "supervisor", "另一督办员")
    do(jinan, "supervisor2", "language_check.upheld", root.pk, later(now, hours=3), **UPHELD)


def test_c32_nobody_picks_a_record_skips_an_item_or_objects_too_late(jinan: Cast, now: datetime) -> None:
    root, second = drawn(jinan, now)
    order = taken(jinan, now, 1)[0]
    opening = said(root) | {"numbers": [order]}
    with pytest.raises(Refused):
        do(jinan, "supervisor", "language_check.drawn", None, now, **opening)
    assert Site(jinan).get("supervisor", "/proceedings/new/language_check.drawn/").status_code == 404
    for wrong in (marks()[:3], [*marks(), marks()[0]], [{"item": "made_up", "met": True}]):
        assert "marks" in no(jinan, "supervisor", "checked", root, now, marks=wrong)
    assert "findings" in no(jinan, "supervisor", "checked", root, now, marks=marks("words"))
    do(jinan, "supervisor", "language_check.checked", root.pk, now, **found("words"))
    do(jinan, "supervisor", "language_check.checked", second.pk, now, **found())
    jinan.post("agent2", "centre", "agent", "马坐席")
    assert "本人" in no(jinan, "agent2", "objected", root, later(now, hours=1), **OBJECTION)[""]
    # Wednesday and three working days: until the end of Monday.
    assert "已经过了" in no(jinan, "agent", "objected", root, later(now, days=6), **OBJECTION)[""]
    do(jinan, "agent", "language_check.objected", root.pk, later(now, days=5), **OBJECTION)
    same = {"marks": marks("words"), "reason": "再次听取录音。"}
    assert "marks" in no(jinan, "leader", "changed", root, later(now, days=5), **same)
    do(jinan, "leader", "language_check.upheld", root.pk, later(now, days=5), **UPHELD)
    # Decided once for all.
    assert no(jinan, "agent", "objected", root, later(now, days=5), **OBJECTION)


def test_c32_must_not_bite_where_no_rule_asks_and_what_is_asked_is_the_packs(
    db: None, books: Shelf, now: datetime
) -> None:
    plain = make_cast("plain", "base")
    assert drawn(plain, now) == []
    asked = {"every": "month", "records": 1, "objection": "1 hours", "items": [{"code": "tone", "title": "语气"}]}
    cast = make_cast("own", "base")
    books.adopt(cast, lambda book: book.update(quality=asked))
    cast.register(later(now, days=-7))
    before = later(now, days=-5)
    assert language_draws.draw(cast.centre.pk, before) == 0, "nothing of a month is drawn before it is over"
    assert language_draws.draw(cast.centre.pk, now) == 1
    (root,) = Proceeding.objects.filter(centre=cast.centre, kind="language_check")
    assert "marks" in no(cast, "supervisor", "checked", root, now, **found())
    do(cast, "supervisor", "language_check.checked", root.pk, now, marks=[{"item": "tone", "met": True}])
    assert "语气：符合" in Site(cast).get("supervisor", f"/proceedings/{root.number}/").content.decode()
    assert "已经过了" in no(cast, "agent", "objected", root, later(now, hours=2), **OBJECTION)[""]


def test_c32_on_the_page_every_item_is_judged_and_nothing_typed_is_lost(jinan: Cast, now: datetime) -> None:
    site = Site(jinan)
    root = drawn(jinan, now)[0]
    address = f"/proceedings/{root.number}/language_check.checked/"
    form = site.get("supervisor", address).content.decode()
    for title in ("用语规范", "语气和蔼", "态度诚恳", "记录完整准确"):
        assert title in form
    assert not re.search(r'name="marks-\w+"[^>]* checked', form), "nothing is preset"
    half = site.at("supervisor").post(
        address, {"marks-words": "true", "marks-tone": "false", "findings": "打断来电人。"}
    )
    text = half.content.decode()
    assert half.status_code == 422
    assert "态度诚恳、记录完整准确" in text
    assert "打断来电人。" in text
    assert len(re.findall(r'name="marks-\w+"[^>]* checked', text)) == 2, "what was chosen stays"
    whole = {f"marks-{mark['item']}": str(mark["met"]).lower() for mark in marks("tone")}
    done = site.at("supervisor").post(address, {**whole, "findings": "打断来电人。"})
    assert done.status_code in (302, 303)
    root.refresh_from_db()
    assert (root.state, root.outcome) == ("checked", "unmet")


def test_c32_every_step_is_replayed(jinan: Cast, now: datetime) -> None:
    checks(jinan, now)
    checked = Proceeding.objects.filter(kind="language_check")
    assert {*checked.values_list("state", flat=True)} == {"upheld", "changed"}
    assert differences() == []


# --- own figures ------------------------------------------------------------------------------
def figures(page: Any) -> dict[str, list[str]]:
    """The cells that stand after the heading of each line of the tables, by that heading, without tags."""
    assert page.status_code == 200
    rows = re.findall(r"<tr>(.*?)</tr>", page.content.decode(), re.S)
    found = {}
    for row in rows:
        after = re.findall(r"<td>(.*?)</td>", row.partition("</th>")[2], re.S)
        cells = [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in after]
        head = re.search(r'<th scope="row">(.*?)</th>', row, re.S)
        if head:
            found[head[1].strip()] = cells
    return found


def behind(site: Site, who: str, page: Any, title: str) -> list[str]:
    """The numbers of the orders behind the first number of a line."""
    text = page.content.decode()
    row = re.search(rf'<th scope="row">{title}</th>(.*?)</tr>', text, re.S)
    assert row
    link = re.search(r'href="([^"]+)"', row[1])
    assert link
    answer = site.get(who, link[1].replace("&amp;", "&"))
    assert answer.status_code == 200
    return sorted(re.findall(r"/orders/([\w-]+)/", answer.content.decode()))


def worked(cast: Cast) -> tuple[list[Order], list[Order]]:
    """An agent took in three requests this morning and one last week, of which he answered one; another one; the
    dispatcher sent two, one of them too late."""
    cast.post("agent2", "centre", "agent", "马坐席")
    Staff.objects.filter(pk=cast.staff["agent2"].pk).update(name="马坐席")
    cast.staff["agent2"].refresh_from_db()
    at = later(timezone.now(), hours=-1)
    mine = [cast.register(at) for _ in range(3)]
    cast.register(later(at, days=-7))
    told = {"told": "已告知供暖期为11月15日至次年3月15日。", "grounds": "none"}
    cast.do("agent", "order.answered", mine[0].pk, at, **told)
    cast.do("agent2", "order.registered", None, at, **request())
    cast.dispatch(mine[1], later(at, minutes=3), "heat")
    cast.dispatch(mine[2], later(at, minutes=8), "heat")
    return mine, mine[1:]


def test_each_sees_his_own_figures_and_the_orders_that_they_count(jinan: Cast) -> None:
    site = Site(jinan)
    mine, sent = worked(jinan)
    page = site.get("agent", "/own/")
    shown = figures(page)
    assert shown["本人登记量"] == ["3", "3", "4"]
    assert shown["直接答复率"][0] == "33.33% 1/3"
    assert shown["质检合格率"] == ["- 0/0"] * 3, "nothing divided by nothing is nothing"
    assert behind(site, "agent", page, "本人登记量") == sorted(order.number for order in mine)
    assert figures(site.get("agent2", "/own/"))["本人登记量"] == ["1", "1", "1"]
    page = site.get("dispatcher", "/own/")
    shown = figures(page)
    assert shown["及时派单率"][0] == "50.00% 1/2"
    assert shown["首派准确率"][0] == "100.00% 2/2"
    assert behind(site, "dispatcher", page, "计时派单量") == sorted(order.number for order in sent)
    assert figures(site.get("callback", "/own/"))["本人回访量"] == ["0", "0", "0"]


def test_what_was_coordinated_is_not_in_the_five_minutes_and_a_call_back_counts(jinan: Cast) -> None:
    site, at = Site(jinan), later(timezone.now(), hours=-3)
    reach(jinan, "called_back", at)
    shown = figures(site.get("callback", "/own/"))
    assert shown["本人回访量"][2] == "1"
    assert shown["及时回访率"][2] in ("100.00% 1/1", "- 0/0")
    before = figures(site.get("dispatcher", "/own/"))["计时派单量"][0]
    order = jinan.register(at)
    asked = PAYLOADS["order.coordinated"](jinan, order)
    do(jinan, "dispatcher", "order.coordinated", order.pk, later(at, minutes=1), **asked)
    root = Proceeding.objects.get(kind="coordination")
    ruled = {"shares": [{"unit": jinan.units["heat"].pk, "role": "lead"}], "basis": "law", "basis_text": "《供热条例》"}
    ruled |= {"reason": "换热站产权属热力公司。", "catalogue": "no", "why_not": "只此一例，不再发生。"}
    do(jinan, "supervisor", "coordination.ruled", root.pk, later(at, minutes=30), **ruled)
    order.refresh_from_db()
    assert order.state == "dispatched"
    assert figures(site.get("dispatcher", "/own/"))["计时派单量"][0] == before


def test_language_checks_count_for_their_agent_and_an_objection_that_was_granted_counts(
    jinan: Cast, now: datetime
) -> None:
    site, at = Site(jinan), timezone.now()
    first, second = drawn(jinan, at)
    do(jinan, "supervisor", "language_check.checked", first.pk, at, **found("tone"))
    do(jinan, "supervisor", "language_check.checked", second.pk, at, **found())
    page = site.get("agent", "/own/")
    assert figures(page)["质检合格率"][0] == "50.00% 1/2"
    text = page.content.decode()
    assert text.count("提出异议</a>") == 2
    address = f"/proceedings/{first.number}/language_check.objected/"
    assert address in text
    done = site.at("agent").post(address, OBJECTION)
    assert done.status_code == 302
    do(
        jinan,
        "leader",
        "language_check.changed",
        first.pk,
        timezone.now(),
        marks=marks(),
        reason="录音属实，予以改判。",
    )
    page = site.get("agent", "/own/")
    assert figures(page)["质检合格率"][0] == "100.00% 2/2"
    assert behind(site, "agent", page, "用语记录质检量") == sorted(said(root)["numbers"][0] for root in (first, second))


def test_whoever_has_the_shifts_of_a_post_stands_among_its_people(jinan: Cast) -> None:
    team = shifts(jinan, timezone.now(), "agent")
    shown = figures(Site(jinan).get("supervisor", "/own/people/?span=day"))
    assert {jinan.staff["agent"].name, *(who.name for who in team)} <= shown.keys()


def test_nobody_sees_what_another_did_but_supervisor_and_leader(jinan: Cast) -> None:
    site = Site(jinan)
    worked(jinan)
    people = site.get("supervisor", "/own/people/?span=day")
    shown = figures(people)
    agent, other = jinan.staff["agent"].name, jinan.staff["agent2"].name
    assert shown[agent][0] == "3"
    assert shown[other][0] == "1"
    assert site.get("leader", "/own/people/").status_code == 200
    assert site.get("supervisor", "/own/", follow=True).redirect_chain, "he has none of his own"
    links = re.findall(r'href="(/own/orders/[^"]+)"', people.content.decode())
    of_other = next(link for link in links if f"person={jinan.staff['agent2'].pk}" in link).replace("&amp;", "&")
    assert site.get("supervisor", of_other).status_code == 200
    for who in ("agent", "dispatcher", "callback", "auditor", "clerk@town"):
        assert site.get(who, of_other).status_code == 404, who
        assert site.get(who, "/own/people/").status_code == 403, who
    for who in ("auditor", "clerk@town", "analyst"):
        assert site.get(who, "/own/").status_code == 403, who
    # Nor by the page of first dispatches.
    name = jinan.staff["dispatcher"].name
    assert name in figures(site.get("supervisor", "/figures/first/"))
    assert name in figures(site.get("dispatcher", "/figures/first/"))
    assert name not in figures(site.get("agent", "/figures/first/"))
    week = periods.of("week", timezone.now()).code
    key = f"/bulletins/{week}/orders/?key=first_sent.dispatcher.{jinan.staff['dispatcher'].pk}"
    assert site.get("supervisor", key).status_code == 200
    assert site.get("agent", key).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "of=accepted&period=2026-11&person={me}",
        "of=made_up&period=2026-11&person={me}",
        "of=taken&period=2026-13&person={me}",
        "of=taken&period=9999-12&person={me}",
        "of=taken&period=&person={me}",
        "of=taken&period=2026-11&person=",
        "of=taken&period=2026-11&person=99999999999999999999",
        "of=taken&period=2026-11&person={me}&at=soon",
    ],
)
def test_what_is_no_number_of_the_person_is_not_there(jinan: Cast, query: str) -> None:
    assert Site(jinan).get("agent", f"/own/orders/?{query.format(me=jinan.staff['agent'].pk)}").status_code == 404


def test_which_figures_are_shown_is_the_packs_and_costs_the_same_however_many_there_are(
    db: None, books: Shelf, django_assert_max_num_queries: Any
) -> None:
    plain = make_cast("plain", "base")
    site = Site(plain)
    assert site.get("agent", "/own/").status_code == 403
    assert "/own/" not in site.get("agent", "/").content.decode()
    own = [{"post": "agent", "of": ["taken_answered"]}, {"post": "patrol", "of": ["taken"]}]
    books.adopt(plain, lambda book: book["figures"].update(own=own))
    worked(plain)
    assert figures(site.get("agent", "/own/")) == {"本人直接答复量": ["1", "1", "1"]}
    assert site.get("dispatcher", "/own/").status_code == 403
    assert "/own/" in site.get("agent", "/").content.decode()
    assert "/own/" in site.get("agent", "/me/").content.decode()
    jinan = make_cast("jinan", "jinan-cg")
    worked(jinan)
    drawn(jinan, timezone.now(), 30)
    site = Site(jinan)
    for who, address in (("agent", "/own/"), ("dispatcher", "/own/"), ("supervisor", "/own/people/?span=month")):
        site.get(who, address)
        with django_assert_max_num_queries(24):
            assert site.get(who, address).status_code == 200


def test_own_figures_that_are_not_counted_by_person_are_refused(db: None, books: Shelf) -> None:
    for own, said_ in (
        ({"post": "agent", "of": ["handled"]}, "handled"),
        ({"post": "clerk", "of": ["taken"]}, "clerk"),
        ({"post": "agent", "of": ["closing_rate"]}, "closing_rate"),
    ):
        book = tables("base")
        book["figures"]["own"] = [own]
        with pytest.raises(PolicyError) as refused:
            books.put(book)
        assert said_ in str(refused.value)


# --- C23 --------------------------------------------------------------------------------------
def test_c23_whom_to_turn_to_stands_beside_each_order_of_the_line(jinan: Cast, now: datetime) -> None:
    site = Site(jinan)
    order = jinan.register(now, source="taiwan")
    address = f"/orders/{order.number}/"
    assert "联络人" not in site.get("agent", address).content.decode(), "nobody is named yet"
    root = roster(jinan, now)
    name = jinan.staff["clerk@bureau"].name
    text = site.get("agent", address).content.decode()
    assert name in text
    assert "先电话联系，当日书面告知。" in text
    assert "第1版" in text
    then = later(now, days=1)
    do(jinan, "leader", "line_contacts.renewed", root.pk, then, **contacts(jinan, then, "clerk@heat"))
    text = site.get("agent", address).content.decode()
    assert jinan.staff["clerk@heat"].name in text
    assert name not in text
    page = site.get("supervisor", f"/proceedings/{root.number}/").content.decode()
    assert name in page, "the former composition is still read"
    assert "台胞服务热线（12345）" in page
    # Whoever has left since is marked.
    Post.objects.filter(pk=jinan.posts["clerk@heat"].pk).update(holder_a=jinan.staff["clerk@town"])
    assert "已不在岗" in site.get("agent", address).content.decode()
    assert differences() == []


def test_c23_must_not_bite_on_other_orders_and_outside_the_centre(jinan: Cast, now: datetime) -> None:
    site = Site(jinan)
    roster(jinan, now, "clerk@town")
    other = jinan.register(now)
    assert "联络人" not in site.get("agent", f"/orders/{other.number}/").content.decode()
    order = jinan.register(now, source="taiwan")
    jinan.dispatch(order, now, "town")
    assert "联络人" not in site.get("clerk@town", f"/orders/{order.number}/").content.decode()
    root = Proceeding.objects.get(kind="line_contacts")
    do(jinan, "leader", "line_contacts.withdrawn", root.pk, later(now, days=1), reason="热线并入其他热线。")
    assert "联络人" not in site.get("agent", f"/orders/{order.number}/").content.decode()


def test_c23_no_second_roster_no_name_from_yesterday_and_no_line_that_is_none(jinan: Cast, now: datetime) -> None:
    def problems(verb: str, root: int | None, at: datetime, **payload: Any) -> set[str]:
        with pytest.raises(Refused) as caught:
            do(jinan, "supervisor", f"line_contacts.{verb}", root, at, **payload)
        return {*caught.value.problems}

    for level in ("county", "patrol", "made_up"):
        assert problems("drawn_up", None, now, level=level, **contacts(jinan, now)) == {"level"}
    Staff.objects.filter(pk=jinan.staff["clerk@heat"].pk).update(is_active=False)
    gone = contacts(jinan, now, "clerk@heat")
    assert "people" in problems("drawn_up", None, now, level="taiwan", **gone)
    future = contacts(jinan, now, since=later(now, days=1))
    assert problems("drawn_up", None, now, level="taiwan", **future) == {"since"}
    root = roster(jinan, now)
    assert problems("drawn_up", None, later(now, days=1), level="taiwan", **contacts(jinan, now)) == {"level"}
    assert problems("renewed", root.pk, later(now, days=1), **contacts(jinan, now)) == {"since"}
    roster(jinan, now, level="ip")


# --- C06 --------------------------------------------------------------------------------------
def numbers(page: Any) -> list[str]:
    """The orders that a page lists, as it lists them."""
    assert page.status_code == 200
    return re.findall(r'class="lx-open" href="/orders/([\w-]+)/"', page.content.decode())


def test_c06_orders_are_found_by_their_line_and_the_address_keeps_it(jinan: Cast, now: datetime) -> None:
    site = Site(jinan)
    older, newer = (jinan.register(now, source="ip") for _ in range(2))
    other = jinan.register(now)
    page = site.get("agent", "/search/")
    assert "知识产权热线（12330）" in page.content.decode()
    assert numbers(page) == []
    asked = site.at("agent").post("/search/", {"q": "", "source": "ip"})
    assert asked.headers["Location"] == "/search/?source=ip"
    page = site.get("agent", "/search/?source=ip")
    assert numbers(page) == [newer.number, older.number]
    assert re.search(r'value="ip" selected', page.content.decode())
    assert numbers(site.get("agent", f"/search/?source=ip&before={newer.pk}")) == [older.number]
    assert numbers(site.get("agent", "/search/?source=taiwan")) == []
    # With something else besides: both hold.
    both = site.at("agent").post("/search/", {"q": other.number, "source": "ip"})
    assert numbers(site.get("agent", both.headers["Location"])) == []
    both = site.at("agent").post("/search/", {"q": older.number, "source": "ip"})
    assert numbers(site.get("agent", both.headers["Location"])) == [older.number]


def test_c06_what_is_corrected_into_another_line_is_found_there(jinan: Cast, now: datetime) -> None:
    site, order = Site(jinan), jinan.register(now, source="ip")
    jinan.do(
        "dispatcher",
        "order.corrected",
        order.pk,
        later(now, minutes=1),
        source="taiwan",
        note="来电人自称台胞。",
    )
    assert numbers(site.get("agent", "/search/?source=ip")) == []
    assert numbers(site.get("agent", "/search/?source=taiwan")) == [order.number]


def test_c06_nobody_finds_by_a_line_what_is_not_his_to_see(jinan: Cast, now: datetime) -> None:
    site, stranger = Site(jinan), make_cast("stranger", "jinan-cg")
    order = jinan.register(now, source="ip")
    theirs = stranger.register(now, source="ip")
    assert numbers(site.get("agent", "/search/?source=ip")) == [order.number]
    assert numbers(Site(stranger).get("agent", "/search/?source=ip")) == [theirs.number]
    units = site.get("clerk@town", "/search/?source=ip")
    assert numbers(units) == []
    assert 'name="source"' not in units.content.decode()
    wrong = site.get("agent", "/search/?source=made_up")
    assert "没有这个来源" in wrong.content.decode()
    assert numbers(wrong) == []
    assert numbers(site.get("agent", "/search/?source=ip&before=x")) == [order.number]


def test_c06_a_line_with_very_many_orders_costs_no_more_and_goes_by_its_index(
    jinan: Cast, now: datetime, django_assert_max_num_queries: Any
) -> None:
    site = Site(jinan)
    for _ in range(52):
        jinan.register(now, source="ip")
    site.get("agent", "/search/?source=ip")
    with django_assert_max_num_queries(12):
        page = site.get("agent", "/search/?source=ip")
    assert len(numbers(page)) == 50
    more = re.search(r'href="(\?source=ip&amp;before=\d+)"', page.content.decode())
    assert more
    assert len(numbers(site.get("agent", "/search/" + more[1].replace("&amp;", "&")))) == 2
    found = Order.objects.filter(centre=jinan.centre.pk, source="ip").order_by("-pk")[:50]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "order_source" in found.explain()


# --- C22 --------------------------------------------------------------------------------------
FOUND = {
    "address": "柳岸花园 3 号楼东侧",
    "area": "大店镇",
    "category": "居民生活 › 供暖",
    "text": "换热站外管道漏水，路面结冰。",
    "cls": "help",
    "urgency": "urgent",
}


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("site.png", PNG, "image/png")


def test_c22_a_patrol_registers_what_it_finds_in_a_short_form(jinan: Cast) -> None:
    site = Site(jinan)
    home = site.get("patrol", "/").content.decode()
    assert 'href="/findings/"' in home
    assert 'href="/findings/new/"' in site.get("patrol", "/findings/").content.decode()
    form = site.get("patrol", "/findings/new/").content.decode()
    for title in ("地点", "区域", "分类", "发现的情况", "照片"):
        assert title in form
    for name in ("caller_phone", "told", "source", "channel", "requests", "upstream_number"):
        assert f'name="{name}"' not in form, name
    done = site.at("patrol").post("/findings/new/", {**FOUND, "files": picture()})
    assert done.status_code == 302
    order = Order.objects.get()
    assert (order.source, order.channel, order.urgency) == ("patrol", "patrol", "urgent")
    assert order.appeal.title == "换热站外管道漏水，路面结冰。"
    assert order.appeal.requests == [FOUND["text"]]
    assert Attachment.objects.filter(order=order).count() == 1
    page = site.get("patrol", "/findings/").content.decode()
    assert order.number in page
    assert "待派单" in page


def test_c22_he_sees_his_own_findings_alone_with_their_states(jinan: Cast, now: datetime) -> None:
    site = Site(jinan)
    jinan.post("patrol2", "centre", "patrol", "孙巡查")
    given = request(source="patrol", channel="patrol", caller=None)
    mine = Order.objects.get(pk=jinan.do("patrol", "order.registered", None, now, **given).order)
    theirs = Order.objects.get(pk=jinan.do("patrol2", "order.registered", None, now, **given).order)
    other = jinan.register(now)
    assert numbers(site.get("patrol", "/findings/")) == [mine.number]
    assert numbers(site.get("patrol2", "/findings/")) == [theirs.number]
    jinan.dispatch(mine, later(now, minutes=1), "heat")
    page = site.get("patrol", "/findings/").content.decode()
    assert "办理中" in page
    assert other.number not in page


def test_c22_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(jinan: Cast) -> None:
    site = Site(jinan)
    for wrong in ({"text": ""}, {"text": "漏"}, {"category": "没有这个分类"}, {"cls": ""}):
        answer = site.at("patrol").post("/findings/new/", FOUND | wrong)
        assert answer.status_code == 422, wrong
        text = answer.content.decode()
        assert "lx-err-msg" in text, wrong
        assert FOUND["address"] in text
    # Nobody makes another source of it, nor a caller.
    sent = FOUND | {"source": "ip", "channel": "phone", "caller_phone": "13900002086"}
    assert site.at("patrol").post("/findings/new/", sent).status_code == 302
    order = Order.objects.get()
    assert (order.source, order.channel) == ("patrol", "patrol")
    assert not order.caller.phone


def test_c22_a_word_and_then_the_rest_on_the_next_line_is_enough(jinan: Cast) -> None:
    text = "漏水\r\n换热站外管道漏水，路面结冰。"
    answer = Site(jinan).at("patrol").post("/findings/new/", FOUND | {"text": text})
    assert answer.status_code == 302
    assert Order.objects.get().appeal.title == "漏水 换热站外管道漏水，路面结冰。"


def test_c22_must_not_bite_where_no_source_is_theirs_on_the_page(jinan: Cast) -> None:
    site, plain = Site(jinan), Site(make_cast("plain", "base"))
    for where, who in ((site, "agent"), (site, "clerk@town"), (plain, "patrol")):
        assert "/findings/" not in where.get(who, "/").content.decode()
        assert where.get(who, "/findings/").status_code == 403
        assert where.get(who, "/findings/new/").status_code == 403
        assert where.at(who).post("/findings/new/", FOUND).status_code == 403
    assert not Order.objects.exists()


def test_c22_the_list_costs_the_same_however_many_there_are(
    jinan: Cast, now: datetime, django_assert_max_num_queries: Any
) -> None:
    site, given = Site(jinan), request(source="patrol", channel="patrol", caller=None)
    for _ in range(51):
        jinan.do("patrol", "order.registered", None, now, **given)
    site.get("patrol", "/findings/")
    with django_assert_max_num_queries(12):
        page = site.get("patrol", "/findings/")
    assert len(numbers(page)) == 50
    more = re.search(r'href="(\?before=\d+)"', page.content.decode())
    assert more
    assert len(numbers(site.get("patrol", f"/findings/{more[1]}"))) == 1
