"""Duties of the pack on the desk: their queue, the order's page, the form that the rule names, what waits and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast
from tests.desk.web import REPLY, Site, share_of
from tests.rulebooks import Shelf, shelf

from lianxin.directory.models import Post
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Notice, Task
from lianxin.orders.models import Order

CALL: dict[str, Any] = {
    "id": "S90",
    "title": "分管负责人研判",
    "clause": "紧急的供暖诉求，分管负责人须在4小时内提出意见",
    "kind": "deputy_view",
    "from": ["dispatch"],
    "when": "share.depth == 0 && order.urgency == 'urgent'",
    "post": "hotline_deputy",
    "allow": "4 hours",
    "before": ["share.replied"],
    "elements": [
        {"title": "研判意见", "min_length": 4},
        {"title": "要求措施", "min_length": 4},
    ],
    "outcomes": [{"code": "field", "title": "须到现场"}, {"code": "phone", "title": "电话即可"}],
}


@pytest.fixture
def books(tmp_path: Path, base: Cast) -> Iterator[Shelf]:
    with shelf(tmp_path) as made:
        made.adopt(base, lambda book: book.setdefault("task", []).append(CALL))
        yield made


@pytest.fixture
def order(books: Shelf, site: Site) -> Order:
    """An urgent one at the heating company, signed for."""
    order = site.dispatched(urgency="urgent")
    site.done("clerk@heat", order, "share.signed", share=share_of(order).pk)
    return order


def page(site: Site, who: str, order: Order) -> str:
    return str(site.get(who, f"/orders/{order.number}/").content.decode())


def test_it_comes_before_whatever_else_the_post_may_do(order: Order, site: Site) -> None:
    shown = page(site, "hotline_deputy@heat", order)
    first = shown.split("lx-btn lx-primary lx-wide", 1)[1]
    assert "办结待办：分管负责人研判" in first[:900]
    assert shown.count("lx-btn lx-primary lx-wide") == 1


def test_the_post_finds_it_in_its_queue_and_does_it_there(order: Order, site: Site) -> None:
    """From home in two steps: the queue's row opens the form that the rule names."""
    home = site.get("hotline_deputy@heat", "/?queue=duties").content.decode()
    task = Task.objects.get(order=order)
    assert order.number in home
    assert f"/orders/{order.number}/task.done/?share={task.pk}" in home
    shown = site.get("hotline_deputy@heat", f"/orders/{order.number}/task.done/?share={task.pk}").content.decode()
    for words in ("办结待办：分管负责人研判", "研判意见", "要求措施", "须到现场", "电话即可"):
        assert words in shown
    assert "checked" not in shown.split('name="outcome"')[1][:200]
    site.done(
        "hotline_deputy@heat", order, "task.done", share=task.pk, outcome="field",
        elements=["阀门老化，须更换。", "今日派人到户。"],
    )  # fmt: skip
    task.refresh_from_db()
    assert task.outcome == "field"
    assert "task.done" not in site.get("hotline_deputy@heat", "/?queue=duties").content.decode()
    told = page(site, "clerk@heat", order)
    assert "办结待办：分管负责人研判" in told
    assert "阀门老化，须更换。" in told


def test_what_is_missing_is_said_beside_the_field_and_what_was_typed_stays(order: Order, site: Site) -> None:
    task = Task.objects.get(order=order)
    answer = site.do("hotline_deputy@heat", order, "task.done", share=task.pk, elements=["阀门老化，须更换。", "快"])
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "“要求措施”至少写 4 个字" in text
    assert "请选择结果：须到现场、电话即可" in text
    assert "阀门老化，须更换。" in text
    assert Task.objects.get(order=order).done_at is None


def test_the_page_says_what_waits_for_whom_by_which_clause(order: Order, site: Site) -> None:
    shown = page(site, "clerk@heat", order)
    for words in ("分管负责人研判", "办结之前不能：提交答复", CALL["clause"], "热力公司 分管热线负责人"):
        assert words in shown
    assert "还没有办结，不能提交答复" in shown
    assert "task.done" not in shown
    answer = site.at("clerk@heat").post(f"/orders/{order.number}/share.replied/", {"key": "0" * 32, **REPLY})
    assert answer.status_code == 409
    assert "还没有办结，不能提交答复" in answer.content.decode()


def test_its_holder_is_told_what_was_laid_on_him(order: Order, site: Site) -> None:
    who = site.cast.staff["hotline_deputy@heat"]
    assert Notice.objects.filter(order=order, staff=who).exists()
    assert "交办：分管负责人研判" in site.get("hotline_deputy@heat", "/me/").content.decode()


def test_a_leader_waives_it_and_nobody_else_may(order: Order, site: Site) -> None:
    task = Task.objects.get(order=order)
    path = f"/orders/{order.number}/task.waived/?share={task.pk}"
    assert site.get("dispatcher", path).status_code == 403
    assert site.get("hotline_deputy@heat", path).status_code == 403
    site.done("leader", order, "task.waived", share=task.pk, reason="上级已电话核实，免予研判。")
    assert "task.waived" not in page(site, "leader", order)
    site.done("clerk@heat", order, "share.replied", share=share_of(order).pk, **REPLY)


def test_it_is_handed_on_to_a_colleague_who_finds_it(order: Order, site: Site) -> None:
    task = Task.objects.get(order=order)
    clerk = site.cast.staff["clerk@heat"]
    site.done("hotline_deputy@heat", order, "task.handed_on", share=task.pk, to=str(clerk.pk))
    assert order.number in site.get("clerk@heat", "/?queue=duties").content.decode()
    given = {"outcome": "phone", "elements": ["已与用户通话。", "明日回访。"]}
    site.done("clerk@heat", order, "task.done", share=task.pk, **given)


def test_a_post_on_which_the_pack_lays_no_duty_has_no_such_queue(site: Site) -> None:
    assert "queue=duties" in site.get("clerk@heat", "/").content.decode()
    assert "queue=duties" not in site.get("auditor", "/").content.decode()


@pytest.mark.parametrize("named", ["", "0", "7", "x", "99999999999999999999"])
def test_a_duty_that_is_not_there_is_said_so(order: Order, site: Site, named: str) -> None:
    answer = site.get("hotline_deputy@heat", f"/orders/{order.number}/task.done/?share={named}")
    assert answer.status_code == 409
    answer = site.at("hotline_deputy@heat").post(
        f"/orders/{order.number}/task.done/?share={named}", {"key": "0" * 32, "elements": ["a", "b"]}
    )
    assert answer.status_code in (409, 422)


def test_the_queue_costs_the_same_however_long(order: Order, site: Site) -> None:
    site.get("hotline_deputy@heat", "/?queue=duties")
    with CaptureQueriesContext(connection) as one:
        site.get("hotline_deputy@heat", "/?queue=duties")
    for _ in range(4):
        site.dispatched(urgency="urgent")
    with CaptureQueriesContext(connection) as five:
        site.get("hotline_deputy@heat", "/?queue=duties")
    assert len(five) == len(one)


def test_the_queue_of_petitions_costs_the_same_however_long(site: Site) -> None:
    def file() -> None:
        order = site.dispatched()
        asked = {"reason": "小区已移交物业管理", "return_reason": "not_duty", "legal_basis": "派单目录"}
        site.done("clerk@heat", order, "return.filed", share=share_of(order).pk, **asked)

    file()
    site.get("dispatcher", "/?queue=returns")
    with CaptureQueriesContext(connection) as one:
        site.get("dispatcher", "/?queue=returns")
    for _ in range(4):
        file()
    with CaptureQueriesContext(connection) as five:
        site.get("dispatcher", "/?queue=returns")
    assert len(five) == len(one)


# --- petitions that others agree to, or decide ---------------------------------------------------
PETITION = {"reason": "小区已移交物业管理", "return_reason": "not_duty", "legal_basis": "派单目录"}


@pytest.fixture
def changed(tmp_path: Path, base: Cast) -> Iterator[Callable[..., None]]:
    """Changes the rule of returns of the base pack, which lays no duties else."""
    with shelf(tmp_path) as made:

        def adopt(**change: Any) -> None:
            def altered(book: dict[str, Any]) -> None:
                book["task"] = [row | change if row["id"] == "S06" else row for row in book["task"]]

            made.adopt(base, altered)

        yield adopt


def asked_back(site: Site) -> Order:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed", share=share_of(order).pk)
    return site.done("clerk@heat", order, "return.filed", share=share_of(order).pk, **PETITION)


def test_who_must_agree_finds_the_petition_in_his_queue(changed: Callable[..., None], site: Site) -> None:
    """Level by level, with the verb of that level; the dispatcher at last among the returns, and not before."""
    changed(levels=[{"post": "principal", "allow": "4 hours"}, {"post": "supervisor", "at": "centre"}])
    order = asked_back(site)
    for level, who in enumerate(("principal@heat", "supervisor")):
        task = Task.objects.get(order=order, level=level)
        home = site.get(who, "/?queue=duties").content.decode()
        assert f"/orders/{order.number}/petition.endorsed/?share={task.pk}" in home
        returns = site.get("dispatcher", "/?queue=returns").content.decode()
        assert f"/orders/{order.number}/return.decided/" not in returns
        site.done(who, order, "petition.endorsed", share=task.pk, agreed="true", reason="同意，情况属实，请审定。")
    home = site.get("dispatcher", "/?queue=returns").content.decode()
    assert f"/orders/{order.number}/return.decided/" in home
    assert "petition.endorsed" not in home


def test_a_petition_that_another_post_decides_stands_in_its_queue(changed: Callable[..., None], site: Site) -> None:
    changed(post="supervisor")
    order = asked_back(site)
    assert f"/orders/{order.number}/return.decided/" in site.get("supervisor", "/?queue=duties").content.decode()


def test_a_dispatcher_who_is_also_a_level_agrees_before_he_decides(changed: Callable[..., None], site: Site) -> None:
    changed(levels=[{"post": "dispatcher", "at": "centre"}])
    order = asked_back(site)
    assert f"/orders/{order.number}/petition.endorsed/" in site.get("dispatcher", "/?queue=returns").content.decode()


def test_the_page_says_the_limit_of_the_level(changed: Callable[..., None], site: Site) -> None:
    """Not that of whoever decides in the end."""
    changed(levels=[{"post": "principal", "allow": "4 hours"}], title="退单逐级审定")
    order = asked_back(site)
    assert "退单逐级审定时限为4小时" in page(site, "principal@heat", order)
    site.done("principal@heat", order, "petition.endorsed", share=Task.objects.get(order=order).pk, agreed="true",
              reason="同意，情况属实，请审定。")  # fmt: skip
    assert "退单逐级审定时限为2个工作日" in page(site, "dispatcher", order)


def test_what_events_meet_leads_to_what_meets_it(tmp_path: Path, site: Site) -> None:
    """Its row does not offer to tick it off; but who stands in for a vacant post may."""
    contact = {name: value for name, value in CALL.items() if name not in ("elements", "outcomes")}
    with shelf(tmp_path) as made:
        made.adopt(site.cast, lambda book: book.setdefault("task", []).append(contact | {"ends_with": ["contact"]}))
        order = site.dispatched(urgency="urgent")
        site.done("clerk@heat", order, "share.signed", share=share_of(order).pk)
        home = site.get("hotline_deputy@heat", "/?queue=duties").content.decode()
        assert order.number in home
        assert "task.done" not in home
        Post.objects.filter(pk=site.cast.posts["hotline_deputy@heat"].pk).update(holder_a=None, holder_b=None)
        vacant = site.dispatched(urgency="urgent")
        task = Task.objects.get(order=vacant)
        path = f"/orders/{vacant.number}/task.done/?share={task.pk}"
        assert path in site.get("clerk@heat", "/?queue=duties").content.decode()
        assert "办结待办" in page(site, "clerk@heat", vacant)
        site.done("clerk@heat", vacant, "task.done", share=task.pk)


def test_what_was_laid_on_a_colleague_stands_in_his_list_alone(books: Shelf, base: Cast, site: Site) -> None:
    """Two hold the post: a plan of one of them is no work of the other."""
    plan = {"id": "S91", "title": "落实会商方案", "origin": "测试", "kind": "carry_out", "on": "order"}
    plan |= {"from": ["planned"], "post": "clerk", "named": True, "allow": "given"}
    books.adopt(base, lambda book: book.setdefault("task", []).append(plan))
    order, now = site.dispatched(), timezone.now()
    site.done("clerk@heat", order, "share.signed", share=share_of(order).pk)
    person = base.staff["clerk@heat:b"]
    about = {"meeting": "Z20261118-0001", "plan": "更换阀门。", "person": person.pk, "named": person.name}
    record(Act("order.planned", base.actor("system"), now, {**about, "due": now + timedelta(days=3)}, order=order.pk))
    site.get("clerk@heat", "/")  # where it is said that it was signed for
    assert order.number not in site.get("clerk@heat", "/?queue=duties").content.decode()
    client = Client()
    client.force_login(person)
    assert order.number in client.get("/?queue=duties").content.decode()
