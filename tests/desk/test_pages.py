"""Every page for every post; what is shown, what is masked, what is refused and in which words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import CENTRE_POSTS, UNIT_POSTS, Cast, request
from tests.desk.web import INTAKE, REPLY, Site, share_of
from tests.orders.test_whole_life import walk

from lianxin.desk.models import Draft, Presence
from lianxin.directory.models import Absence, DemoLoading, Post
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Journal
from lianxin.orders.models import Order, Share

EVERYONE = [*CENTRE_POSTS, *(f"{role}@heat" for role in UNIT_POSTS), "clerk@village"]


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("who", EVERYONE)
def test_every_page_opens_for_every_post(site: Site, fill: Callable[[int], list[Order]], who: str) -> None:
    order = fill(2)[1]
    home = site.get(who, "/")
    assert home.status_code == 200
    for queue in re.findall(r'href="\?queue=(\w+)"', text(home)):
        assert site.get(who, f"/?queue={queue}").status_code == 200
    assert site.get(who, "/me/").status_code == 200
    assert site.get(who, "/search/").status_code == 200
    registers = who in ("agent", "dispatcher", "patrol", "leader")
    assert site.get(who, "/register/").status_code == (200 if registers else 403)
    sees = who not in ("admin", "patrol", "clerk@village")
    page = site.get(who, f"/orders/{order.number}/")
    assert page.status_code == (200 if sees else 404)
    assert site.get(who, f"/orders/{order.number}/preview/").status_code == (200 if sees else 404)
    for url in re.findall(rf'href="(/orders/{order.number}/[a-z._]+/[^"]*)"', text(page)):
        assert site.get(who, url.replace("&amp;", "&")).status_code == 200, url


def test_the_page_says_its_language_and_its_fonts(site: Site) -> None:
    page = text(site.get("agent", "/"))
    assert '<html lang="zh-CN"' in page
    assert "desk/tokens.css" in page


def test_who_fails_ten_times_waits_and_nobody_else_does(site: Site) -> None:
    def enter(password: str, place: str = "10.0.0.7") -> Any:
        form = {"username": "chenghe-agent-A", "password": password}
        return Client(REMOTE_ADDR=place).post("/login/", form)

    assert [enter("guess").status_code for _ in range(10)] == [200] * 9 + [429]
    refused = enter("pw")
    assert refused.status_code == 429
    assert "连续输错 10 次，请 15 分钟后再试" in text(refused)
    assert enter("pw", "10.0.0.8").status_code == 302


def test_the_administrations_door_is_the_same_one(site: Site) -> None:
    browser = Client()
    door = browser.get("/admin/", follow=True)
    assert "账号由本中心的系统管理员开设" in text(door)
    answer = browser.post(
        "/admin/login/?next=/admin/", {"username": "chenghe-admin-A", "password": "pw", "next": "/admin/"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    browser.post("/admin/logout/")
    assert list(Journal.objects.order_by("number").values_list("action", flat=True)) == ["signin", "signout"]
    assert site.at("agent").get("/admin/", follow=True).status_code == 200, "asked again, not sent in circles"


def test_signing_in_and_out_stand_in_the_journal(site: Site) -> None:
    browser = Client()
    answer = browser.post("/login/", {"username": "chenghe-agent-A", "password": "pw"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.get("/logout/").status_code == 405
    browser.post("/logout/")
    assert browser.get("/")["Location"].startswith("/login/")
    assert list(Journal.objects.order_by("number").values_list("action", "staff__username")) == [
        ("signin", "chenghe-agent-A"),
        ("signout", "chenghe-agent-A"),
    ]
    wrong = browser.post("/login/", {"username": "chenghe-agent-A", "password": "no"})
    assert "用户名或密码不对" in text(wrong)


def test_a_person_with_two_posts_chooses(site: Site) -> None:
    person = site.cast.staff["agent"]
    Post.objects.filter(pk=site.cast.posts["callback"].pk).update(holder_a=person)
    site.at("agent").post("/me/post/", {"post": site.cast.posts["callback"].pk})
    assert "待回访" in text(site.get("agent", "/"))
    site.at("agent").post("/me/post/", {"post": site.cast.posts["leader"].pk})
    assert "待回访" in text(site.get("agent", "/"))


def test_b_looks_while_a_is_there_and_acts_while_a_is_away(site: Site) -> None:
    order = site.dispatched()
    page = text(site.get("clerk@heat:b", f"/orders/{order.number}/"))
    assert "您以B角身份查看" in page
    assert "share.signed" not in page
    refused = site.at("clerk@heat:b").post(f"/orders/{order.number}/share.signed/")
    assert refused.status_code == 403
    assert "A角在岗" in text(refused)
    Absence.objects.create(staff=site.cast.staff["clerk@heat"], start=timezone.now() - timedelta(hours=1))
    site.done("clerk@heat:b", order, "share.signed")
    assert share_of(order).holder == site.cast.staff["clerk@heat:b"]


def test_someone_without_a_post_is_told_whom_to_ask(site: Site, base: Cast) -> None:
    Post.objects.filter(pk=base.posts["agent"].pk).update(holder_a=None)
    answer = site.get("agent", "/")
    assert answer.status_code == 403
    assert "系统管理员" in text(answer)


def test_c62_the_caller_is_masked_and_every_unmasking_is_on_record(site: Site) -> None:
    order = site.dispatched()
    path = f"/orders/{order.number}/"
    assert "139 **** 2086" in text(site.get("clerk@heat", path))
    form = text(site.get("clerk@heat", f"{path}caller.unmasked/"))
    key = re.search(r'name="key" value="(\w+)"', form)
    assert key
    typed = {"key": key[1], "reason": "约定上门时间"}
    shown = site.at("clerk@heat").post(f"{path}caller.unmasked/", typed)
    assert "13900002086" in text(shown)
    assert "no-store" in shown["Cache-Control"]
    again = site.at("clerk@heat").post(f"{path}caller.unmasked/", typed)
    assert "13900002086" not in text(again)
    assert Entry.objects.filter(order=order, action="caller.unmasked").count() == 1
    page = text(site.get("clerk@heat", path))
    assert "查看诉求人号码" in page
    assert "约定上门时间" in page
    assert "13900002086" not in page


def test_c62_a_confidential_caller_is_unknown_to_the_handling_unit(site: Site) -> None:
    order = site.dispatched(confidential="on")
    page = text(site.get("clerk@heat", f"/orders/{order.number}/"))
    assert "诉求人要求保密" in page
    assert "2086" not in page
    answer = site.do("clerk@heat", order, "caller.unmasked", reason="约定上门时间")
    assert answer.status_code == 409
    assert "请通过热线转接联系" in text(answer)
    site.at("clerk@heat").post("/search/", {"q": "13900002086"})
    assert order.number not in text(site.get("clerk@heat", "/search/"))


@pytest.mark.parametrize("question", ["13900002086", "139 0000 2086", "2086", "２０８６", "刘素芬"])
def test_search_finds_the_caller_and_keeps_no_number(site: Site, question: str) -> None:
    order = site.order()
    answer = site.at("callback").post("/search/", {"q": question})
    assert answer["Location"] == "/search/"
    page = text(site.get("callback", "/search/"))
    assert order.number in page
    assert "13900002086" not in page
    assert "13900002086" not in str(site.at("callback").session["search"])


def test_search_goes_by_the_index_of_the_caller(site: Site) -> None:
    """A telephone may be an order's number as well: that is no reason to read all orders."""
    site.at("dispatcher").post("/search/", {"q": "13900002086"})
    with CaptureQueriesContext(connection) as asked:
        site.get("dispatcher", "/search/")
    (sql,) = [query["sql"] for query in asked if "phone_hash" in query["sql"].partition(" WHERE ")[2]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql.replace('%', '%%')}")
        plan = str(cursor.fetchall())
    assert "caller_phone" in plan


def test_search_finds_an_order_whose_number_looks_like_a_telephone(site: Site) -> None:
    order = site.order(upstream_number="13900005555")
    site.at("agent").post("/search/", {"q": "13900005555"})
    assert order.number in text(site.get("agent", "/search/"))


def test_search_by_number_and_without_result(site: Site) -> None:
    order = site.order(upstream_number="SJ2026110588321")
    for question in (order.number, "SJ2026110588321"):
        site.at("agent").post("/search/", {"q": question})
        assert f"/orders/{order.number}/" in text(site.get("agent", "/search/"))
    site.at("agent").post("/search/", {"q": "王五"})
    assert "没有找到" in text(site.get("agent", "/search/"))


def test_the_callers_past_orders_appear_while_the_agent_types(site: Site) -> None:
    order = site.order()
    found = text(site.at("agent").post("/register/caller/", {"caller_phone": "139-0000-2086"}))
    assert order.number in found
    assert "以前没有登记过" in text(site.at("agent").post("/register/caller/", {"caller_phone": "13900000000"}))
    assert order.number not in text(site.at("agent").post("/register/caller/", {"caller_phone": "139"}))
    assert site.at("callback").post("/register/caller/", {"caller_phone": "13900002086"}).status_code == 403


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(site: Site) -> None:
    answer = site.register(category="火星", told="")
    assert answer.status_code == 422
    assert "没有“火星”这个分类" in text(answer)
    answer = site.register(caller_phone="139000020861", told="", requests=["好", ""])
    page = text(answer)
    assert answer.status_code == 422
    for sentence in ("联系电话应为手机号、座机号", "请填写本项", "第 1 项：至少填写 2 个字"):
        assert sentence in page
    assert "柳岸花园 3 号楼暖气不热" in page
    assert not Order.objects.exists()


def test_a_form_sent_twice_is_done_once(site: Site) -> None:
    key = {"key": "0" * 32}
    first, second = site.register(**key), site.register(**key)
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1
    order = Order.objects.get()
    typed = {"reason": "诉求人来电撤单", "told": "已撤单", "key": "1" * 32}
    for _ in range(2):
        assert site.at("agent").post(f"/orders/{order.number}/order.withdrawn/", typed).status_code == 302
    assert Entry.objects.filter(order=order, action="order.withdrawn").count() == 1


def test_refusals_have_their_status_and_sentence(site: Site) -> None:
    order = site.dispatched()
    path = f"/orders/{order.number}/"
    forbidden = site.at("clerk@heat").post(f"{path}order.dispatched/", {})
    assert (forbidden.status_code, "您的岗位不能派单" in text(forbidden)) == (403, True)
    early = site.at("clerk@heat").post(f"{path}share.replied/", REPLY)
    assert early.status_code == 409
    assert "待签收" in text(early)
    assert site.get("clerk@heat", f"{path}share.replied/").status_code == 409
    assert site.get("clerk@heat", f"{path}order.dispatched/").status_code == 403
    assert site.get("clerk@heat", f"{path}clock.breached/").status_code == 404
    assert Entry.objects.filter(order=order).count() == 2


def test_a_forced_unit_sees_why_it_may_not_return_the_order(site: Site) -> None:
    order = site.dispatched()
    site.done(
        "clerk@heat", order, "return.filed", reason="不属供热职责", return_reason="not_duty", legal_basis="派单目录"
    )
    waiting = text(site.get("clerk@heat", f"/orders/{order.number}/"))
    assert "退单申请已提交，请等待审定" in waiting
    share = share_of(order)
    site.done("dispatcher", order, "return.decided", share=share.pk, approved="false", reason="属供热职责，请办理")
    page = text(site.get("clerk@heat", f"/orders/{order.number}/"))
    assert "本件已强派，不能再申请退单" in page
    assert "return.filed" not in page


def test_the_page_says_why_it_is_due_then(site: Site) -> None:
    order = site.dispatched()
    page = text(site.get("clerk@heat", f"/orders/{order.number}/"))
    assert "办理时限为5个工作日，自派单（" in page
    assert "当日不计" in page
    assert "依据 B09“各承办部门单位要确保第一时间及时接收政务服务热线转办的事项”" in page
    assert 'class="lx-days"' in page


def test_b09_what_waits_for_signing_is_due_first(site: Site, fill: Callable[[int], list[Order]]) -> None:
    first, signed = fill(2)
    calm, urgent = site.dispatched(), site.dispatched(urgency="urgent")
    page = text(site.get("clerk@heat", "/?queue=sign"))
    shown = re.findall(r"<span class=\"lx-s\">(\d{8}-\d{4})", page)
    assert shown == [order.number for order in (first, urgent, calm)]
    assert signed.number not in page
    assert "红牌 逾期" in page
    assert "已逾期 1 件" in page


def test_a_fragment_is_the_queue_alone(site: Site, fill: Callable[[int], list[Order]]) -> None:
    fill(1)
    fragment = text(site.get("clerk@heat", "/?queue=all", headers={"HX-Request": "true"}))
    assert "<html" not in fragment
    assert "data-row" in fragment


def test_pages_of_a_long_queue(site: Site, fill: Callable[[int], list[Order]]) -> None:
    fill(43)
    assert "第 1 页，共 2 页，43 件" in text(site.get("clerk@heat", "/"))
    assert len(re.findall("<tr data-row", text(site.get("clerk@heat", "/?page=2")))) == 3
    for page in ("0", "-1", "99999999999", "x", "２"):
        assert site.get("clerk@heat", f"/?page={page}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/orders/x/",
        "/orders/20261118-0001/",
        "/orders/%00/",
        "/orders/1/preview/",
        "/orders/1/order.closed/",
        "/orders/💥/no.such/",
        "/orders/' OR 1=1/",
        "/nowhere/",
    ],
)
def test_bad_addresses_are_not_found(site: Site, path: str) -> None:
    assert site.get("dispatcher", path).status_code == 404
    assert site.at("dispatcher").post(path).status_code == 404


GARBAGE = ["", "\x00", "x" * 5000, "💥", "-1", "9" * 30, "<script>alert(1)</script>", "true", "[]"]


@pytest.mark.parametrize("rubbish", GARBAGE)
def test_garbage_is_refused_and_never_breaks(site: Site, rubbish: str) -> None:
    fields = [*INTAKE, "confidential", "upstream_number", "upstream_due", "address", "key"]
    assert site.at("agent").post("/register/", dict.fromkeys(fields, rubbish)).status_code in (302, 422)
    order = site.dispatched()
    path = f"/orders/{order.number}/"
    names = ["share", "key", "next", "reason", "told", "to", "unit", "approved", "workdays", "text", "shares_unit"]
    names += ["shares_role", "basis", "answers", "measures", "category", "code", "number", "layer", "solved"]
    for who in ("dispatcher", "clerk@heat", "callback"):
        for action in re.findall(rf"{path}([a-z._]+)/", text(site.get(who, path))):
            answer = site.at(who).post(f"{path}{action}/", dict.fromkeys(names, rubbish))
            assert answer.status_code < 500, (who, action)
            order.refresh_from_db()
    site.at("agent").post("/search/", {"q": rubbish})
    assert site.get("agent", "/search/").status_code == 200
    assert site.at("agent").post("/me/post/", {"post": rubbish}).status_code == 302
    assert site.at("agent").post("/register/caller/", {"caller_phone": rubbish}).status_code == 200


def test_what_people_write_is_text_not_markup(site: Site) -> None:
    order = site.order(title="<script>alert(1)</script>路灯", text="<img src=x onerror=alert(1)>不亮")
    for path in ("/", f"/orders/{order.number}/"):
        page = text(site.get("dispatcher", path))
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_after_a_verb_one_returns_to_the_queue_but_to_no_other_site(site: Site) -> None:
    order = site.dispatched()
    answer = site.at("clerk@heat").post(f"/orders/{order.number}/share.signed/", {"next": "/?queue=sign&page=1"})
    assert answer["Location"] == "/?queue=sign&page=1"
    other = site.dispatched()
    answer = site.at("clerk@heat").post(f"/orders/{other.number}/share.signed/", {"next": "//evil.example/"})
    assert answer["Location"] == f"/orders/{other.number}/"


@pytest.mark.parametrize(
    "target", ["3", "1e999", "{}", "a:b", "", "//evil.example/", "orders/1/", "\x00/", "/?queue=all"]
)
def test_throwing_a_draft_away_leads_to_a_page_of_ours_whatever_is_asked(site: Site, target: str) -> None:
    """Found by the fuzzer: a word without a slash was taken for the name of a page."""
    answer = site.at("agent").post("/drafts/drop/", {"next": target})
    assert answer.status_code == 302
    assert answer["Location"] == (target if target == "/?queue=all" else "/")


def test_forms_need_the_token_of_their_page(site: Site) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(site.cast.staff["agent"])
    assert strict.post("/register/", INTAKE).status_code == 403


# Messages to the database that a page costs, whatever it shows; the first asks who is asking.
HOME, ORDER = 3, 3


def test_the_home_page_costs_the_same_however_full(
    site: Site, fill: Callable[[int], list[Order]], django_assert_max_num_queries: Any
) -> None:
    fill(12)
    for who in ("clerk@heat", "supervisor"):
        site.get(who, "/")
    with django_assert_max_num_queries(HOME):
        site.get("clerk@heat", "/?queue=all")
    with django_assert_max_num_queries(HOME):
        site.get("supervisor", "/?queue=open")


def test_the_order_page_costs_the_same_however_long_its_life(site: Site, django_assert_max_num_queries: Any) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    for n in range(6):
        site.done("clerk@heat", order, "share.progressed", text=f"第 {n} 次进展")
    with django_assert_max_num_queries(ORDER):
        assert site.get("clerk@heat", f"/orders/{order.number}/").status_code == 200
    assert Share.objects.filter(order=order).count() == 1


def _messages(of: list[dict[str, str]]) -> list[str]:
    """What was sent, without what marks a test's own transaction."""
    return [query["sql"] for query in of if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_an_act_is_three_messages_and_a_registration_four(site: Site) -> None:
    """Who asks; the order as it is; (its number;) what becomes of it, with the form's draft, sign and picks."""
    order = site.dispatched()
    site.register()
    with CaptureQueriesContext(connection) as captured:
        assert site.register().status_code == 302
    assert len(_messages(captured.captured_queries)) == 4
    path = f"/orders/{order.number}/"
    assert site.get("clerk@heat", path).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert site.at("clerk@heat").post(f"{path}share.signed/").status_code == 302
    assert len(_messages(captured.captured_queries)) == 3


def test_what_goes_with_an_act_goes_with_it_or_not_at_all(site: Site) -> None:
    """The draft of a form that is refused stays, that of one that is accepted is gone; so with the sign."""
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    path = f"/orders/{order.number}/share.progressed/"
    there = Presence.objects.filter(order=order, staff=site.cast.staff["clerk@heat"])
    refused = site.do("clerk@heat", order, "share.progressed", text="修")
    assert refused.status_code == 422
    assert (Draft.objects.count(), there.count()) == (1, 1)
    site.done("clerk@heat", order, "share.progressed", text="已到现场检修。", key=Draft.objects.get().key)
    assert (Draft.objects.count(), there.count()) == (0, 0)
    # What was done before is answered from the book, and takes nothing else along.
    key = str(Entry.objects.filter(order=order).latest("number").key).removeprefix("desk:")
    site.get("clerk@heat", path)
    assert site.at("clerk@heat").post(path, {"text": "已到现场检修。", "key": key}).status_code == 302
    assert there.count() == 1


def test_no_letter_opens_two_verbs_at_once(site: Site) -> None:
    """`G`, `J`, `K` belong to the desk; every other letter stands beside one verb of a page."""
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    fresh = site.order()
    for who, number in (("clerk@heat", order.number), ("dispatcher", fresh.number), ("agent", fresh.number)):
        keys = re.findall(r'data-key="(\w+)"', text(site.get(who, f"/orders/{number}/")))
        assert len(keys) == len(set(keys))
        assert not set(keys) & set("GJK")


def test_the_sign_in_page_says_how_far_the_demo_is_loaded(cast: Cast) -> None:
    loading = DemoLoading(centre=cast.centre, planned_for=timezone.now(), part="今日工作", step=30, steps=981)
    loading.save()
    assert "今日工作，30/981 步" in Client().get("/login/").content.decode()
    loading.done = True
    loading.save()
    assert "演示数据正在载入" not in Client().get("/login/").content.decode()


def test_an_old_order_that_closed_yesterday_is_among_the_lately_closed(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=40)
    order = cast.register(at)
    cast.dispatch(order, at, "heat")
    walk(cast, order, timezone.now() - timedelta(days=1))
    client = Client()
    client.force_login(cast.staff["callback"])
    assert order.number in client.get("/?queue=closed").content.decode()


@pytest.fixture
def told(site: Site) -> Order:
    """An order of today, of which the heating company's clerk has been told."""
    cast, now = site.cast, timezone.now()
    pk = record(Act("order.registered", cast.actor("agent"), now, request())).order
    shares = [{"unit": cast.units["heat"].pk}]
    record(Act("order.dispatched", cast.actor("dispatcher"), now, {"shares": shares, "basis": "law"}, order=pk))
    return Order.objects.get(pk=pk)


def test_notices_wait_on_ones_own_page_until_they_are_read(site: Site, told: Order) -> None:
    page = text(site.get("clerk@heat", "/me/"))
    assert "1 条未读" in page
    assert f"/orders/{told.number}/" in page
    site.at("clerk@heat").post("/me/notices/", {"until": "昨天"})
    assert "没有未读的通知" in text(site.get("clerk@heat", "/me/"))


def test_what_came_after_the_page_was_drawn_stays_unread(site: Site, told: Order) -> None:
    before = told.registered_at - timedelta(minutes=1)
    site.at("clerk@heat").post("/me/notices/", {"until": before.isoformat()})
    assert "1 条未读" in text(site.get("clerk@heat", "/me/"))
    assert "没有未读的通知" in text(site.get("clerk@bureau", "/me/")), "and they are his alone"
