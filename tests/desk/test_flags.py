"""What a caller is marked with is read by whoever may know him, on the order's page, and by nobody else anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import Cast, body, request
from tests.desk.test_leaks import words_of
from tests.desk.test_sights import do, pages
from tests.desk.web import Site, said
from tests.rulebooks import stored

from lianxin.ledger.attachments import Upload
from lianxin.ledger.models import Notice
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

WHY = "多次来电使人难堪，已经劝阻。"
#: Words that stand nowhere but in the mark of this caller.
TITLE, CODE = "戊戊戊骚扰", "wuwu"
FLAGS: dict[str, Any] = {"flags": [{"code": CODE, "title": TITLE}, {"code": "abuse", "title": "辱骂"}]}


def marked(base: Cast, *, confidential: bool) -> Order:
    """An order at work at the heating company, whose caller is marked."""
    stored(base, "marks", caller=FLAGS)
    photo = Upload("照片.png", b"\x89PNG\r\n\x1a\n")
    order = do(base, "agent", "order.registered", None, photo, **request(source="city", confidential=confidential))
    do(base, "dispatcher", "order.dispatched", order, shares=[{"unit": base.units["heat"].pk}], basis="law")
    do(base, "clerk@heat", "share.signed", order)
    do(base, "supervisor", "caller.flagged", order, flag=CODE, reason=WHY)
    # Another order of his, marked by what is told of the first.
    other = do(base, "agent", "order.registered", None, **request(source="city", confidential=confidential))
    do(base, "dispatcher", "order.dispatched", other, shares=[{"unit": base.units["heat"].pk}], basis="law")
    do(base, "leader", "caller.unflagged", other, flag=CODE, reason="当面说明，取消。")
    return do(base, "leader", "caller.flagged", other, flag=CODE, reason=WHY)


def page(site: Site, who: str, order: Order) -> str:
    return words_of(site.get(who, f"/orders/{order.number}/"))


def test_whoever_sees_the_caller_sees_what_he_is_marked_with(site: Site, base: Cast) -> None:
    order = marked(base, confidential=False)
    for who in ("agent", "dispatcher", "supervisor", "leader", "clerk@heat", "principal@heat"):
        assert TITLE in page(site, who, order), who
    assert CODE not in page(site, "supervisor", order)


@pytest.mark.parametrize("who", ["clerk@heat", "principal@heat"])
def test_a_unit_without_right_to_the_caller_sees_it_nowhere(site: Site, base: Cast, who: str) -> None:
    order = marked(base, confidential=True)
    first = Order.objects.exclude(pk=order.pk).get()
    assert TITLE in page(site, "supervisor", order)
    assert WHY in page(site, "supervisor", order)
    assert order.number in page(site, who, order)
    # The rule book says what flags there are, of nobody that he has one.
    shown = {path: words for path, words in pages(site.at(who), first).items() if path != "/regulations/"}
    shown |= {"other": page(site, who, order), "preview": words_of(site.get(who, f"/orders/{order.number}/preview/"))}
    for path, words in shown.items():
        # That he may not mark anybody he is told where he tries.
        titles = () if "/caller." in path else ("标记诉求人", "诉求人标记")
        for secret in (TITLE, CODE, WHY, *titles):
            assert secret not in words, (path, secret)
    assert not Notice.objects.filter(kind__contains="flag").exists()


def test_a_unit_does_not_read_by_which_other_order_he_was_marked(site: Site, base: Cast) -> None:
    """The town has his confidential order, whose caller it must not know, and another one, whose caller it knows."""
    secret, open_ = site.dispatched("town"), site.dispatched("town")
    Order.objects.filter(pk=secret.pk).update(confidential=True)
    do(base, "supervisor", "caller.flagged", secret, flag="abuse", reason=WHY)
    assert f"诉求人标记变动（{secret.number}）" in page(site, "supervisor", open_)
    words = page(site, "clerk@town", open_)
    assert "辱骂" in words
    assert secret.number not in words
    # Nor that there is a line that it does not read.
    for order in (secret, open_):
        assert "2 条，最新在前" in page(site, "clerk@town", order)
        assert "3 条，最新在前" in page(site, "supervisor", order)


def test_through_a_sight_it_is_not_read(site: Site, base: Cast) -> None:
    order = marked(base, confidential=False)
    body(base)
    do(base, "leader", "order.shown", order, reason="partner", units=[base.units["npc"].pk], what="files")
    words = page(site, "clerk@npc", order)
    assert order.number in words
    assert TITLE not in words
    assert WHY not in words


def test_it_is_set_and_lifted_on_the_page(site: Site) -> None:
    order, beside = site.order(), site.order()
    site.done("supervisor", order, "caller.flagged", flag="abuse", reason=WHY)
    assert order.caller_flags == ["abuse"]
    assert "辱骂" in page(site, "callback", beside)
    assert f"诉求人标记变动（{order.number}）：辱骂" in page(site, "leader", beside)
    form = site.get("leader", f"/orders/{beside.number}/caller.unflagged/").content.decode()
    assert 'value="abuse"' in form
    assert 'value="threat"' not in form
    site.done("leader", beside, "caller.unflagged", flag="abuse", reason="当面说明，取消。")
    order.refresh_from_db()
    assert order.caller_flags == beside.caller_flags == []
    assert list(verify()) == []


def test_where_nobody_can_be_marked_the_page_says_so(site: Site) -> None:
    order = site.order(caller_phone="")
    answer = site.do("supervisor", order, "caller.flagged", flag="abuse", reason=WHY)
    assert "诉求人没有留下联系电话，不能标记：标记随电话号码" in answer.content.decode(), said(answer)
    assert site.get("leader", f"/orders/{order.number}/").content.decode().count("caller.unflagged") == 0


def test_a_queue_goes_by_it(site: Site, base: Cast) -> None:
    row = {"id": "town:marked", "title": "诉求人有标记", "origin": "测试", "code": "marked", "base": "order"}
    stored(base, "marks", queue=[{**row, "posts": {"dispatcher": 5}, "when": "'abuse' in order.caller_flags"}])
    order, other = site.order(), site.order(caller_phone="13955556666")
    do(base, "supervisor", "caller.flagged", order, flag="abuse", reason=WHY)
    listed = words_of(site.get("dispatcher", "/?queue=marked"))
    assert order.number in listed
    assert other.number not in listed
