"""Who sees an order through a sight sees what the sight says, on every page, and nothing more."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.cast import Cast, body, request
from tests.desk.test_leaks import patterns, words_of
from tests.desk.web import Site
from tests.rulebooks import Shelf, Tables, shelf

from lianxin.desk import faces
from lianxin.ledger.acts import Act
from lianxin.ledger.attachments import Upload
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Journal, Notice
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Sight
from lianxin.proceedings.models import Proceeding

MARK, PHONE = "甲甲甲", "13911110001"
#: What the order says, by what it takes to see it.
WORDS = {
    "text": (f"标题{MARK}", f"内容{MARK}", f"事项{MARK}", f"地址{MARK}", f"告知{MARK}", f"进展{MARK}"),
    "files": (f"照片{MARK}",),
    "never": (f"欧阳{MARK}", PHONE, f"SJ{MARK}", f"更正{MARK}", f"意见{MARK}"),
}
LEVELS = {"progress": (), "text": ("text",), "files": ("text", "files")}


def do(cast: Cast, who: str, verb: str, order: Order | None, /, *files: Upload, **said: Any) -> Order:
    """An act of today, so that people are told of it."""
    act = Act(verb, cast.actor(who), timezone.now(), said, order=order.pk if order else None, files=files)
    return Order.objects.get(pk=record(act).order)


@pytest.fixture
def marked(base: Cast) -> Order:
    """An order with words that stand in no other, at work at the heating company; a body beside."""
    body(base)
    photo = Upload(f"照片{MARK}.png", b"\x89PNG\r\n\x1a\n" + MARK.encode())
    said = request(
        source="city",
        title=f"标题{MARK}水管漏水",
        text=f"内容{MARK}，联系欧阳{MARK}，电话{PHONE}。",
        requests=[f"事项{MARK}"],
        address=f"地址{MARK}",
        caller={"name": f"欧阳{MARK}", "phone": PHONE},
        told=f"告知{MARK}诉求人。",
        upstream_number=f"SJ{MARK}",
    )
    order = do(base, "agent", "order.registered", None, photo, **said)
    do(base, "dispatcher", "order.dispatched", order, shares=[{"unit": base.units["heat"].pk}], basis="law")
    do(base, "clerk@heat", "share.signed", order)
    do(base, "clerk@heat", "share.progressed", order, text=f"进展{MARK}，已联系欧阳{MARK}（{PHONE}）。")
    do(base, "agent", "order.caller_corrected", order, caller={"phone": PHONE}, reason=f"更正{MARK}号码")
    do(base, "clerk@heat", "inner.handled", order, text=f"意见{MARK}内部")
    return order


def show(cast: Cast, order: Order, what: str, **more: Any) -> Sight:
    do(cast, "supervisor", "order.shown", order, reason="partner", units=[cast.units["npc"].pk], what=what, **more)
    return Sight.objects.get(order=order, until=None)


def paths(order: Order) -> list[str]:
    """Every address of the desk, those about an order for this one, those about a verb for every verb."""
    found = []
    for pattern in patterns():
        names = set(pattern.pattern.converters)
        if pattern.name in ("login", "logout") or str(pattern.pattern).startswith("proceedings/<"):
            continue
        for action in faces.FACES if "action" in names else [""]:
            path = "/" + re.sub(r"<\w+:number>", order.number, str(pattern.pattern))
            path = re.sub(r"<\w+:action>", action, path).replace("<int:file>", str(order.attachments.get().pk))
            path = re.sub(r"<\w+:week>", "2026-W47", path)
            path = re.sub(r"<\w+:kind>", "unit", path)
            if "<" not in path:
                found.append(path)
    return found


def pages(client: Client, order: Order) -> dict[str, str]:
    """What each address shows to somebody, asked in every way."""
    found = {}
    typed = {"q": "13955556666", "caller_phone": "13955556666", "number": order.number, "reason": "试试能不能看到"}
    for path in paths(order):
        # Only pages with queues have a second, short form; a verb's page looks the same to htmx.
        short = [client.get(path, headers={"HX-Request": "true"})] if path.count("/") <= 3 else []
        answers = [client.get(path), *short, client.post(path, typed)]
        assert all(answer.status_code < 500 for answer in answers), path
        found[path] = "".join(words_of(answer) for answer in answers)
    return found


@pytest.mark.parametrize(
    ("who", "level", "confidential"),
    [
        ("npc_deputy@npc", "progress", False),
        ("clerk@npc", "text", False),
        ("npc_deputy@npc", "files", False),
        ("clerk@npc", "files", True),
    ],
)
def test_a_body_reads_on_all_pages_what_it_is_shown_and_nothing_else(
    base: Cast, marked: Order, who: str, level: str, confidential: bool
) -> None:
    Order.objects.filter(pk=marked.pk).update(confidential=confidential)
    show(base, marked, level)
    found, allowed = pages(Site(base).at(who), marked), () if confidential else LEVELS[level]
    for kind, words in WORDS.items():
        seen = {word for word in words if any(word in page for page in found.values())}
        assert seen == (set(words) if kind in allowed else set()), kind
    page = found[f"/orders/{marked.number}/"]
    assert marked.number in page
    assert "办理中" in page
    assert "热力公司" in page
    # Words stand on pages of this order and in the list of what is shown, nowhere else.
    others = {p for p, text in found.items() if MARK in text and not p.startswith(f"/orders/{marked.number}/")}
    assert others == ({"/shown/"} if allowed else set())


def test_a_file_is_handed_out_only_with_the_files(base: Cast, marked: Order) -> None:
    site, path = Site(base), f"/orders/{marked.number}/files/{marked.attachments.get().pk}/"
    for level, status in (("progress", 404), ("text", 404), ("files", 200)):
        given = show(base, marked, level)
        assert site.get("clerk@npc", path).status_code == status, level
        do(base, "supervisor", "order.hidden", marked, sight=given.pk)
    assert site.get("clerk@npc", path).status_code == 404


def test_it_is_found_by_its_number_alone(base: Cast, marked: Order) -> None:
    show(base, marked, "files")
    site = Site(base)

    def finds(who: str, typed: str) -> bool:
        site.at(who).post("/search/", {"q": typed})
        return f"/orders/{marked.number}/" in site.get(who, "/search/").content.decode()

    asked = [PHONE, PHONE[-4:], f"欧阳{MARK}", f"SJ{MARK}1", f"标题{MARK}水管漏水"]
    assert finds("clerk@npc", marked.number)
    assert [typed for typed in asked if finds("clerk@npc", typed)] == []
    assert finds("clerk@heat", PHONE)
    assert not finds("clerk@bureau", marked.number)


def test_a_letter_shows_no_words_of_an_order_that_is_only_shown(base: Cast, marked: Order) -> None:
    show(base, marked, "progress")
    said = {"level": "warn", "title": "督查函", "text": "请就所列工单提出督查意见。", "unit": base.units["npc"].pk}
    said |= {"numbers": [marked.number], "due": timezone.now() + timedelta(days=3)}
    record(Act("letter.sent", base.actor("supervisor"), timezone.now(), said))
    site, letter = Site(base), Proceeding.objects.get(kind="letter")
    for who, seen in (("clerk@npc", False), ("supervisor", True), ("clerk@npc", False)):
        page = site.get(who, f"/proceedings/{letter.number}/").content.decode()
        assert marked.number in page
        assert (f"标题{MARK}" in page) == seen, who
        assert ("向您开放查看的工单" in page) != seen
    given = Sight.objects.get(order=marked)
    do(base, "leader", "order.hidden", marked, sight=given.pk)
    assert "不在您的查看范围" in site.get("clerk@npc", f"/proceedings/{letter.number}/").content.decode()


def test_notices_say_no_words_of_what_is_only_shown(base: Cast, marked: Order) -> None:
    show(base, marked, "files")
    site = Site(base)
    assert Notice.objects.filter(order=marked, staff=base.staff["clerk@npc"]).exists()
    for path in ("/me/", "/me/bell/"):
        page = site.get("clerk@npc", path).content.decode()
        assert marked.number in page
        assert MARK not in page
    assert f"标题{MARK}" in site.get("clerk@heat", "/me/").content.decode()
    given = Sight.objects.get(order=marked)
    do(base, "leader", "order.hidden", marked, sight=given.pk)
    assert marked.number not in site.get("clerk@npc", "/me/").content.decode()


def test_each_opening_through_a_sight_is_a_line_of_the_journal(base: Cast, marked: Order) -> None:
    given = show(base, marked, "files")
    site = Site(base)
    site.get("clerk@heat", f"/orders/{marked.number}/")
    site.get("dispatcher", f"/orders/{marked.number}/")
    assert not Journal.objects.filter(action="sight.opened").exists()
    site.get("npc_deputy@npc", f"/orders/{marked.number}/")
    site.get("npc_deputy@npc", f"/orders/{marked.number}/preview/")
    file = marked.attachments.get().pk
    b"".join(site.get("npc_deputy@npc", f"/orders/{marked.number}/files/{file}/").streaming_content)
    lines = list(Journal.objects.filter(action="sight.opened").order_by("number"))
    assert [line.staff_id for line in lines] == [base.staff["npc_deputy@npc"].pk] * 3
    said = {"order": marked.number, "sight": given.pk, "reason": "partner", "post": base.posts["npc_deputy@npc"].pk}
    assert [line.payload for line in lines] == [
        {**said, "what": "order"},
        {**said, "what": "order"},
        {**said, "what": f"file:{file}"},
    ]


def test_the_centre_sees_to_whom_it_is_shown(base: Cast, marked: Order) -> None:
    show(base, marked, "text", role="npc_deputy")
    site = Site(base)
    assert "人大代表联系点人大代表" in site.get("leader", f"/orders/{marked.number}/").content.decode()
    assert "联动单位" not in site.get("clerk@heat", f"/orders/{marked.number}/preview/").content.decode()


def test_a_list_of_what_is_shown_costs_the_same_however_long_it_is(
    base: Cast, site: Site, django_assert_num_queries: Any
) -> None:
    body(base)

    def statements() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as found:
            assert site.get("clerk@npc", "/shown/").status_code == 200
        return len(found)

    site.get("clerk@npc", "/shown/")
    counted = []
    for _ in range(3):
        for _ in range(4):
            at = timezone.now()
            order = base.register(at, source="county")
            base.dispatch(order, at, "heat")
            base.do("leader", "order.shown", order.pk, at, reason="partner", units=[base.units["npc"].pk])
        counted.append(statements())
    assert len(set(counted)) == 1, counted


def test_the_list_goes_on_page_by_page(base: Cast, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lianxin.desk.glimpse.PAGE", 2)
    body(base)
    at, made = timezone.now(), []
    for n in range(5):
        order = base.register(at)
        to = {"people": [base.staff["clerk@npc"].pk]} if n % 2 else {"units": [base.units["npc"].pk]}
        base.do("leader", "order.shown", order.pk, at, reason="copy", **to)
        made.append(order.number)
    seen, path = [], "/shown/"
    while path:
        page = site.get("clerk@npc", path).content.decode()
        seen += re.findall(r'href="/orders/([\d-]+)/"', page)
        more = re.search(r'href="(/shown/\?before=\d+)"', page)
        path = more[1] if more else ""
    assert seen == made[::-1]


# --- E01 -------------------------------------------------------------------------------------
def named(cast: Cast, who: str) -> str:
    """A person as the form offers him."""
    person = cast.staff[who]
    return f"{person.name}（{person.unit.name}）"


def test_e01_a_deputy_reads_an_order_that_is_linked_to_him_and_says_his_opinion(base: Cast, site: Site) -> None:
    body(base)
    body(base, "npc2", "第二联系点")
    order = site.dispatched(text="来电人刘素芬（13900002086）反映家中室温只有 14℃，请求检修。")
    site.done("clerk@heat", order, "share.signed", share=order.shares.get().pk)
    page = f"/orders/{order.number}/"
    deputy = "npc_deputy@npc"
    assert site.get(deputy, page).status_code == 404
    site.done("supervisor", order, "order.shown", reason="partner", people=[named(base, deputy)], ground="代表约见选民")
    # He is told, finds it, reads it without its caller, and that he did is on record.
    assert order.number in site.get(deputy, "/me/").content.decode()
    home = site.get(deputy, "/", follow=True).content.decode()
    assert "柳岸花园 3 号楼暖气不热" in home
    read = site.get(deputy, page).content.decode()
    assert "室温只有 14℃" in read
    assert "139 **** 2086" in read
    assert "13900002086" not in read
    assert "刘素芬" not in read
    opened = Journal.objects.get(action="sight.opened")
    assert (opened.staff_id, opened.payload["order"]) == (base.staff[deputy].pk, order.number)
    # His opinion stands on the timeline of the centre and of the unit that handles it, who is told.
    site.done(deputy, order, "order.opinion", text="选民反映多次，建议一并更换老旧管网。")
    for who in ("dispatcher", "clerk@heat", deputy):
        shown = site.get(who, page).content.decode()
        assert "提出代表意见" in shown, who
        assert "一并更换老旧管网" in shown, who
    assert "一并更换老旧管网" in site.get("clerk@heat", "/me/").content.decode()
    assert Entry.objects.get(order=order, action="order.opinion").staff_id == base.staff[deputy].pk
    # Nothing else is his.
    offered = set(re.findall(rf'"{page}([a-z_.]+)/[^"]*"', site.get(deputy, page).content.decode()))
    assert offered == {"order.opinion"}
    for action in faces.in_order():
        if action != "order.opinion":
            assert site.get(deputy, f"{page}{action}/").status_code in (403, 409), action
    assert site.get(deputy, f"{page}slip/").status_code == 404
    # After the withdrawal there is no such order any more.
    given = Sight.objects.get(order=order)
    site.done("supervisor", order, "order.hidden", sight=str(given.pk))
    for path in (page, f"{page}preview/", f"{page}order.opinion/"):
        assert site.get(deputy, path).status_code == 404
    assert order.number not in site.get(deputy, "/shown/").content.decode()
    assert list(verify()) == []


def test_e01_it_does_not_bite_where_nothing_is_linked(base: Cast, site: Site) -> None:
    """An order that no deputy has to do with goes its way as ever: nobody is told, no page changes."""
    body(base)
    order = site.dispatched()
    page = site.get("clerk@heat", f"/orders/{order.number}/").content.decode()
    assert "order.opinion" not in page
    assert "开放查看" not in page
    assert not Sight.objects.exists()
    assert "没有向您开放查看的工单" in site.get("npc_deputy@npc", "/shown/").content.decode()


def test_e01_nobody_gets_round_it(base: Cast, site: Site) -> None:
    """Another station, a colleague, the number typed by hand, a form kept open beyond the withdrawal, an act sent by
    hand, and a post of the station that the link does not name."""
    body(base)
    body(base, "npc2", "第二联系点")
    order = site.dispatched()
    page, said = f"/orders/{order.number}/", {"text": "这件事应当这样办理。"}
    site.done("leader", order, "order.shown", reason="partner", units=["人大代表联系点"], role="npc_deputy")
    strangers = ("npc_deputy@npc2", "clerk@npc2", "clerk@npc", "principal@npc", "clerk@bureau")
    for who in strangers:
        assert site.get(who, page).status_code == 404, who
        assert site.at(who).post(f"{page}order.opinion/", said).status_code == 404, who
        assert order.number not in site.get(who, "/shown/").content.decode()
        site.at(who).post("/search/", {"q": order.number})
        assert page not in site.get(who, "/search/").content.decode()
    deputy = "npc_deputy@npc"
    kept = site.get(deputy, f"{page}order.opinion/").content.decode()
    key = re.search(r'name="key" value="([0-9a-f]{32})"', kept)
    assert key
    # Neither can he show it on, nor give himself more.
    for verb in ("order.shown", "order.hidden", "caller.unmasked"):
        assert site.at(deputy).post(f"{page}{verb}/", {"reason": "partner", "units": ["第二联系点"]}).status_code == 403
    site.done("leader", order, "order.hidden", sight=str(Sight.objects.get(order=order).pk))
    assert site.at(deputy).post(f"{page}order.opinion/", {**said, "key": key[1]}).status_code == 404
    assert not Entry.objects.filter(order=order, action="order.opinion").exists()


# --- rights that a pack gives ------------------------------------------------------------------
def test_a_body_scores_on_its_page_what_the_pack_gives_it_to_score(base: Cast, site: Site, tmp_path: Any) -> None:
    """posts.actions also, through the web."""
    body(base)

    def change(book: Tables) -> None:
        lent = {"action": "callback.recorded", "also": [{"post": "clerk", "unit": "npc"}]}
        book["posts"] = {**book["posts"], "actions": [lent]}

    order = site.dispatched()
    do(base, "leader", "order.shown", order, reason="copy", units=[base.units["npc"].pk])
    page = f"/orders/{order.number}/"
    assert "callback.recorded" not in site.get("clerk@npc", page).content.decode()
    books: Shelf
    with shelf(tmp_path) as books:
        books.adopt(base, change)
        assert "callback.recorded" in site.get("clerk@npc", page).content.decode()
        assert "callback.recorded" not in site.get("principal@npc", page).content.decode()
        graded = {"layer": "city", "reached": "true", "solved": "true", "result_grade": "satisfied"}
        site.done("clerk@npc", order, "callback.recorded", **graded, process_grade="satisfied")
    assert Entry.objects.filter(order=order, action="callback.recorded").count() == 1
